"""Values of a policy: how they may be written, and what holds when they are not."""

from datetime import time, timedelta

import pytest
from pydantic import ValidationError

from bridge.policy.load import Source, check
from bridge.policy.models import Emergencies, Forum, Letters, Policy, Rights
from bridge.policy.quiet import QuietHours
from bridge.policy.types import Span, written


def policy(text: str) -> Policy:
    checked = check(Source("p", text.encode()), None)
    assert checked.policy is not None, [p.text("en") for p in checked.problems]
    return checked.policy


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("2 h", timedelta(hours=2)),
        ("14D", timedelta(days=14)),
    ],
)
def test_lengths_of_time_carry_their_unit(text: str, length: timedelta) -> None:
    """Small or capital, with or without a space."""
    assert policy(f"forum: {{name: X}}\nmembership: {{notice: {text}}}").membership.notice == length


def test_times_of_day_are_read_as_written() -> None:
    """21:00 is nine in the evening, not 1260; 21.00 is the same."""
    hours = policy("forum: {name: X}\nreminders: {quiet_hours: 21.00 - 06:00}").reminders.quiet_hours
    assert hours == QuietHours(hours=Span(time(21), time(6)))
    assert policy("forum: {name: X}\nweek: {seal_time: 6:30}").week.seal_time == time(6, 30)


def test_quiet_hours_can_be_off() -> None:
    """An empty value would mean the default; off means never."""
    assert policy("forum: {name: X}\nreminders: {quiet_hours: off}").reminders.quiet_hours.hours == "off"
    assert policy("forum: {name: X}\nreminders:\n  quiet_hours:\n").reminders.quiet_hours == QuietHours()


def test_hours_over_midnight_hold_the_night() -> None:
    """The end itself lies outside."""
    night = Span(time(21), time(6))
    assert night.holds(time(21)) and night.holds(time(2)) and not night.holds(time(6)) and not night.holds(time(12))
    day = Span(time(8), time(16))
    assert day.holds(time(8)) and not day.holds(time(16)) and not day.holds(time(3))


def test_words_that_look_like_other_things_stay_words() -> None:
    """NO, on, 0812 and 2026 are names if somebody is called so."""
    found = policy("forum: {name: NO}\nacknowledgement: {words: [on, 0812, 2026, 12:30, yes]}")
    assert found.forum.name == "NO"
    assert found.acknowledgement.words == ("on", "0812", "2026", "12:30", "yes")


def test_defaults_follow_the_language() -> None:
    """An English forum finds no Indonesian letter, word or salutation."""
    indonesian = policy("forum: {name: X}")
    assert (indonesian.letters.directive, indonesian.letters.report, indonesian.letters.decision) == ("P", "L", "K")
    assert indonesian.emergencies.hashtag == "#darurat"
    english = policy("forum: {name: X, language: en}")
    assert (english.letters.directive, english.letters.report) == ("D", "R")
    assert english.emergencies.hashtag == "#emergency"
    assert "Bapak" not in english.forum.salutation


def test_what_is_written_wins_over_the_language() -> None:
    """Only what is missing is filled, in files and in code."""
    written_one = policy("forum: {name: X, language: en}\nletters: {report: Z}")
    assert (written_one.letters.directive, written_one.letters.report) == ("D", "Z")
    built = Policy(forum=Forum(name="X", language="en"), letters=Letters(report="Z"), emergencies=Emergencies())
    assert built.letters == written_one.letters
    assert built.emergencies.hashtag == "#emergency"


def test_the_digest_is_of_the_file_and_the_version_is_the_ledgers() -> None:
    """Two files with the same meaning are still two files."""
    one, other = policy("forum: {name: X}"), policy("forum: {name: X} # same")
    assert len(one.digest) == 64 and one.digest != other.digest
    assert one.version == 0


def test_rights_go_to_roles_and_to_persons() -> None:
    """By any role held, or by id."""
    found = Policy(forum=Forum(name="X"), rights=Rights(order=("leader", "ani")))
    assert found.may("order", {"leader", "head"})
    assert found.may("order", {"guest"}, "ani")
    assert not found.may("order", {"head"}, "budi")
    assert not found.may("order", set())


def test_a_policy_does_not_change_after_loading() -> None:
    """What is in force is replaced as a whole, never altered."""
    found = policy("forum: {name: X}")
    with pytest.raises(ValidationError):
        found.forum.name = "Y"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(hours=72), "72h"),
        (timedelta(days=14), "14d"),
        (timedelta(seconds=90), "90s"),
        (timedelta(0), "0s"),
        (Span(time(21), time(6)), "21:00-06:00"),
        (time(6, 5), "06:05"),
        (True, "true"),
        (None, "off"),
        (("photo", "video"), "photo, video"),
        ({"leader": "Bupati"}, "leader: Bupati"),
        (12, "12"),
    ],
)
def test_values_are_shown_as_people_write_them(value: object, text: str) -> None:
    """The inverse of reading."""
    assert written(value) == text


def test_bytes_are_shown_in_their_largest_whole_unit() -> None:
    """8 kB, not 8000."""
    assert [written(n, in_bytes=True) for n in (8_000, 100_000_000, 1_500, 0)] == [
        "8 kB",
        "100 MB",
        "1500 B",
        "0 B",
    ]
