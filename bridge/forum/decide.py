"""Which rule decides a row. Every rule is a pair: what it needs to know, and what it makes of it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bridge.forum import (
    abuse,
    answering,
    catching_up,
    checking,
    coaching,
    daily,
    elsewhere,
    ends,
    files,
    handover,
    levels,
    membership,
    mornings,
    retention,
    rooms,
    servers,
    timers,
    upgrades,
    verdicts,
    weeks,
)
from bridge.forum.book import Book
from bridge.forum.conduct import digest
from bridge.forum.item import Taken
from bridge.forum.meetings import leading, talk
from bridge.forum.meetings import taps as meeting_taps
from bridge.forum.stages import restrain
from bridge.model import facts as f
from bridge.model.servers import ACL
from bridge.model.situation import Needs, Outcome, Situation

HEIR = "heir"
"""The kind of a room that a room of ours names as its replacement, until it was followed there."""

NeedsOf = Callable[[Taken, Book], Needs]
Decide = Callable[[Taken, Situation, Book, int], Outcome]


class Rule(msgspec.Struct, frozen=True):
    """A rule: pure functions of the row, the situation, the book and the time in milliseconds."""

    needs: NeedsOf
    decide: Decide


def _silent(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    return Outcome()


NOTHING = Rule(rooms.nothing, _silent)
MESSAGE = Rule(talk.needs, talk.decide)
MEMBERSHIP = Rule(membership.needs, membership.decide)

STATE = {
    "m.room.member": MEMBERSHIP,
    "m.room.tombstone": Rule(upgrades.entombed_needs, upgrades.entombed),
    "m.room.power_levels": Rule(levels.needs, levels.decide),
    ACL: Rule(servers.needs, servers.decide),
}
MESSAGES = {
    "m.reaction": Rule(meeting_taps.needs, meeting_taps.decide),
    "m.room.redaction": Rule(meeting_taps.redaction_needs, meeting_taps.redacted),
    "m.room.message": MESSAGE,
    "m.sticker": MESSAGE,
    "m.poll.start": MESSAGE,
    "org.matrix.msc3381.poll.start": MESSAGE,
    "tudang.refused": Rule(rooms.nothing, rooms.spoofed),
    "tudang.malformed": Rule(rooms.nothing, rooms.spoofed),
}
KINDS = {
    "replay": Rule(rooms.nothing, rooms.replay),
    "sealed": Rule(rooms.nothing, rooms.sealed),
    "verdict": Rule(verdicts.needs, verdicts.decide),
    "gap": Rule(rooms.nothing, rooms.gap),
    "members": MEMBERSHIP,
    "upgrade": Rule(upgrades.told_needs, upgrades.told),
    "abuse": Rule(abuse.needs, abuse.decide),
    "start": Rule(weeks.needs, weeks.start),
    "completed": Rule(answering.completed_needs, answering.completed),
    "file": Rule(files.needs, files.decide),
    "device": Rule(catching_up.device_needs, catching_up.device),
}
TIMERS = {
    **{kind: Rule(timers.needs, rule) for kind, rule in timers.EVERY.items()},
    "sealed": Rule(rooms.tell_sender_needs, rooms.tell_sender),
    "week": Rule(weeks.needs, weeks.seal),
    "head": Rule(weeks.needs, weeks.post_head),
    "retention": Rule(retention.needs, retention.daily),
    "destroy": Rule(retention.needs, retention.destroy),
    "morning": Rule(mornings.needs, mornings.send),
    "conduct_digest": Rule(digest.needs, digest.decide),
    "meeting_quiet": Rule(leading.quiet_needs, leading.ask_if_over),
    "notice": MEMBERSHIP,
    "moved": Rule(upgrades.arrived_needs, upgrades.arrived),
    "act_ends": Rule(ends.needs, ends.decide),
    "handover": Rule(handover.needs, handover.decide),
    "check": Rule(checking.end_needs, checking.time_is_over),
    "check_cards": Rule(checking.cards_needs, checking.post_cards),
    "catch_up": Rule(catching_up.needs, catching_up.tell),
    "welcome": Rule(coaching.welcome_needs, coaching.welcome),
    "hint": Rule(coaching.hint_needs, coaching.hint),
    "midnight": Rule(membership.needs, membership.decide),
}


def rule_for(taken: Taken) -> Rule:
    """The rule that decides a row."""
    if taken.kind in ("event", "opened"):
        event = taken.event
        if event.state_key is not None:
            return STATE.get(event.type, Rule(rooms.nothing, rooms.changed))
        return MESSAGES.get(event.type, NOTHING)
    if taken.kind == "timer":
        return TIMERS.get(taken.timer.kind, NOTHING)
    return KINDS.get(taken.kind, NOTHING)


def needs(taken: Taken, book: Book) -> Needs:
    """What must be gathered before a row is decided."""
    return rule_for(taken).needs(taken, book.in_room(taken.room))


def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Facts and effects of a row, restrained by the forum's stage."""
    if situation.room.kind == HEIR:
        # Perhaps the room that replaces one of ours: what is said in it is decided when that is certain.
        return Outcome()
    whole, book = book, book.in_room(_room_of(taken, situation, book))
    outcome = Outcome()
    if taken.kind == "opened":
        outcome.merge(rooms.opened(taken.event.event_id, now))
    outcome.merge(rule_for(taken).decide(taken, situation, book, now))
    elsewhere.overtaken(outcome, situation, book, now)
    coaching.noticed(taken, outcome, situation, whole, now)
    if taken.kind in ("event", "opened") and taken.event.other_relation:
        outcome.facts.append(rooms.other_relation(taken.event, now))
    if any(isinstance(fact, f.Stage) and fact.was == "watch" for fact in outcome.facts):
        # The bot speaks in the forum from now on: it says first what is recorded, and how long it is kept.
        outcome.timers.append(retention.at_once(now))
    stage = stage_after(outcome, situation.stage)
    return restrain(daily.gathered(outcome, stage, whole, now), stage, whole, now)


def _room_of(taken: Taken, situation: Situation, book: Book) -> str:
    """The room whose rules count: where it was said, else where the report or order stands that it is about."""
    if taken.room in book.all_rooms and situation.room.kind in ("forum", "group"):
        return taken.room
    about = situation.report or situation.directive
    return about.room if about is not None else taken.room


def stage_after(outcome: Outcome, stage: str) -> str:
    """The stage once an outcome is recorded: a change counts from its own facts on."""
    for fact in outcome.facts:
        if isinstance(fact, f.Stage):
            stage = fact.stage
    return stage
