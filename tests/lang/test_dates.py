"""Dates and durations read as people of the language write them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bridge.lang import dates

WITA = ZoneInfo("Asia/Makassar")
FRIDAY = datetime(2026, 11, 20, 17, 0, tzinfo=WITA)


def test_a_due_time_is_said_with_weekday_date_and_zone() -> None:
    """A reader must not have to know today's date or the server's zone."""
    assert dates.weekday_date_time(FRIDAY, "id", "WITA") == "Jumat, 20 November 2026 17.00 WITA"
    assert dates.weekday_date_time(FRIDAY, "en", "WITA") == "Friday, 20 November 2026 17:00 WITA"
    assert dates.weekday_date_time(FRIDAY, "id") == "Jumat, 20 November 2026 17.00 WITA"


@pytest.mark.parametrize(
    ("zone", "label"),
    [
        ("Asia/Makassar", "WITA"),
        ("Asia/Jakarta", "WIB"),
        ("Asia/Pontianak", "WIB"),
        ("Asia/Jayapura", "WIT"),
        ("America/Sao_Paulo", "UTC-03"),
        ("Asia/Kathmandu", "UTC+0545"),
        ("UTC", "UTC"),
    ],
)
def test_a_zone_has_the_name_that_its_people_use(zone: str, label: str) -> None:
    """Indonesia's three zones by their own abbreviations; zones without a name by their offset."""
    assert dates.zone_label(datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo(zone))) == label


def test_a_zone_with_summer_time_is_named_for_the_season() -> None:
    """The label is the one in force at that instant."""
    london = ZoneInfo("Europe/London")
    assert dates.zone_label(datetime(2026, 7, 1, tzinfo=london)) == "BST"
    assert dates.zone_label(datetime(2026, 12, 1, tzinfo=london)) == "GMT"


@pytest.mark.parametrize(
    ("first", "lang", "said"),
    [
        (date(2026, 11, 16), "id", "Senin 16 – Minggu 22 November 2026"),
        (date(2026, 11, 16), "en", "Monday 16 – Sunday 22 November 2026"),
        (date(2026, 11, 30), "id", "Senin 30 November – Minggu 6 Desember 2026"),
        (date(2026, 12, 28), "id", "Senin 28 Desember 2026 – Minggu 3 Januari 2027"),
        (date(2026, 11, 15), "en", "Sunday 15 – Saturday 21 November 2026"),
    ],
)
def test_a_week_says_once_what_both_ends_share(first: date, lang: str, said: str) -> None:
    """The title is short within a month and unmistakable across months and years."""
    assert dates.week_range(first, lang) == said


@pytest.mark.parametrize(
    ("length", "indonesian", "english"),
    [
        (timedelta(minutes=10), "10 menit", "10 minutes"),
        (timedelta(hours=1), "1 jam", "1 hour"),
        (timedelta(hours=2), "2 jam", "2 hours"),
        (timedelta(minutes=90), "1 jam 30 menit", "1 hour 30 minutes"),
        (timedelta(hours=24), "24 jam", "24 hours"),
        (timedelta(hours=72), "3 hari", "3 days"),
        (timedelta(hours=50), "2 hari 2 jam", "2 days 2 hours"),
        (timedelta(seconds=61), "2 menit", "2 minutes"),
        (timedelta(0), "0 menit", "0 minutes"),
    ],
)
def test_durations_in_words(length: timedelta, indonesian: str, english: str) -> None:
    """At most two units, never promising less time than there is."""
    assert dates.duration(length, "id") == indonesian
    assert dates.duration(length, "en") == english


def test_a_negative_duration_is_refused() -> None:
    """A wait that is over is not said as a length."""
    with pytest.raises(ValueError, match="negative"):
        dates.duration(timedelta(seconds=-1), "id")
