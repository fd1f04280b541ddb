"""The floor of a meeting: hands in a queue, one person who speaks, and a floor that is closed for all others.

Who has the floor is a matter of the record. Closing the floor is an act like a lock: it raises the level that
writing takes, lets those who lead and whoever has the floor keep on, and is taken back exactly, also by a bridge
that was started anew. Reactions stay free, so that a hand can be raised, and so does calling the bot in a direct
chat in an emergency. A muted person is not given the floor in that way, and a room that people locked stays locked.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.forum import locks
from bridge.forum.acts import Hand
from bridge.forum.book import Book
from bridge.forum.staging import Refusal
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import AnyEffect, Lane, Line, React, Refresh, Say, Value
from bridge.model.situation import HandView, MeetingView, MemberView, Outcome, RoomLevels
from bridge.policy.roster import Standing

HAND, HERE, NEXT = "✋", "✅", "✅"
"""The bot's own reactions: below the meeting's card a hand and a check-in, below the queue's the next in it."""

FREE = ("m.reaction", "m.room.redaction")
"""Kinds of events that stay as free as they were while the floor is closed: a hand, and taking it down."""


def card(meeting: MeetingView) -> Refresh:
    """Bring the meeting's card up to date."""
    return Refresh(room=meeting.room, card=f"meeting:{meeting.number}", ref=f"{meeting.number}.meeting")


def queue_ref(number: str, turn: int) -> str:
    """The card of the queue as it is for one turn: a tap on an older one gives nobody the floor."""
    return f"{number}.queue-{turn}"


def queue_card(meeting: MeetingView, turn: int, book: Book) -> list[AnyEffect]:
    """Bring the queue's card in the control room up to date; nothing where there is no control room."""
    control = book.rooms.get("control")
    if control is None:
        return []
    return [Refresh(room=control, card=f"queue:{meeting.number}:{turn}", ref=queue_ref(meeting.number, turn))]


def queue_chip(number: str, turn: int, book: Book) -> list[AnyEffect]:
    """What is tapped below it."""
    control = book.rooms.get("control")
    if control is None:
        return []
    return [React(room=control, to=queue_ref(number, turn), key=NEXT, ref=f"{number}.next-{turn}")]


def raised(
    meeting: MeetingView, standing: Standing, event: str, book: Book, now: int, *, attested: bool
) -> Outcome:
    """Somebody wants to speak: they wait behind the others, once."""
    own = meeting.hand_of(standing.person.id)
    if own is not None and own.state in ("asked", "given"):
        return Outcome()
    fact = f.Floor(
        meeting=meeting.number,
        person=standing.person.id,
        name=standing.person.name,
        unit=standing.unit.id if standing.unit else None,
        state="asked",
        place=meeting.next_place,
        by=standing.person.id,
        event=event,
        attested=attested,
        at=now,
    )
    outcome = Outcome(facts=[fact], effects=[card(meeting), *queue_card(meeting, meeting.turn, book)])
    if not meeting.queue:
        outcome.effects += queue_chip(meeting.number, meeting.turn, book)
    return outcome


def lowered(meeting: MeetingView, hand: HandView, book: Book, now: int, *, by: str, cause: str) -> Outcome:
    """A hand was taken down again before its turn."""
    fact = _moved(meeting, hand, "withdrawn", now, by=by, event=cause)
    return Outcome(facts=[fact], effects=[card(meeting), *queue_card(meeting, meeting.turn, book)])


def given(
    meeting: MeetingView,
    to: HandView | Standing,
    hand: Hand,
    levels: RoomLevels | None,
    book: Book,
    now: int,
    *,
    by: str,
    event: str,
    attested: bool = False,
) -> Outcome | Refusal:
    """Give the floor to somebody: whoever had it has spoken, and under a closed floor the other may write now.

    Nothing is recorded when the person has it already.
    """
    person, name, unit = _who(to)
    speaker = meeting.speaker
    if speaker is not None and speaker.person == person:
        return "meeting.has_floor", {"name": name}
    changes: Mapping[str, int | None] = {}
    if meeting.floor is not None:
        if levels is None:
            return "lock.unread", {}
        allowed = _allowed(meeting, person, levels, book, now)
        if allowed is None:
            return "meeting.muted", {"name": name}
        changes = allowed
    turn = meeting.turn + 1
    outcome = _passed(meeting, hand, now, by=by, event=event, turn=turn)
    own = meeting.hand_of(person)
    outcome.facts.append(
        f.Floor(
            meeting=meeting.number,
            person=person,
            name=name,
            unit=unit,
            state="given",
            place=own.place if own is not None and own.state == "asked" else meeting.next_place,
            turn=turn,
            by=by,
            event=event,
            attested=attested,
            at=now,
        )
    )
    users = book.roster.user_ids(person, moment(now))
    if changes:
        outcome.merge(hand.levels("speak", meeting.room, changes, user=users[0], why=meeting.number))
    outcome.effects.append(_your_turn(meeting, name, unit, users, turn, book))
    outcome.effects += _turned(meeting, turn, [one for one in meeting.queue if one.person != person], book)
    return outcome


def _your_turn(
    meeting: MeetingView, name: str, unit: str | None, users: tuple[str, ...], turn: int, book: Book
) -> Say:
    """Whoever has the floor is told, and rung: they are to speak now."""
    ref = f"{meeting.number}.turn-{turn}"
    if unit is None:
        return Say(room=meeting.room, key="meeting.floor_given", values={"name": name}, mentions=users, ref=ref)
    values: dict[str, Value] = {"name": name, "unit": book.unit_name(unit)}
    return Say(room=meeting.room, key="meeting.floor_given_unit", values=values, mentions=users, ref=ref)


def returned(meeting: MeetingView, hand: Hand, book: Book, now: int, *, by: str, event: str) -> Outcome:
    """Whoever had the floor has spoken, and nobody waits: it is with the chair again."""
    turn = meeting.turn + 1
    outcome = _passed(meeting, hand, now, by=by, event=event, turn=turn)
    outcome.effects += _turned(meeting, turn, list(meeting.queue), book)
    return outcome


def _passed(meeting: MeetingView, hand: Hand, now: int, *, by: str, event: str, turn: int) -> Outcome:
    """The floor leaves whoever has it, with what it let them do."""
    outcome = Outcome()
    speaker = meeting.speaker
    if speaker is not None:
        outcome.facts.append(_moved(meeting, speaker, "done", now, by=by, event=event, turn=turn))
    for act in meeting.acts:
        if act.fact.verb == "speak":
            outcome.merge(hand.restore("speak_end", act, why=meeting.number))
    return outcome


def _turned(meeting: MeetingView, turn: int, queue: list[HandView], book: Book) -> list[AnyEffect]:
    """The cards after the floor went on: the queue's of the turn before says so, and a new one waits for a tap."""
    effects: list[AnyEffect] = [card(meeting)]
    if meeting.queue:
        effects += queue_card(meeting, meeting.turn, book)
    if queue:
        effects += queue_card(meeting, turn, book)
        effects += queue_chip(meeting.number, turn, book)
    return effects


def _moved(
    meeting: MeetingView, hand: HandView, state: str, now: int, *, by: str, event: str, turn: int = 0
) -> f.Floor:
    return f.Floor(
        meeting=meeting.number,
        person=hand.person,
        name=hand.name,
        unit=hand.unit,
        state=state,
        place=hand.place,
        turn=turn,
        by=by,
        event=event,
        at=now,
    )


def _who(to: HandView | Standing) -> tuple[str, str, str | None]:
    if isinstance(to, HandView):
        return to.person, to.name, to.unit
    return to.person.id, to.person.name, to.unit.id if to.unit else None


# Only some may write


def closed(
    meeting: MeetingView,
    room: RoomLevels | None,
    members: tuple[MemberView, ...],
    hand: Hand,
    book: Book,
    now: int,
) -> Outcome | Refusal:
    """Close the floor: the chair, those who lead and whoever has the floor write, all others read and react."""
    if room is None:
        return "lock.unread", {}
    if room.locks:
        return "lock.already", {"number": room.locks[0].fact.number}
    if meeting.floor is not None:
        return "meeting.floor_is_closed", {"number": meeting.floor.fact.number}
    changes = locks.locking(room, members, book, now, also=_chairing(meeting, book, now))
    if changes is None:
        return "lock.no_power", {}
    for kind in FREE:
        path = f"events/{kind}"
        changes.pop(path, None)
        if kind not in room.levels.events:
            changes[path] = room.levels.events_default
    outcome = hand.levels("floor", meeting.room, changes, why=meeting.number)
    number = locks.outcome_number(outcome)
    outcome.effects.append(
        Say(
            room=meeting.room,
            key="meeting.floor_closed",
            values={"number": meeting.number, "act": number},
            lines=(Line("lock.emergency", {"hashtag": book.policy.emergencies.hashtag}),),
            ref=f"{number}.floor",
            lane=Lane.SAFETY,
        )
    )
    outcome.effects.append(card(meeting))
    speaker = meeting.speaker
    if speaker is not None:
        wanted = _lifted(speaker.person, changes.get("events_default"), room, book, now)
        if wanted:
            user = book.roster.user_ids(speaker.person, moment(now))[0]
            outcome.merge(hand.levels("speak", meeting.room, wanted, user=user, why=meeting.number))
    return outcome


def opened(meeting: MeetingView, hand: Hand, *, ref: str) -> Outcome:
    """Open the floor again: everything is put back as it was found, who speaks first."""
    outcome = Outcome()
    for act in sorted(meeting.acts, key=lambda one: one.fact.verb != "speak"):
        outcome.merge(hand.restore(locks.FLOORS[act.fact.verb], act, why=meeting.number))
    if meeting.floor is not None:
        outcome.effects.append(Say(room=meeting.room, key="meeting.floor_open", ref=ref, lane=Lane.SAFETY))
    return outcome


def _chairing(meeting: MeetingView, book: Book, now: int) -> frozenset[str]:
    """Accounts that write on whatever their role: those of the chair and of the experts."""
    on = moment(now)
    experts = book.users_with(("expert",), now)
    users = [*book.roster.user_ids(meeting.person, on), *(user for group in experts.values() for user in group)]
    return frozenset(users)


def _allowed(
    meeting: MeetingView, person: str, levels: RoomLevels, book: Book, now: int
) -> Mapping[str, int | None] | None:
    """The levels with which a person may write under the closed floor; None for somebody who is muted."""
    users = book.roster.user_ids(person, moment(now))
    if any(user in levels.muted or levels.levels.of(user) < 0 for user in users):
        return None
    level = meeting.floor.fact.changes.get("events_default") if meeting.floor is not None else None
    return _lifted(person, level, levels, book, now)


def _lifted(person: str, level: int | None, room: RoomLevels, book: Book, now: int) -> Mapping[str, int | None]:
    levels = room.levels
    wanted = level if level is not None else levels.events_default
    return {
        f"users/{user}": wanted
        for user in book.roster.user_ids(person, moment(now))
        if levels.of(user) < wanted
        and user not in room.muted
        and levels.of(user) >= 0
        and levels.may_set_level(book.bot, user, wanted)
    }
