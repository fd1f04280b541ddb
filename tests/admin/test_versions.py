"""`tudang policy history`, `show`, `diff` and the same of `roster`: every version that was in force."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.admin.saying import load_texts
from bridge.lang.catalogue import differences
from tests.admin.test_planning import an_edit, bullets
from tests.admin.town import TWELVE, Town, roster_text


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Three rosters, the last like the first, and two policies."""
    made = Town(tmp_path_factory.mktemp("town") / "town")
    made.write(an_edit())
    made.take()
    made.write(TWELVE)
    with made.policy.open("a") as policy:
        policy.write("membership: {notice: 20m}  # as agreed\n")
    made.take()
    yield made
    made.close()


def test_every_version_is_listed_newest_first(town: Town) -> None:
    """With number, time, author, how many differences, and the SHA-256 of the text."""
    head, *lines = town.tudang("roster", "history").output.splitlines()
    assert head == "Versions of roster.yaml, newest first:"
    assert [line.split(" · ")[0] for line in lines] == ["3", "2", "1"]
    assert lines[0].endswith(" (in force)") and "first version" in lines[2]
    sha256 = hashlib.sha256(roster_text(TWELVE).encode()).hexdigest()
    assert [sha256 in line for line in lines] == [True, False, True]
    assert f"{len(town.version('roster').changes)} differences" in lines[0]
    assert town.tudang("policy", "history").output.count(" · not known · ") == 2
    assert "WITA" in lines[0], "in the forum's time"


def test_a_version_is_shown_byte_for_byte(town: Town) -> None:
    """So that its SHA-256 can be checked with any tool, also of one that is long out of force."""
    shown = town.tudang("roster", "show", "2")
    assert shown.stdout_bytes == roster_text(an_edit()).encode()
    none = town.tudang("roster", "show", "9")
    assert none.exit_code == 1 and "There are 1 to 3." in none.output


def test_a_difference_is_told_in_sentences_and_line_by_line(town: Town) -> None:
    """What a version changed, or how any two differ."""
    one = town.tudang("policy", "diff", "2").output
    assert bullets(one) == ["membership.notice: 15m becomes 20m."]
    assert "+membership: {notice: 20m}  # as agreed" in one and "--- policy.yaml 1" in one
    forth = town.tudang("roster", "diff", "1", "2").output
    back = town.tudang("roster", "diff", "2", "1").output
    assert "Kadis1 Contoh: Head of Agency UNIT1 becomes Expert." in bullets(forth)
    assert "Kadis1 Contoh: Expert becomes Head of Agency UNIT1." in bullets(back)
    assert bullets(town.tudang("roster", "diff", "3").output) == bullets(back)
    assert "are the same text" in town.tudang("roster", "diff", "1", "3").output


@pytest.mark.parametrize(
    ("words", "said"), [(("1",), "Version 1 is the first"), (("1", "7"), "There is no version 7")]
)
def test_what_cannot_be_compared(town: Town, words: tuple[str, ...], said: str) -> None:
    """One sentence."""
    shown = town.tudang("roster", "diff", *words)
    assert shown.exit_code == 1 and said in shown.output


def test_it_is_said_in_the_language_that_is_asked_for(town: Town) -> None:
    """Sentences about differences too."""
    assert "membership.notice: 15m menjadi 20m." in bullets(
        town.tudang("policy", "diff", "2", "--lang", "id").output
    )
    assert "Versi roster.yaml" in town.tudang("roster", "history", "--lang", "id").output


def test_texts_of_yesterday_that_todays_rules_cannot_read_are_compared_as_text(town: Town, tmp_path: Path) -> None:
    """A version is kept whatever becomes of the rules."""
    assert town.ledger is not None
    old = Town(tmp_path / "old")
    try:
        old.write(an_edit())
        old.take()
        assert old.ledger is not None
        spoil = "UPDATE file_text SET text = ? WHERE what = 'roster' AND version = 1"
        asyncio.run(old.ledger.write(lambda store: store.run(spoil, (b"people: []\n",))))
        shown = old.tudang("roster", "diff", "2")
        assert shown.exit_code == 0 and "cannot be read by today's rules" in shown.output
        assert "-people: []" in shown.output
    finally:
        old.close()


def test_before_the_first_start_there_is_no_history(tmp_path: Path) -> None:
    """And no traceback."""
    house = Town(tmp_path / "house", begun=False)
    shown = house.tudang("policy", "history")
    assert shown.exit_code == 1 and "There is no ledger" in shown.output


def test_both_languages_say_the_same() -> None:
    """Every sentence of these commands, with the same values."""
    assert differences(load_texts("en", file="files.yaml"), load_texts("id", file="files.yaml")) == []
