"""Changes in the text of a roster: what is meant is said, and every other character stays where it was."""

from __future__ import annotations

import difflib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.admin.roster_text import EMPTY, CannotKeep, Changes, changed, whole
from bridge.admin.saying import load_texts
from bridge.lang.catalogue import differences
from bridge.policy.load import Source, check
from bridge.policy.roster import Identifier, Office, Person, RosterFile, Unit

EXAMPLES = [Path("config/roster.yaml"), Path("config/examples/city-en/roster.yaml")]
UNIT = Unit(id="null", name='X "y" # {z}: -', short="X", aliases=("a, b",), kind="agency")
PERSON = Person(id="on", name="N: #", identifiers=(Identifier(matrix="@n:x", begins=date(2026, 1, 1)),))
OFFICE = Office(person="on", role="head", unit="null", begins=date(2026, 1, 1), acting=True)
ADDED = Changes(units=[UNIT], persons=[PERSON], offices=[OFFICE])


def said(text: str) -> RosterFile:
    checked = check(None, Source("roster.yaml", text.encode()))
    assert checked.roster is not None, [problem.text("en") for problem in checked.problems]
    return checked.roster.file


def lines(before: str, after: str) -> list[str]:
    """The lines that differ."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in found if line[0] in "+-" and line[:3] not in ("+++", "---")]


@pytest.mark.parametrize("path", EXAMPLES, ids=str)
def test_the_worked_examples_keep_everything(path: Path) -> None:
    """Added lines stand where a person would write them; an end changes one line and keeps its comment."""
    text = path.read_text(encoding="utf-8")
    old = said(text)
    last = len(old.offices) - 1
    changes = Changes(
        units=[UNIT],
        persons=[PERSON],
        offices=[OFFICE],
        accounts=[(0, Identifier(matrix="@neu:x"))],
        ends={0: date(2027, 5, 1), last: date(2027, 6, 1)},
    )
    after = changed(text, changes)
    new = said(after)
    assert new.units == (*old.units, UNIT)
    assert new.persons[1:] == (*old.persons[1:], PERSON)
    assert new.persons[0].identifiers == (*old.persons[0].identifiers, Identifier(matrix="@neu:x"))
    assert new.offices[-1] == OFFICE
    assert [new.offices[0].ends, new.offices[last].ends] == [date(2027, 5, 1), date(2027, 6, 1)]
    gone = [line[1:] for line in lines(text, after) if line.startswith("-")]
    assert len(gone) == 3
    assert after.count("#") == text.count("#") + 2  # those in the new names


@pytest.mark.parametrize(
    "text",
    [
        EMPTY,
        "units:\npersons:\noffices:\n",
        "units: ~\npersons: []  # none\noffices: null",
        "persons:\n- id: a\n  name: A\noffices:\n- person: a\n  role: leader # c\n  from: 2025-01-01\n# end",
        "{persons: [{id: a, name: A}], offices: [{person: a, role: leader, from: 2025-01-01}], units: []}",
        "persons: [\n  {id: a, name: A},\n]\noffices:\n  - {person: a,\n     role: leader, from: 2025-01-01}\n",
        "---\r\npersons:\r\n- {id: a, name: A}\r\noffices:\r\n- {person: a, role: leader, from: 2025-01-01}\r\n",
        "\ufeffunits: []\npersons: []\noffices: []\n",
        "persons: []\noffices: []\n...\n",
    ],
)
def test_any_style_says_the_same_afterwards(text: str) -> None:
    """Blocks, brackets, nothing at all: kept where that can be, and otherwise refused, never changed wrongly."""
    before = check(None, Source("roster.yaml", text.encode())).roster
    try:
        after = changed(text, ADDED)
    except CannotKeep:
        after = whole(text, ADDED)
    new = check(None, Source("roster.yaml", after.encode()))
    data = new.roster.file if new.roster is not None else None
    if data is None:
        # Only because nobody is leader in a roster that was empty.
        assert {problem.key for problem in new.problems if problem.severity == "error"} == {"no_leader"}
        assert '{id: "null", name: ' in after and '{id: "on", name: ' in after and "acting: true" in after
    else:
        assert before is not None
        assert data.persons == (*before.file.persons, PERSON)
        assert data.offices == (*before.file.offices, OFFICE)


def test_what_cannot_be_kept_is_refused() -> None:
    """A list that stands in two places by an alias would change in both."""
    text = (
        "persons:\n  - {id: a, name: A, identifiers: &none []}\n  - {id: b, name: B, identifiers: *none}\n"
        "offices:\n  - {person: a, role: leader, from: 2025-01-01}\n"
    )
    change = Changes(accounts=[(0, Identifier(matrix="@a:x"))])
    with pytest.raises(CannotKeep):
        changed(text, change)
    assert [len(person.identifiers) for person in said(whole(text, change)).persons] == [1, 0]


def test_a_text_over_several_lines_stays_whole() -> None:
    """Long purposes, block scalars and comments between keys."""
    text = (
        "units: []\npersons:\n  - id: a\n    # who\n    name: >-\n      Ani\n      Contoh\n\n  # between\n"
        "offices:\n  - person: a\n    role: leader\n\n    from: 2025-01-01   # since\n\n# the end\n"
    )
    after = changed(text, Changes(ends={0: date(2026, 1, 1)}, accounts=[(0, Identifier(matrix="@a:x"))]))
    assert lines(text, after) == ['+    identifiers: [{matrix: "@a:x"}]', "+    to: 2026-01-01"]
    assert said(after).persons[0].name == "Ani Contoh"


_NAMES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20).filter(
    lambda name: name.strip() == name
)


@settings(max_examples=60, deadline=None)
@given(_NAMES, _NAMES)
def test_any_name_is_written_as_it_is(name: str, unit: str) -> None:
    """Whatever the letters."""
    changes = Changes(
        units=[Unit(id="x", name=unit, short=unit)],
        persons=[Person(id="p", name=name)],
        offices=[Office(person="p", role="leader", begins=date(2026, 1, 1))],
    )
    after = check(None, Source("roster.yaml", changed(EMPTY, changes).encode()))
    errors = [problem.key for problem in after.problems if problem.severity == "error"]
    if errors:
        assert errors == ["alias_blank"] * len(errors)
        return
    assert after.roster is not None
    assert (after.roster.file.persons[0].name, after.roster.file.units[0].name) == (name, unit)


def test_both_languages_say_the_same() -> None:
    """Every sentence of init, enrol, import and the sheet, with the same values."""
    assert differences(load_texts("id", file="onboarding.yaml"), load_texts("en", file="onboarding.yaml")) == []
