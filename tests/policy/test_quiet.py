"""Quiet hours by weekday and by unit: how they are written, when they hold, and what is said of a mistake."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.policy.holidays import Holiday, Holidays
from bridge.policy.load import Configuration, Source, check
from bridge.policy.models import Policy, in_room
from bridge.policy.plan import plan
from bridge.policy.problems import Refused
from bridge.policy.quiet import Calendar, QuietHours
from bridge.policy.types import WEEKDAYS, Span
from tests.forum.desk import configuration, policy_text, roster_text

MONDAY = date(2026, 11, 16)
MINUTE = timedelta(minutes=1)


def policy(hours: str) -> Policy:
    checked = check(Source("p", f"forum: {{name: X}}\nreminders:\n  quiet_hours: {hours}\n".encode()), None)
    assert checked.policy is not None, [p.text("en") for p in checked.problems]
    return checked.policy


def both(extra: str) -> Configuration:
    return configuration(policy_text(extra), roster_text())


def test_a_line_for_everybody_and_lines_for_days_and_units_are_read() -> None:
    """Days by either language's name, a unit by its hours alone or by lines of its own."""
    found = policy(
        "{hours: 21.00-05:00, days: {sabtu: 12:00-06:00, sunday: all_day, Jum'at: off},"
        " units: {bpbd: none, dlh: 22:00-04:00, dinkes: {days: {minggu: off}}}}"
    ).reminders.quiet_hours
    assert found.days == {"saturday": Span(time(12), time(6)), "sunday": "all_day", "friday": "off"}
    assert (found.units["bpbd"].hours, found.units["dlh"].hours) == ("off", Span(time(22), time(4)))
    assert found.calendar("dinkes", Holidays()) == Calendar(Span(time(21), time(5)), {"sunday": "off"}, Holidays())
    assert found.calendar("pupr", Holidays()) == found.calendar(None, Holidays())


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("quiet_hours: {days: {sabtux: off}}", r"policy.yaml:7:\d+.*sabtux.*saturday"),
        ("quiet_hours: {days: {sabtu: off, saturday: all_day}}", "policy.yaml:7.*twice"),
        ('quiet_hours: {days: {jumat: off, "Jum\'at": all_day}}', "policy.yaml:7.*twice"),
        ("quiet_hours:\n    days:\n      sunday: always", r"policy.yaml:9:\d+.*always.*all_day"),
        ("quiet_hours:\n    units:\n      bpdb: off", r"policy.yaml:9.*bpdb.*bpbd"),
        ("quiet_hours:\n    units:\n      dlh: {hour: off}", r"policy.yaml:9.*hour.*hours"),
        ("quiet_hours:\n    units:\n      dlh: [21:00]", "policy.yaml:9"),
        ("quiet_hours: all_day", "policy.yaml:7.*no hour of the week"),
        ("quiet_hours:\n    units:\n      dlh: all_day", "policy.yaml:9.*no hour of the week"),
        ("quiet_hours: {hour: off}", "policy.yaml:7.*hours"),
    ],
)
def test_a_mistake_is_named_with_its_line(extra: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        configuration(policy_text(f"reminders:\n  {extra}\n", language="en"), roster_text())


def test_a_room_has_hours_of_its_own_for_everybody() -> None:
    """What a working group says in the place of the forum's hours leaves nothing of their days and units."""
    whole = both(
        "reminders: {quiet_hours: {days: {sunday: all_day}, units: {dlh: 20:00-07:00}}}\n"
        "rooms:\n  siaga: {reminders: {quiet_hours: off}}\n"
    ).policy
    quiet = in_room(whole, "siaga").reminders.quiet_hours
    assert all(quiet.calendar(unit, whole.holidays).never for unit in (None, "dlh"))


def test_the_plan_says_which_hours_change() -> None:
    before = both("reminders: {quiet_hours: 21:00-06:00}\n")
    after = both("reminders: {quiet_hours: {hours: 22:00-05:00, days: {minggu: all_day}, units: {bpbd: off}}}\n")
    told = [one.text("en") for one in plan(before, after, datetime(2026, 11, 20, tzinfo=UTC))]
    assert told == [
        "reminders.quiet_hours.hours: 21:00-06:00 becomes 22:00-05:00.",
        "reminders.quiet_hours.days: - becomes sunday: all_day.",
        "reminders.quiet_hours.units: - becomes bpbd: {hours: off}.",
    ]


def test_what_begins_on_a_day_lasts_over_midnight() -> None:
    """A whole day, and the night after it as ever; a day without quiet still wakes nobody before six."""
    zone = ZoneInfo("Asia/Makassar")
    quiet = policy("{days: {saturday: 12:00-06:00, sunday: all_day, wednesday: off}}").reminders.quiet_hours
    calendar = quiet.calendar(None, Holidays())
    week = {name: MONDAY + timedelta(days=place) for place, name in enumerate(WEEKDAYS)}

    def until(day: date, clock: time) -> datetime:
        return calendar.until(datetime.combine(day, clock, zone)).replace(tzinfo=None)

    assert until(week["saturday"], time(11, 59)) == datetime.combine(week["saturday"], time(11, 59))
    next_monday = datetime.combine(MONDAY + timedelta(days=7), time(6))
    assert until(week["saturday"], time(12)) == until(week["sunday"], time(12)) == next_monday
    assert until(week["wednesday"], time(3)) == datetime.combine(week["wednesday"], time(6))
    assert until(week["wednesday"], time(23)) == datetime.combine(week["wednesday"], time(23))


clocks = st.builds(time, st.integers(0, 23), st.sampled_from((0, 1, 30, 59)))
spans = st.tuples(clocks, clocks).filter(lambda both: both[0] != both[1]).map(lambda both: Span(*both))
ruled = st.one_of(spans, st.sampled_from(("all_day", "off")))
calendars = st.builds(
    Calendar,
    st.one_of(spans, st.just("off")),
    st.dictionaries(st.sampled_from(WEEKDAYS), ruled, max_size=4),
    st.lists(st.dates(MONDAY, MONDAY + timedelta(days=9)), max_size=3).map(
        lambda days: Holidays(days=tuple(Holiday(day=day, name="x") for day in days))
    ),
)


def painted(calendar: Calendar) -> set[datetime]:
    """Every quiet minute of the days around the week, laid out one after the other as an admin would on paper."""
    minutes: set[datetime] = set()
    for place in range(-1, 12):
        day = MONDAY + timedelta(days=place)
        midnight = datetime.combine(day, time())
        rule = calendar.days.get(WEEKDAYS[day.weekday()], calendar.hours)
        if rule == "all_day" or calendar.holidays.on(day):
            minutes.update(midnight + MINUTE * one for one in range(1440))
        rule = calendar.hours if rule == "all_day" else rule
        if isinstance(rule, Span):
            at = datetime.combine(day, rule.begins)
            while at.time() != rule.ends:
                minutes.add(at)
                at += MINUTE
    return minutes if not calendar.never else set()


@given(
    calendars,
    st.integers(0, 7 * 1440 - 1),
    st.sampled_from((ZoneInfo("Asia/Makassar"), ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Jayapura"))),
)
def test_a_minute_is_quiet_exactly_where_a_line_says_so(calendar: Calendar, minute: int, zone: ZoneInfo) -> None:
    """Around midnight, on every weekday and holiday: quiet, since when, and until when."""
    local = datetime.combine(MONDAY, time()) + minute * MINUTE
    quiet = painted(calendar)
    since, until = calendar.since(local.replace(tzinfo=zone)), calendar.until(local.replace(tzinfo=zone))
    assert (since is not None) == (local in quiet)
    if since is None:
        assert until == local.replace(tzinfo=zone)
        return
    begun = since.replace(tzinfo=None)
    assert begun <= local and all(begun + MINUTE * one in quiet for one in range((local - begun) // MINUTE))
    ended = until.replace(tzinfo=None)
    if ended < datetime.combine(MONDAY, time()) + timedelta(days=10) and ended > local:
        assert ended not in quiet
        assert all(local + MINUTE * one in quiet for one in range((ended - local) // MINUTE))


@given(calendars, st.datetimes(datetime(2026, 10, 20), datetime(2026, 11, 5), timezones=st.just(UTC)))
def test_clocks_that_are_put_back_never_keep_anybody_waiting_for_ever(calendar: Calendar, at: datetime) -> None:
    """A zone with summer time: the quiet ends later than now, and it is not quiet then, unless it always is."""
    local = at.astimezone(ZoneInfo("Europe/Amsterdam"))
    until = calendar.until(local)
    assert (calendar.since(until) is None) or until == local
    if calendar.since(local) is None:
        assert until == local


def test_hours_built_in_code_are_those_of_the_file() -> None:
    assert policy("21:00-06:00").reminders.quiet_hours == QuietHours(hours=Span(time(21), time(6))) == QuietHours()
