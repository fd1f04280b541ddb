"""Holidays: quiet from midnight to midnight, where there are quiet hours at all; what is due on one says so."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.forum.cards import directive_card
from bridge.forum.quiet import quiet
from bridge.ledger import work
from bridge.model import facts as f
from bridge.model.clock import milliseconds
from bridge.model.effects import Refresh, Say
from bridge.policy.holidays import Holiday, Holidays
from bridge.policy.problems import Refused
from bridge.policy.quiet import Calendar
from bridge.policy.types import Span
from tests.forum.desk import Desk, configuration, policy_text, roster_text

WITA = ZoneInfo("Asia/Makassar")
TODAY = "holidays:\n  days: [{day: 2026-11-20, name: Hari Jadi Soppeng}]\n"
"""The desk's today, Friday, 20 November 2026; its clock stands at seven in the morning."""


def at(day: date, clock: time = time(12)) -> int:
    return milliseconds(datetime.combine(day, clock, WITA))


def test_on_a_holiday_an_order_rings_nobody_and_an_emergency_rings_as_ever(tmp_path: Path) -> None:
    """At noon of the holiday it is as quiet as at night."""
    desk = Desk(tmp_path, policy=policy_text(TODAY))
    desk.say("bupati", "DLH bersihkan terminal besok pagi")
    assert desk.effects(Refresh)[0].mentions == ()
    desk.say("bpbd-1", "Banjir besar di Ganra, warga mengungsi, mohon bantuan segera")
    assert any(say.rings for say in desk.effects(Say)), "leaders are rung at any hour"


def test_the_day_after_rings_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, policy=policy_text(TODAY))
    desk.move(hours=25)
    desk.say("bupati", "DLH bersihkan terminal besok pagi")
    assert desk.effects(Refresh)[0].mentions != ()


def test_without_quiet_hours_a_holiday_is_a_day_like_any_other(tmp_path: Path) -> None:
    """A room that is never quiet, as for disasters, stays so; nor is a holiday quiet that is only noted."""
    for extra in ("reminders: {quiet_hours: off}\n" + TODAY, TODAY + "  quiet: false\n"):
        book = Desk(tmp_path / str(len(extra)), policy=policy_text(extra)).book
        assert not quiet(at(date(2026, 11, 20)), book)
        assert book.holiday(at(date(2026, 11, 20))) == "Hari Jadi Soppeng"


@pytest.mark.parametrize(
    ("said", "key"),
    [("hari ini jam 16.00", "card.due_holiday"), ("besok jam 16.00", "card.due")],
)
def test_what_is_due_on_a_holiday_says_so_and_stays_due(tmp_path: Path, said: str, key: str) -> None:
    """The card names the holiday; nothing is moved to another day."""
    desk = Desk(tmp_path, policy=policy_text(TODAY))
    desk.say("bupati", f"DLH bersihkan terminal, laporkan {said}")
    (order,) = desk.facts(f.Directive)
    view = work.directive_view(desk.store, "uji", order.number)
    assert view is not None and view.due == order.due
    (line,) = [line for line in directive_card(view, desk.book) if line.key.startswith("card.due")]
    assert line.key == key
    if key == "card.due_holiday":
        assert line.values["holiday"] == "Hari Jadi Soppeng"


def test_an_ordinary_message_on_a_holiday_is_one_gentle_notice_for_the_whole_day(tmp_path: Path) -> None:
    """Where the policy wants notices: told once in the morning, and not again in the evening."""
    desk = Desk(tmp_path, policy=policy_text(f"{TODAY}conduct:\n  night: {{notice: true}}\n"))
    desk.say("dlh-1", "Selamat pagi semua, ada yang melihat kunci kantor?")
    desk.move(hours=11)
    desk.say("dlh-1", "Sudah ketemu, terima kasih semua")
    told = [say for say in desk.effects(Say) if say.key.startswith("conduct.") and say.person == "dlh-1"]
    assert [(say.key, say.values["holiday"]) for say in told] == [("conduct.holiday", "Hari Jadi Soppeng")]
    assert [fact.step for fact in desk.facts(f.Conduct)] == ["remind", "listed"]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ("[{day: 2026-12-25, name: Natal}, {day: 2026-12-24, to: 2026-12-26, name: Cuti}]", "Natal.*line 9"),
        ("[{day: 2026-12-25, to: 2026-12-24, name: Natal}]", "before the first"),
        ("[{day: 25-12-2026, name: Natal}]", "policy.yaml:9"),
        ("[{day: 2026-12-25}]", "policy.yaml:9.*name"),
    ],
)
def test_a_wrong_holiday_is_refused_with_its_line(days: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        configuration(policy_text(f"holidays:\n  quiet: true\n  days:\n    {days}\n"), roster_text())


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(WITA)),
    st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=8),
)
def test_quiet_has_begun_and_lasts_less_than_a_day(local: datetime, days: list[date]) -> None:
    """On a listed day it is always quiet; on any other exactly in the hours; and it never began in the future."""
    hours = Span(time(21), time(6))
    since = Calendar(hours, {}, Holidays(days=tuple(Holiday(day=day, name="x") for day in days))).since(local)
    assert (since is not None) == (local.date() in days or hours.holds(local.time()))
    assert since is None or 0 <= (local - since).total_seconds() < 24 * 3600
