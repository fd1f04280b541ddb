"""``tudang policy check`` and ``tudang policy schema``: plain functions that answer a text and an exit code."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.policy.load import POLICY_NAME, ROSTER_NAME, Checked, Source, check, read_source
from bridge.policy.nodes import read_tree
from bridge.policy.problems import Place, Problem
from bridge.policy.schema import FileKind, json_schema
from bridge.policy.texts import sentence
from bridge.policy.types import Language


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command prints and the code with which it ends: 0 all right, 1 something to mend."""

    text: str
    code: int


def check_command(paths: Sequence[Path], lang: Language | None = None) -> Outcome:
    """Check every path: a directory with ``policy.yaml`` and ``roster.yaml``, or single files.

    A policy and a roster given together are checked as a pair. ``lang`` is the language of the answer; without it,
    that of the policy, or English.
    """
    parts: list[str] = []
    code = 0
    loose: list[Source] = []
    for path in paths:
        if path.is_dir():
            pair = [read_source(path / name) for name in (POLICY_NAME, ROSTER_NAME) if (path / name).exists()]
            if not pair:
                parts.append(Problem(str(path), Place(1, 1), (), "no_files").text(lang or "en"))
                code = 1
                continue
            outcome = _check(pair, lang)
            parts.append(outcome.text)
            code |= outcome.code
        else:
            loose.append(read_source(path))
    if loose:
        outcome = _check(loose, lang)
        parts.append(outcome.text)
        code |= outcome.code
    return Outcome("\n".join(parts), code)


def schema_command(kind: FileKind) -> Outcome:
    """The JSON Schema of ``policy`` or ``roster``."""
    return Outcome(json_schema(kind).rstrip("\n"), 0)


def _check(sources: Sequence[Source], lang: Language | None) -> Outcome:
    """Check files of either kind; the first policy and the first roster belong together."""
    policies = [source for source in sources if _kind(source) == "policy"]
    rosters = [source for source in sources if _kind(source) == "roster"]
    lines: list[str] = []
    errors = 0
    for i in range(max(len(policies), len(rosters))):
        policy = policies[i] if i < len(policies) else None
        roster = rosters[i] if i < len(rosters) else None
        checked = check(policy, roster)
        errors += checked.errors
        lines += _lines(checked, policy, roster, lang or checked.language)
    return Outcome("\n".join(lines), 1 if errors else 0)


def _kind(source: Source) -> FileKind:
    """By what is written in it, else by its name."""
    data = read_tree(source.content, source.file).data
    if isinstance(data, dict):
        if "forum" in data:
            return "policy"
        if "persons" in data or "offices" in data:
            return "roster"
    return "roster" if "roster" in Path(source.file).name else "policy"


def _lines(checked: Checked, policy: Source | None, roster: Source | None, lang: Language) -> list[str]:
    lines = []
    for problem in checked.problems:
        text = problem.text(lang)
        lines.append(sentence("check_warning", {"text": text}, lang) if problem.severity == "warning" else text)
    if policy and checked.policy:
        forum = {"name": checked.policy.forum.name, "stage": checked.policy.stage}
        detail = sentence("check_policy", forum, lang)
        lines.append(sentence("check_ok", {"file": policy.file, "detail": detail}, lang))
    if roster and checked.roster:
        file = checked.roster.file
        counts = {
            "units": str(len(file.units)),
            "persons": str(len(file.persons)),
            "offices": str(len(file.offices)),
        }
        detail = sentence("check_roster", counts, lang)
        lines.append(sentence("check_ok", {"file": roster.file, "detail": detail}, lang))
    if checked.problems:
        warnings = len(checked.problems) - checked.errors
        counts = {"errors": str(checked.errors), "warnings": str(warnings)}
        lines.append(sentence("check_count", counts, lang))
    return lines
