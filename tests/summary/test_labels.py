"""Every code that the rules write into the record has a word in the bundle, in both languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.model.event import Trust
from bridge.model.evidence import Verdict
from bridge.summary.words import Words

HOUSE = Path(__file__).parents[2] / "bridge"

GROUPS = {
    ("EvidencePaired", "how"): "how",
    ("EvidenceJudged", "verdict"): "verdicts",
    ("Report", "state"): "states",
    ("ReportChanged", "state"): "states",
    ("Task", "state"): "states",
    ("Task", "via"): "via",
    ("Corrected", "via"): "via",
    ("Proposal", "what"): "proposals",
    ("Proposal", "state"): "proposal_states",
    ("ActDone", "result"): "results",
    ("Granted", "what"): "grants",
    ("Revoked", "why"): "revoked",
    ("Refused", "why"): "refused",
    ("GapNews", "what"): "gap_kinds",
    ("GapNews", "state"): "gap_states",
}
"""Which field of which fact is shown by which group of words. `GapNews` becomes a `Gap` unchanged."""


def written() -> Iterator[tuple[str, str, str]]:
    """(group, code, where) of each constant that the rules and loops give to one of these fields."""
    for file in sorted([*HOUSE.glob("forum/**/*.py"), *HOUSE.glob("journey/*.py"), *HOUSE.glob("admin/*.py")]):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            for argument in call.keywords:
                group = GROUPS.get((name, argument.arg or ""))
                for code in _outcomes(argument.value) if group else ():
                    yield str(group), code, f"{file.name}:{call.lineno}"


def _outcomes(value: ast.expr) -> Iterator[str]:
    """The texts that an expression can come to: a constant, or either branch of a choice."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from _outcomes(value.body)
        yield from _outcomes(value.orelse)


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_code_that_is_written_has_a_word(language: str) -> None:
    """No auditor reads `photo` or `spoofed_state` in the middle of an Indonesian table."""
    words = Words(language)
    codes = list(written())
    assert {group for group, _, _ in codes} >= {"how", "states", "via", "refused", "gap_states"}, (
        "the search finds them"
    )
    missing = {f"{group}.{code} ({where})" for group, code, where in codes if not words.knows(group, code)}
    assert sorted(missing) == []
    assert [verdict for verdict in Verdict if not words.knows("verdicts", verdict)] == []
    assert [trust for trust in Trust if not words.knows("trust", trust)] == []
