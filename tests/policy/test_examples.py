"""The examples teach: they are valid, complete, and each speaks one language only."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from bridge.policy.commands import schema_command
from bridge.policy.faults import keys_at
from bridge.policy.load import POLICY_NAME, ROSTER_NAME, load, read_source
from bridge.policy.models import Policy, PolicyFile
from bridge.policy.nodes import Plain, read_tree
from bridge.policy.roster import RosterFile
from bridge.policy.texts import TEXTS
from bridge.policy.types import Role

CONFIG = Path(__file__).parents[2] / "config"
CITY = CONFIG / "examples" / "city-en"
DIRECTORIES = [CONFIG, CITY]
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)

SHARED = {
    "bot",
    "hash",
    "audit",
    "unit",
    "data",
    "anthrax",
    "auditor",
    "video",
    "forum",
    "text",
    "tudang",
    "language",
    "server",
    "localhost",
}
"""Words of both languages."""

directories = pytest.mark.parametrize("directory", DIRECTORIES, ids=["soppeng", "city-en"])


def options(model: type[BaseModel], path: tuple[str | int, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every key that a file of this model accepts; positions of lists are left out."""
    for key in keys_at(model, path):
        yield (*(part for part in path if isinstance(part, str)), key)
        yield from options(model, (*path, key))
    if not keys_at(model, path) and path and keys_at(model, (*path, 0)) and not isinstance(path[-1], int):
        yield from options(model, (*path, 0))


@directories
def test_an_example_is_valid_without_even_a_warning(directory: Path) -> None:
    """It runs as it is."""
    assert load(directory).warnings == ()


@directories
@pytest.mark.parametrize(
    ("name", "model", "known"),
    [
        (POLICY_NAME, PolicyFile, ("evidence", "wait")),
        (ROSTER_NAME, RosterFile, ("persons", "identifiers", "from")),
    ],
)
def test_an_example_holds_every_option_the_code_accepts(
    directory: Path, name: str, model: type[BaseModel], known: tuple[str, ...]
) -> None:
    """Whoever reads the example has seen every option; none is commented out."""
    tree = read_tree((directory / name).read_bytes(), name)
    written = {tuple(part for part in path if isinstance(part, str)) for path in tree.keys}
    wanted = set(options(model))
    assert known in wanted
    assert wanted - written == set()


@directories
@pytest.mark.parametrize(("name", "kind"), [(POLICY_NAME, "policy"), (ROSTER_NAME, "roster")])
def test_the_first_line_leads_editors_to_the_schema(directory: Path, name: str, kind: str) -> None:
    """The path in the yaml-language-server line exists, seen from the file."""
    line = (directory / name).read_text(encoding="utf-8").splitlines()[0]
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", line)
    assert found
    assert (directory / found[1]).resolve() == CONFIG / "schema" / f"{kind}.schema.json"


@pytest.mark.parametrize("kind", ["policy", "roster"])
def test_the_schemas_kept_are_those_of_the_code(kind: str) -> None:
    """After a change of the models: tudang policy schema KIND > config/schema/KIND.schema.json"""
    kept = (CONFIG / "schema" / f"{kind}.schema.json").read_text(encoding="utf-8")
    assert kept.rstrip("\n") == schema_command("roster" if kind == "roster" else "policy").text


def test_soppeng_is_as_large_as_the_story() -> None:
    """About thirty units, eight subdistricts, and every role held by somebody."""
    roster = load(CONFIG).roster
    assert 28 <= len(roster.units()) <= 34
    assert len(roster.units("subdistrict")) == 8
    assert all(roster.heads_of(unit.id, NOW) for unit in roster.units())
    assert set(get_args(Role)) <= {role for due in roster.persons_due(NOW) for role in due.standing.roles}
    assert any(
        due.standing.acting or any(o.acting for o in due.standing.offices) for due in roster.persons_due(NOW)
    )


@directories
def test_example_accounts_live_on_the_rehearsals_server(directory: Path) -> None:
    """Nobody real is named, and everyone can be created on localhost."""
    accounts = [i.matrix for person in load(directory).roster.persons() for i in person.identifiers]
    assert accounts and all(account.endswith(":localhost") for account in accounts)


def test_comments_tell_the_truth_about_defaults() -> None:
    """Where an example differs from the default, a comment on its line or above names the default."""
    example, plain = load(CONFIG).policy, Policy.model_validate({"forum": {"name": "X"}})
    differing = {
        f"{section}.{key}"
        for section in ("evidence", "reminders", "membership", "card", "week", "rights", "letters", "emergencies")
        for key in type(getattr(plain, section)).model_fields
        if getattr(getattr(example, section), key) != getattr(getattr(plain, section), key)
    }
    assert differing == {"evidence.checks", "membership.contact", "emergencies.words", "emergencies.calm"}


def words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-zA-Z']+", text.lower()) if len(word) > 2}


def said(schema: object) -> Iterator[str]:
    """Every text of a schema, names of options included, but no default and no example."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key not in ("default", "examples"):
                yield key
                yield from said(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from said(item)
    elif isinstance(schema, str):
        yield schema


def indonesian_words() -> set[str]:
    """Every word of our Indonesian files and sentences that no English sentence or name of an option holds."""
    indonesian = words(" ".join(text for _, text in TEXTS.values()))
    english = words(" ".join(text for text, _ in TEXTS.values()))
    for name, kind in ((POLICY_NAME, "policy"), (ROSTER_NAME, "roster")):
        indonesian |= words((CONFIG / name).read_text(encoding="utf-8"))
        schema = (CONFIG / "schema" / f"{kind}.schema.json").read_text(encoding="utf-8")
        english |= words(" ".join(said(json.loads(schema))))
    return indonesian - english - SHARED


def test_the_english_city_has_no_indonesian_word() -> None:
    """Neither in values nor in comments nor in what the defaults fill in."""
    known = indonesian_words()
    assert {"perintah", "laporan", "anggota", "dinas", "camat", "bapak", "darurat"} <= known
    for file in sorted(CITY.glob("*.yaml")):
        assert words(file.read_text(encoding="utf-8")) & known == set(), file.name
    filled = load(CITY).policy.model_dump_json()
    assert words(filled) & known == set()


def test_reading_an_example_gives_the_digest_of_its_bytes() -> None:
    """The digest in the record can be checked with sha256sum."""
    configuration = load(CONFIG)
    assert configuration.digests["policy"] == read_source(CONFIG / POLICY_NAME).digest
    assert configuration.numbered(3, 4).policy.version == 3
    assert configuration.numbered(3, 4).roster.version == 4


def as_editors_read(value: Plain) -> object:
    """Plain data with the types that YAML 1.2, as editors read it, gives to digits, true and false."""
    if isinstance(value, dict):
        return {key: as_editors_read(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_editors_read(inner) for inner in value]
    if value in ("true", "false"):
        return value == "true"
    if value is not None and re.fullmatch(r"-?\d+\.\d+", value):
        return float(value)
    return int(value) if value is not None and value.isdecimal() else value


@directories
@pytest.mark.parametrize("kind", ["policy", "roster"])
def test_an_editor_with_the_schema_finds_no_fault_in_an_example(directory: Path, kind: str) -> None:
    """The schema accepts what the code accepts, and refuses an unknown key as the code does."""
    schema = json.loads((CONFIG / "schema" / f"{kind}.schema.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema)
    data = as_editors_read(read_tree((directory / f"{kind}.yaml").read_bytes(), kind).data)
    assert [error.message for error in validator.iter_errors(data)] == []
    assert isinstance(data, dict)
    assert list(validator.iter_errors({**data, "nonsense": 1}))
