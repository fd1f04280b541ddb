"""What a reporter is told when a photo cannot be evidence: the right sentence, with everything it needs."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import msgspec
import pytest

from bridge.books import make_book
from bridge.forum import verdicts
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.verdicts import Looked
from bridge.lang.catalogue import load_catalogue
from bridge.model import facts as f
from bridge.model.clock import MovableClock, milliseconds
from bridge.model.effects import Say
from bridge.model.evidence import Inspection, Verdict
from bridge.model.situation import FirstUse, MediaView, Outcome, ReportView, RoomView, Situation, Use
from bridge.policy.load import Configuration
from bridge.policy.models import Forum, Policy
from bridge.policy.roster import Roster, RosterFile

WITA = ZoneInfo("Asia/Makassar")
NINE = milliseconds(datetime(2026, 11, 23, 9, 0, tzinfo=WITA))
HOUR = 3600_000
SHA = "a" * 64


@cache
def book() -> Book:
    return make_book(
        Configuration(
            Policy(forum=Forum(name="Forum")), Roster(RosterFile(units=(), persons=(), offices=()), WITA)
        ),
        forum="f",
        rooms={},
        bot="@bot:hs",
        clock=MovableClock(NINE),
        rehearsal=False,
    )


def use(person: str, report: str = "L-3") -> Use:
    """An earlier use of the same bytes, in an old report."""
    return Use(
        event="$old",
        index=0,
        report=report,
        unit="x",
        person=person,
        directive=None,
        at=NINE - 40 * HOUR,
        counts=True,
    )


def judged(
    verdict: Verdict | None,
    *,
    unavailable: str = "",
    first: FirstUse | None = None,
    uses: tuple[Use, ...] = (),
    until: int | None = NINE + HOUR,
) -> Outcome:
    """The outcome of a verdict on the one photo of L-7, for which evidence is waited."""
    inspection = Inspection(verdict=verdict, sha256=SHA, size=9000) if verdict is not None else None
    seen = Looked(event="$photo", index=0, inspection=inspection, unavailable=unavailable)
    media = MediaView(
        event="$photo",
        index=0,
        kind="image",
        mxc="mxc://hs/x",
        room="!forum:hs",
        report="L-7",
        verdict="pending",
        received_at=NINE,
    )
    report = ReportView(
        number="L-7",
        event="$report",
        room="!forum:hs",
        person="kadis",
        name="Kadis",
        unit="dlh",
        role="head",
        text="Sudah bersih",
        state="waiting",
        directive=None,
        reported_at=NINE,
        evidence_until=until,
        thread=None,
        media=1,
    )
    situation = Situation(
        room=RoomView("!forum:hs", "forum"), forum="f", report=report, media=(media,), first_use=first, uses=uses
    )
    taken = Taken(kind="verdict", key="v", room="!forum:hs", at=NINE, body=msgspec.json.encode(seen))
    return verdicts.decide(taken, situation, book(), NINE)


def told(outcome: Outcome) -> str:
    """The one sentence of an outcome; nobody is asked who is not told, and the other way round."""
    said = [effect for effect in outcome.effects if isinstance(effect, Say)]
    asked = [fact for fact in outcome.facts if isinstance(fact, f.Asked)]
    assert [fact.what for fact in asked] == [say.key for say in said]
    if not said:
        return ""
    speak = load_catalogue("id", zone=WITA, salutation="Bapak/Ibu").say
    return speak(said[0].key, **{name: value for name, value in said[0].values.items() if value is not None}).plain


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.OK])
def test_every_verdict_asks_for_another_photo_until_a_time(verdict: Verdict) -> None:
    """The report by its number, what to send, and until when."""
    text = told(judged(verdict))
    assert "L-7" in text and "ohon" in text and "10.00 WITA" in text


def test_without_a_limit_of_its_own_the_policys_wait_counts() -> None:
    """The sentence never lacks its time."""
    assert "11.00 WITA" in told(judged(Verdict.BLANK, until=None))


def test_a_photo_of_an_own_report_is_named_by_that_report() -> None:
    """So that people find the mix-up themselves."""
    assert "laporan L-3 " in told(judged(Verdict.OK, uses=(use("kadis"),)))


def test_a_photo_of_another_unit_is_named_to_nobody() -> None:
    """A number leads to a unit before everybody: only that it is recorded elsewhere is said."""
    text = told(judged(Verdict.OK, uses=(use("camat"),)))
    assert "laporan lain" in text and "L-3" not in text


def test_a_photo_of_another_forum_is_not_named_by_a_number_of_that_forum() -> None:
    """L-3 there is another report than L-3 here, and none of this forum's business."""
    text = told(judged(Verdict.OK, first=FirstUse("other", "$old", 0, "L-3")))
    assert "di forum lain" in text and "L-3" not in text


def test_the_same_photo_twice_in_one_report_is_no_news() -> None:
    """It is there already: nothing needs to be sent again."""
    assert told(judged(Verdict.OK, uses=(use("kadis", report="L-7"),))) == ""


def test_what_was_too_large_to_fetch_is_called_too_large() -> None:
    """Sending the same film again would not help; anything else may."""
    assert "terlalu besar" in told(judged(None, unavailable="too_large"))
    assert "kirim ulang" in told(judged(None, unavailable="not_found"))
