"""What a stage lets out and what rings: the table of hearing, as the rules go by it."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from bridge.books import make_book
from bridge.forum.book import Book
from bridge.forum.stages import ORDER, restrain
from bridge.model import facts as f
from bridge.model.clock import MovableClock, milliseconds
from bridge.model.effects import AnyEffect, Lane, Refresh, Say
from bridge.model.situation import Outcome
from bridge.policy.load import Configuration
from bridge.policy.models import Forum, Policy
from bridge.policy.roster import Identifier, Office, Person, Roster, RosterFile

WITA = ZoneInfo("Asia/Makassar")
DAY = milliseconds(datetime(2026, 11, 23, 10, 0, tzinfo=WITA))
NIGHT = milliseconds(datetime(2026, 11, 23, 23, 0, tzinfo=WITA))
ROOM, CONTROL, AUDIT = "!forum:hs", "!control:hs", "!audit:hs"


@cache
def book() -> Book:
    roster = Roster(
        RosterFile(
            units=(),
            persons=(Person(id="cendana", name="Cendana", identifiers=(Identifier(matrix="@bupati:hs"),)),),
            offices=(Office(person="cendana", role="leader", begins=date(2025, 1, 1)),),
        ),
        WITA,
    )
    return make_book(
        Configuration(Policy(forum=Forum(name="Forum")), roster),
        forum="f",
        rooms={"forum": ROOM, "control": CONTROL, "audit": AUDIT},
        bot="@bot:hs",
        clock=MovableClock(DAY),
        rehearsal=False,
    )


def said(key: str, stage: str, at: int = DAY, *, room: str = ROOM, person: str = "") -> Say | None:
    """What becomes of a text that a rule says to somebody."""
    text = Say(room="" if person else room, person=person, key=key, mentions=("@kadis:hs",), rings=True)
    effects = restrain(Outcome(effects=[text]), stage, book(), at).effects
    assert all(isinstance(effect, Say) for effect in effects)
    return next((effect for effect in effects if isinstance(effect, Say)), None)


@pytest.mark.parametrize("stage", ["tag", "remind", "enforce"])
@pytest.mark.parametrize("at", [DAY, NIGHT])
def test_an_emergency_rings_at_any_hour_from_tag_on(stage: str, at: int) -> None:
    """Flood and fire do not wait for the morning."""
    ring = said("emergency.ring", stage, at)
    assert ring is not None and ring.rings


def test_in_watch_an_emergency_is_recorded_and_nobody_is_said_to_have_been_rung() -> None:
    """A record must not claim what did not happen."""
    alarm = f.Emergency(report="L-1", event="$e", words=("banjir",), rung=("cendana",), at=DAY)
    effects: list[AnyEffect] = [Say(room=ROOM, key="emergency.ring", mentions=("@bupati:hs",), lane=Lane.SAFETY)]
    kept = restrain(Outcome(facts=[alarm], effects=effects), "watch", book(), DAY)
    assert kept.effects == []
    assert [fact.rung for fact in kept.facts if isinstance(fact, f.Emergency)] == [()]


@pytest.mark.parametrize("key", ["report.returned", "report.incomplete", "directive.remind"])
def test_what_must_ring_rings_by_day_and_is_said_quietly_at_night(key: str) -> None:
    """Quiet hours change the ringing, not the telling."""
    by_day, by_night = said(key, "remind", DAY), said(key, "remind", NIGHT)
    assert by_day is not None and by_day.rings
    assert by_night is not None and not by_night.rings
    assert said(key, "tag", DAY) is None


@pytest.mark.parametrize(
    "key", ["report.ask_evidence", "report.unknown", "evidence.unavailable", "evidence.timeout"]
)
def test_being_asked_for_evidence_never_rings(key: str) -> None:
    """Whatever the rule had meant: the table decides."""
    asked = said(key, "enforce", DAY)
    assert asked is not None and not asked.rings
    assert said(key, "tag") is None


def test_nobody_is_rung_when_nobody_is_meant() -> None:
    """Without mentions an `m.text` would ring everybody who is set to hear all messages."""
    text = Say(room=ROOM, key="report.returned", rings=True)
    (kept,) = restrain(Outcome(effects=[text]), "enforce", book(), DAY).effects
    assert isinstance(kept, Say) and not kept.rings


@pytest.mark.parametrize("stage", ORDER)
@pytest.mark.parametrize("key", ["doubt.label", "file.rejected", "directive.late", "membership.shrunken"])
def test_the_control_room_hears_in_every_stage(stage: str, key: str) -> None:
    """Experts see what would happen before it does; it never rings them."""
    heard = said(key, stage, room=CONTROL)
    assert heard is not None and not heard.rings


def test_a_private_question_waits_for_the_stage_like_any_other() -> None:
    """Nobody is written to in `watch` and `tag`, and then nobody counts as asked."""
    assert said("sealed.ask", "remind", person="cendana") is not None
    for stage in ("watch", "tag"):
        asked = f.Asked(what="key", about="$e", person="cendana", at=DAY)
        effects: list[AnyEffect] = [Say(person="cendana", key="sealed.ask")]
        kept = restrain(Outcome(facts=[asked], effects=effects), stage, book(), DAY)
        assert (kept.facts, kept.effects) == ([], [])


def test_a_photo_that_was_not_asked_for_again_is_not_recorded_as_asked() -> None:
    """The record of who was asked follows what was really said."""
    asked = f.Asked(what="evidence.blank", about="$photo", person="cendana", at=DAY)
    effects: list[AnyEffect] = [Say(room=ROOM, key="evidence.blank")]
    assert restrain(Outcome(facts=[asked], effects=list(effects)), "tag", book(), DAY).facts == []
    assert restrain(Outcome(facts=[asked], effects=list(effects)), "remind", book(), DAY).facts == [asked]


@pytest.mark.parametrize(("stage", "shown", "rung"), [("watch", 0, 0), ("tag", 1, 0), ("remind", 1, 1)])
def test_an_order_rings_with_its_card_from_remind_on(stage: str, shown: int, rung: int) -> None:
    """In `tag` the card appears and stays silent."""
    card = Refresh(room=ROOM, card="P-1", ref="P-1.card", mentions=("@kadis:hs",))
    effects = restrain(Outcome(effects=[card]), stage, book(), DAY).effects
    assert len(effects) == shown
    assert sum(bool(effect.mentions) for effect in effects if isinstance(effect, Refresh)) == rung


def test_what_a_stage_lets_out_every_later_one_lets_out() -> None:
    """Of every text of the table: in `enforce` it is said, and where the experts are in every stage."""
    for key in book().hearing:
        in_forum = [said(key, stage) is not None for stage in ORDER]
        assert in_forum == sorted(in_forum), key
        assert in_forum[-1], key
        assert all(said(key, stage, room=CONTROL) is not None for stage in ORDER), key
