"""After a tag is mended the minutes of the meeting and the bundle of the week read as if it had been right at once.

What the record keeps besides is that it was mended, when and by whom: numbers that were given out are never given
again and stand as withdrawn, and what a correction did has the time of the correction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bridge.journey.shown import lines_of
from bridge.ledger import inbox
from bridge.ledger.records import ForumHistory
from bridge.summary.collect import collect
from bridge.summary.export import opening_at
from bridge.summary.tables import tables
from bridge.summary.words import Words
from tests.forum.desk import Desk, policy_text
from tests.forum.test_corrected_tags import CASES, SIGNS, Case, Told

PAIRS = [
    (name, wrong, right)
    for name in ("words", "good photo", "leader", "leader to a proposal", "leader to a report")
    for right in ("directive", "report", "decision", "chatter")
    for wrong in ("directive", "report", "decision", "question", "chatter", "acknowledgement")
    if right in CASES[name].labels and wrong in CASES[name].labels and right != wrong
]
TABLES = {
    "directives": ("number", "text", "units", "due_at", "state"),
    "tasks": ("directive", "unit", "state"),
    "reports": ("number", "unit", "text", "directive", "state"),
    "decisions": ("number", "text", "proposal_text", "state"),
    "minutes": ("meeting", "what", "number", "unit", "person", "text"),
    "messages": ("person", "label", "event"),
    "participation": ("unit", "acknowledgers", "reporters"),
}
"""Columns in which a week is compared; times of what was done are those at which it was done."""


SEALED_AT_NOON = policy_text("week: {seal_day: friday, seal_time: 12:00}\n")


class Read(msgspec.Struct, frozen=True):
    """What people read of a meeting and of the week."""

    minutes: list[tuple[str, dict[str, object]]]
    tables: dict[str, list[tuple[str, ...]]]


def read(case: Case, first: str, mended: str | None, place: Path) -> Read:
    """A meeting in which one message was tagged ``first`` and, where that was wrong, mended."""
    place.mkdir()
    desk = Desk(place, policy=SEALED_AT_NOON)
    desk.store.begin()
    inbox.add_row(desk.store, "uji", "start", "start:1", b"{}", at=desk.clock.now())
    desk.store.commit()
    desk.say("bupati", "Rapat kita mulai. Agenda: 1. Kerja bakti")
    before = case.before(desk)
    desk.book = replace(desk.book, tagger=Told(desk.book.tagger, case.text, first))
    desk.move(minutes=1)
    answered = before if case.replies else None
    if case.photo:
        event = desk.photo(case.author, caption=case.text, reply_to=answered, judged=True)
    else:
        event = desk.say(case.author, case.text, reply_to=answered, mentions=case.mentions)
    desk.move(minutes=2)
    if mended is not None:
        desk.react(case.author, event, SIGNS[mended])
    desk.move(minutes=2)
    desk.say("bupati", "Rapat saya tutup")
    lines = lines_of(desk.store, "uji", "minutes:R-1", desk.laid(), desk.clock.now(), lambda *_: [])
    desk.move(hours=6)
    return Read([(line.key, dict(line.values)) for line in lines], _tables(desk, event))


def _tables(desk: Desk, event: str) -> dict[str, list[tuple[str, ...]]]:
    history = ForumHistory(desk.store, "uji")
    ((_, cut),) = history.sealed_weeks()
    week = collect(history.records(0, cut), opening_at(history, [0], None))
    words = Words.of(week.seal)
    gone = {words.label(kind, state) for kind, state in TAKEN_BACK}
    found = {}
    for table in tables(week, words, frozenset()):
        if (wanted := TABLES.get(table.key)) is None:
            continue
        keys = [column.key for column in table.columns]
        places = [keys.index(key) for key in wanted]
        rows = [tuple(str(row[place]) for place in places) for row in table.rows()]
        if table.key == "messages":
            rows = [row for row in rows if row[-1] == event]
        # The record holds what a correction made behind what was said meanwhile.
        found[table.key] = sorted(_standing(rows, gone))
    return found


TAKEN_BACK = (
    ("order_states", "cancelled"),
    ("states", "cancelled"),
    ("states", "withdrawn"),
    ("decision_states", "withdrawn"),
)


def _standing(rows: Sequence[tuple[str, ...]], gone: set[str]) -> list[tuple[str, ...]]:
    """The rows of what was not taken back."""
    return [row for row in rows if row[-1] not in gone]


@pytest.mark.parametrize(("name", "right"), sorted({(name, right) for name, _, right in PAIRS}))
def test_minutes_and_bundle_read_as_if_it_had_been_tagged_right(name: str, right: str, tmp_path: Path) -> None:
    """Whatever it was taken for before."""
    case = CASES[name]
    wanted = read(case, right, None, tmp_path / "right")
    for wrong in (wrong for of, wrong, to in PAIRS if (of, to) == (name, right)):
        mended = read(case, wrong, right, tmp_path / wrong)
        assert mended.minutes == wanted.minutes, wrong
        assert mended.tables == wanted.tables, wrong
