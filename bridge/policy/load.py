"""From the two files of a forum to its Policy and Roster, or to every problem in them at once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import TypeVar
from zoneinfo import ZoneInfo

from bridge.policy import areas
from bridge.policy.borders import Borders
from bridge.policy.checks import RosterParts, check_policy, check_roster, check_together, written_ids
from bridge.policy.faults import validate
from bridge.policy.models import Policy, PolicyFile, Section
from bridge.policy.nodes import LARGEST, Plain, Tree, read_tree
from bridge.policy.problems import Path, Place, Problem, Refused, in_order
from bridge.policy.roster import Identifier, Office, Person, Roster, RosterFile, Unit
from bridge.policy.types import Language

S = TypeVar("S", bound=Section)

POLICY_NAME = "policy.yaml"
ROSTER_NAME = "roster.yaml"


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one file and its name for messages; or, when it could not be read, why (a problem)."""

    file: str
    content: bytes = b""
    unreadable: Problem | None = None

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Configuration:
    """A policy and a roster that fit each other."""

    policy: Policy
    roster: Roster
    warnings: tuple[Problem, ...] = ()
    texts: Mapping[str, bytes] = field(default_factory=dict)
    """The bytes of the two files, as they were read and checked."""

    @property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of the two files."""
        return {"policy": self.policy.digest, "roster": self.roster.digest}

    def numbered(self, policy_version: int, roster_version: int) -> "Configuration":
        """The same under the numbers that the ledger gave."""
        policy = self.policy.model_copy(update={"version": policy_version})
        return Configuration(policy, self.roster.numbered(roster_version), self.warnings, self.texts)


@dataclass(frozen=True, slots=True)
class Checked:
    """What could be made of one or both files. A file with an error is None; ``problems`` are in order."""

    policy: Policy | None
    roster: Roster | None
    problems: tuple[Problem, ...]
    language: Language
    """The policy's language if it could be read, else English."""

    @property
    def errors(self) -> int:
        return sum(problem.severity == "error" for problem in self.problems)


def read_source(path: FilePath) -> Source:
    """Read a file; one that is missing or unreadable is a problem too, not an exception."""
    try:
        with path.open("rb") as file:
            return source_of(path, file.read(LARGEST + 1))
    except FileNotFoundError:
        problem = Problem(str(path), Place(1, 1), (), "not_found")
    except OSError as error:
        problem = Problem(str(path), Place(1, 1), (), "not_readable", {"detail": error.strerror or "?"})
    return Source(str(path), unreadable=problem)


def source_of(path: FilePath, content: bytes) -> Source:
    """A text as the file of this path, with the file of borders beside it that it names."""
    return Source(str(path), areas.joined(content, path.parent) if path.name != ROSTER_NAME else content)


def load(directory: FilePath) -> Configuration:
    """The configuration in a directory's ``policy.yaml`` and ``roster.yaml``.

    Raises:
        Refused: with every problem of both files, each with file, line, column and path.
    """
    return load_sources(read_source(directory / POLICY_NAME), read_source(directory / ROSTER_NAME))


def load_sources(policy: Source, roster: Source) -> Configuration:
    """The configuration in two files that have been read.

    Raises:
        Refused: with every problem of both files.
    """
    checked = check(policy, roster)
    if checked.errors or checked.policy is None or checked.roster is None:
        raise Refused(checked.problems)
    texts = {"policy": policy.content, "roster": roster.content}
    return Configuration(checked.policy, checked.roster, checked.problems, texts)


def check(policy: Source | None, roster: Source | None) -> Checked:
    """Check a policy, a roster, or both and how they fit. Never raises."""
    policy_tree, policy_file, policy_part, borders = _policy(policy) if policy else (None, None, None, Borders())
    roster_tree, roster_file, parts = _roster(roster) if roster else (None, None, None)
    if policy_tree and policy_part and parts:
        check_together(policy_part, parts, policy_tree, roster_valid=_clean(roster_tree))
    problems = in_order(p for tree in (policy_tree, roster_tree) if tree for p in tree.problems)
    zone = ZoneInfo(policy_file.forum.timezone if policy_file else "UTC")
    return Checked(
        policy=_in_force(policy_file, policy, borders) if policy_file and policy and _clean(policy_tree) else None,
        roster=Roster(roster_file, zone, digest=roster.digest)
        if roster_file and roster and _clean(roster_tree)
        else None,
        problems=problems,
        language=_language(policy_tree),
    )


def _clean(tree: Tree | None) -> bool:
    return tree is not None and all(problem.severity != "error" for problem in tree.problems)


def _in_force(file: PolicyFile, source: Source, borders: Borders) -> Policy:
    return Policy.model_validate({**dict(file), "digest": source.digest, "borders": borders})


def _language(tree: Tree | None) -> Language:
    data = tree.data if tree else None
    forum = data.get("forum") if isinstance(data, dict) else None
    if not isinstance(forum, dict):
        return "en"
    return "id" if forum.get("language", "id") == "id" else "en"


def _tree(source: Source, first_key: str) -> Tree:
    """The tree of a source if it holds a mapping; its problem is noted otherwise."""
    if source.unreadable:
        return Tree(source.file, problems=[source.unreadable])
    tree = read_tree(areas.split(source.content)[0], source.file)
    if tree.data is None and not tree.problems:
        tree.fault((), "empty_file", {"key": first_key})
    elif tree.data is not None and not isinstance(tree.data, dict):
        tree.fault((), "want_mapping", {"keys": first_key})
        tree.data = None
    return tree


def _policy(source: Source) -> tuple[Tree, PolicyFile | None, PolicyFile | None, Borders]:
    """The tree, the policy if the file is valid, what can be checked further if it is not, and its borders."""
    tree = _tree(source, "forum")
    if not isinstance(tree.data, dict):
        return tree, None, None, Borders()
    borders = _borders(tree.data, tree, source)
    file = validate(PolicyFile, tree.data, tree)
    part = file or validate(PolicyFile, _without_faults(tree.data, tree), Tree(source.file))
    if part:
        check_policy(part, tree)
    return tree, file, part, borders


_AREA: Path = ("evidence", "checks", "area")


def _borders(data: dict[str, Plain], tree: Tree, source: Source) -> Borders:
    """What the file holds that stands where the corners of the area may stand, which is taken out of the data."""
    evidence = data.get("evidence")
    checks = evidence.get("checks") if isinstance(evidence, dict) else None
    named = checks.get("area") if isinstance(checks, dict) else None
    if not isinstance(named, str) or not isinstance(checks, dict):
        return Borders()
    checks["area"] = []
    name, beside = named.strip(), areas.split(source.content)[1]
    if not areas.NAME.fullmatch(name):
        tree.fault(_AREA, "area_file", {"written": name[:60]})
    elif beside is None or beside.name != name:
        tree.fault(_AREA, "area_missing", {"file": name})
    else:
        polygons, problems = areas.read_area(beside, FilePath(source.file).parent)
        tree.problems += problems
        digest = hashlib.sha256(beside.content).hexdigest()
        return Borders(file=name, sha256=digest, polygons=polygons)
    return Borders()


def _without_faults(data: dict[str, Plain], tree: Tree) -> dict[str, Plain]:
    """The data less every value with a fault, so that its defaults stand in while the rest is checked."""
    pruned: dict[str, Plain] = {k: dict(v) if isinstance(v, dict) else v for k, v in data.items()}
    for problem in tree.problems:
        match problem.path:
            case (str(section),):
                pruned.pop(section, None)
            case (str(section), str(key), *_):
                inner = pruned.get(section)
                if isinstance(inner, dict):
                    inner.pop(key, None)
    forum = pruned.get("forum")
    pruned["forum"] = {"name": "?", **(forum if isinstance(forum, dict) else {})}
    return pruned


def _roster(source: Source) -> tuple[Tree, RosterFile | None, RosterParts | None]:
    """The tree, the roster if the file is valid, and its valid lines."""
    tree = _tree(source, "units")
    if not isinstance(tree.data, dict):
        return tree, None, None
    file = validate(RosterFile, tree.data, tree)
    parts = RosterParts(
        units=_valid(Unit, ("units",), tree),
        persons=_valid(Person, ("persons",), tree),
        offices=_valid(Office, ("offices",), tree),
        accounts=_accounts(tree),
        references=_references(tree),
        unit_ids=written_ids(tree.data, "units"),
        person_ids=written_ids(tree.data, "persons"),
        whole=file is not None and not tree.problems,
    )
    check_roster(parts, tree)
    return tree, file, parts


def _valid(model: type[S], path: Path, tree: Tree) -> list[tuple[int, S]]:
    """The items of a list that are valid, if need be without their faulty keys, and their positions.

    Faults are noted nowhere: those of the whole file have been.
    """
    found = []
    for i, item in enumerate(_list_at(tree.data, path)):
        one = validate(model, item, Tree(tree.file))
        if one is None and isinstance(item, dict):
            faulty = {
                p.path[len(path) + 1] for p in tree.problems if p.path[: len(path) + 1] == (*path, i) != p.path
            }
            if faulty & {"from", "to", "unit", "sponsor"}:
                continue  # without these it would seem to overlap with others, or to lack what is only wrong
            rest: Plain = {key: value for key, value in item.items() if key not in faulty}
            one = validate(model, rest, Tree(tree.file))
        if one is not None:
            found.append((i, one))
    return found


def _accounts(tree: Tree) -> list[tuple[Path, str, Identifier]]:
    found = []
    for i, person in enumerate(_list_at(tree.data, ("persons",))):
        name = person.get("id") if isinstance(person, dict) else None
        at: Path = ("persons", i, "identifiers")
        for j, account in _valid(Identifier, at, tree):
            found.append(((*at, j), name if isinstance(name, str) else "?", account))
    return found


def _references(tree: Tree) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []
    for i, office in enumerate(_list_at(tree.data, ("offices",))):
        for key in ("person", "unit", "sponsor"):
            written = office.get(key) if isinstance(office, dict) else None
            path: Path = ("offices", i, key)
            if isinstance(written, str) and all(problem.path != path for problem in tree.problems):
                found.append((path, written.strip()))
    return found


def _list_at(data: Plain, path: Path) -> list[Plain]:
    for part in path:
        if isinstance(data, dict) and isinstance(part, str):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int):
            data = data[part]
        else:
            return []
    return data if isinstance(data, list) else []
