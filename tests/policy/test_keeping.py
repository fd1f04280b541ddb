"""How long a record is kept, as an admin writes it: typed, checked, and with one sentence for every slip."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.policy.load import Source, check, load_sources
from bridge.policy.models import Policy
from bridge.policy.types import Period
from tests.forum.desk import policy_text, roster_text


def problems(record: str, language: str = "en") -> list[tuple[int, str]]:
    """(line, sentence) of every problem of a policy with these lines."""
    policy = Source("policy.yaml", policy_text(record, language).encode())
    checked = check(policy, Source("roster.yaml", roster_text().encode()))
    return [(one.place.line, one.text("id" if language == "id" else "en")) for one in checked.problems]


def policy(record: str) -> Policy:
    return load_sources(
        Source("policy.yaml", policy_text(record).encode()), Source("roster.yaml", roster_text().encode())
    ).policy


def test_without_a_word_nothing_is_ever_destroyed() -> None:
    """The default destroys nothing, and `forever` says the same."""
    for written in ("", "record: {keep: {messages: forever}}\n", "record: {keep: {media: forever}}\n"):
        keep = policy(written).record.keep
        assert not keep.ends
        assert (str(keep.messages), str(keep.files)) == ("forever", "forever")


def test_photos_go_with_the_messages_or_before_them() -> None:
    """Without a line of their own they are kept as long."""
    keep = policy("record: {keep: {messages: 2y}}\n").record.keep
    assert (keep.messages, keep.files) == (Period(2, "y"), Period(2, "y"))
    keep = policy("record: {keep: {messages: 2Y, media: 400 d}}\n").record.keep
    assert (keep.messages, keep.files) == (Period(2, "y"), Period(400, "d"))
    assert policy("record: {keep: {media: 1y}}\n").record.keep.ends


@pytest.mark.parametrize("written", ["2 years", "0d", "-1d", "2h", "101y", "36501d", "yes", "1.5y", "two years"])
def test_what_is_no_length_of_keeping(written: str) -> None:
    """It is named with its line, and with what to write instead, in both languages."""
    lines = f"record:\n  keep:\n    messages: {written}\n"
    ((line, said),) = problems(lines)
    assert line == 8
    assert f"`{written}` is not a time for which records are kept. Write" in said
    assert "masa simpan" in problems(lines, "id")[0][1]


def test_the_words_of_before_are_answered_with_what_to_write_now() -> None:
    """The old option promised something that nobody did; it is not read as if it were still so."""
    lines = "record:\n  readers: The Mayor\n  retention: Five years, then destroyed\n"
    ((line, said),) = problems(lines)
    assert line == 8
    assert "`keep: {messages: 5y, media: 5y}`" in said and "delete the line" in said
    assert "`keep: {messages: 5y, media: 5y}`" in problems(lines, "id")[0][1]


@pytest.mark.parametrize(
    ("lines", "line", "part"),
    [
        ("record:\n  keep:\n    messages: 29d\n", 8, "29d is too short"),
        ("record:\n  keep:\n    messages: 1y\n    media: 7d\n", 9, "7d is too short"),
        ("record:\n  keep:\n    messages: 1y\n    media: 2y\n", 9, "cannot be kept longer (2y)"),
        ("record:\n  keep:\n    messages: 365d\n    media: 1y\n", 9, "cannot be kept longer (1y)"),
        ("record:\n  keep:\n    messages: 1y\n    media: forever\n", 9, "cannot be kept longer (forever)"),
        ("record: {keep: {messages: 1y}}\nweek: {post_bundle: false}\n", 7, "Write `post_bundle: true`"),
    ],
)
def test_what_does_not_fit_together(lines: str, line: int, part: str) -> None:
    """One located sentence, in both languages."""
    ((found, said),) = problems(lines)
    assert (found, part in said) == (line, True), said
    ((found, said),) = problems(lines, "id")
    assert found == line and part not in said


def test_thirty_days_are_enough() -> None:
    """The least that may be written."""
    assert problems("record: {keep: {messages: 30d}}\n") == []


@pytest.mark.parametrize(
    ("period", "now", "before"),
    [
        ("30d", (2026, 3, 2), (2026, 1, 31)),
        ("1y", (2027, 2, 28), (2026, 2, 28)),
        ("1y", (2028, 2, 29), (2027, 2, 28)),
        ("4y", (2028, 2, 29), (2024, 2, 29)),
        ("2y", (2026, 11, 20), (2024, 11, 20)),
    ],
)
def test_a_year_is_a_year_of_the_calendar(
    period: str, now: tuple[int, int, int], before: tuple[int, int, int]
) -> None:
    """So that "two years" is what people count, leap years or not."""
    read = Period.read(period)
    assert read is not None
    assert read.before(datetime(*now, 3, tzinfo=UTC)) == datetime(*before, 3, tzinfo=UTC)


def test_which_of_two_is_shorter() -> None:
    """For good is the longest; 365 days may be a day less than a year."""
    forever, year, days = Period(), Period(1, "y"), Period(365, "d")
    assert year.shorter_than(forever) and not forever.shorter_than(year) and not forever.shorter_than(forever)
    assert days.shorter_than(year) and not year.shorter_than(days) and not year.shorter_than(year)
    assert not Period(366, "d").shorter_than(year)
