"""Leading a meeting: it is opened, goes through its agenda, and is closed; people close it, never a clock."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.forum.acts import Hand, Series
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.meetings import floor
from bridge.forum.saying import clean
from bridge.model import facts as f
from bridge.model.clock import ms
from bridge.model.effects import CancelTimer, React, Refresh, Say, Timer
from bridge.model.situation import MeetingView, Needs, Outcome, Situation
from bridge.policy.roster import Standing

CHIP = "🗓️"
QUIET = "rule:meeting_quiet"


def may_lead(standing: Standing | None, book: Book) -> bool:
    """Whether a person may open a meeting and lead it."""
    return standing is not None and book.policy.may("meeting", standing.roles, standing.person.id)


def hand_of(standing: Standing, situation: Situation, book: Book, now: int, cause: str) -> Hand:
    """The acts of somebody who leads a meeting."""
    series = Series(situation, book)
    return Hand(by=standing.person.id, rule="command", series=series, book=book, now=now, cause=cause)


def opened(
    standing: Standing,
    room: str,
    topic: str,
    agenda: Sequence[str],
    taken: Taken,
    situation: Situation,
    book: Book,
    now: int,
    *,
    via: str,
) -> Outcome:
    """A meeting begins in a room: it gets a number, a card with what is tapped below it, and its chair is there."""
    number = book.number("meeting", situation.numbers.get(book.policy.letters.meeting, 1))
    event, person = taken.event.event_id, standing.person
    unit = standing.unit.id if standing.unit else None
    meeting = MeetingView(
        number=number, room=room, event=event, person=person.id, name=person.name, role=standing.role, topic=topic
    )
    outcome = Outcome(
        facts=[
            f.Meeting(
                number=number,
                event=event,
                room=room,
                person=person.id,
                name=person.name,
                role=standing.role,
                topic=clean(topic),
                agenda=tuple(clean(item) for item in agenda),
                via=via,
                at=now,
                policy_version=book.policy.version,
            ),
            f.Attended(
                meeting=number,
                person=person.id,
                name=person.name,
                unit=unit,
                role=standing.role,
                how="spoke",
                event=event,
                at=now,
            ),
        ],
        effects=[
            floor.card(meeting),
            React(room=room, to=f"{number}.meeting", key=floor.HAND, ref=f"{number}.hand"),
            React(room=room, to=f"{number}.meeting", key=floor.HERE, ref=f"{number}.here"),
        ],
        timers=[quiet(number, book, now)],
    )
    if taken.room == room:
        outcome.effects.insert(0, React(room=room, to=event, key=f"{CHIP} {number}", ref=f"{number}.chip"))
    if book.policy.meetings.floor == "closed" and situation.stage != "watch":
        hand = hand_of(standing, situation, book, now, event)
        members = situation.members.get(room, ())
        begun = floor.closed(meeting, situation.levels.get(room), members, hand, book, now)
        if isinstance(begun, Outcome):
            outcome.merge(begun)
    return outcome


def number_of(outcome: Outcome) -> str:
    """The number of the meeting that an outcome opens."""
    return next((fact.number for fact in outcome.facts if isinstance(fact, f.Meeting)), "")


def quiet(number: str, book: Book, now: int) -> Timer:
    """When it is asked whether a meeting is over in which nobody writes any more."""
    return Timer(
        name=f"meeting:{number}", due=now + ms(book.policy.meetings.ask_after), kind="meeting_quiet", about=number
    )


def closed(meeting: MeetingView, standing: Standing, hand: Hand, book: Book, now: int, *, cause: str) -> Outcome:
    """A meeting is over: the floor is put back as it was, and the minutes are posted."""
    number = meeting.number
    outcome = floor.opened(meeting, hand, ref=f"{number}.floor_open")
    outcome.facts.append(
        f.MeetingChanged(
            meeting=number, what="closed", by=standing.person.id, name=standing.person.name, cause=cause, at=now
        )
    )
    outcome.timers.append(CancelTimer(f"meeting:{number}"))
    outcome.effects += [floor.card(meeting), *minutes(number, meeting.room, book)]
    if meeting.queue:
        outcome.effects += floor.queue_card(meeting, meeting.turn, book)
    return outcome


def minutes(number: str, room: str, book: Book) -> list[Refresh]:
    """Post the minutes, or bring them up to date: with counts in the room, in the control room with the absent."""
    posted = [Refresh(room=room, card=f"minutes:{number}", ref=f"{number}.minutes")]
    control = book.rooms.get("control")
    if control is not None:
        posted.append(Refresh(room=control, card=f"attended:{number}", ref=f"{number}.attended"))
    return posted


def agenda_set(meeting: MeetingView, items: Sequence[str], now: int, *, by: str, name: str, cause: str) -> Outcome:
    """The agenda is what was listed now; it begins with its first item when the meeting already went on."""
    fact = f.MeetingChanged(
        meeting=meeting.number,
        what="agenda",
        agenda=tuple(clean(item) for item in items),
        item=1 if meeting.item else 0,
        by=by,
        name=name,
        cause=cause,
        at=now,
    )
    return Outcome(facts=[fact], effects=[floor.card(meeting)])


def gone_on(meeting: MeetingView, item: int, now: int, *, by: str, name: str, cause: str) -> Outcome | None:
    """The meeting goes on to an item (0: the next one); None where there is none."""
    item = item or meeting.item + 1
    if not 1 <= item <= len(meeting.agenda):
        return None
    if item == meeting.item:
        return Outcome()
    fact = f.MeetingChanged(meeting=meeting.number, what="item", item=item, by=by, name=name, cause=cause, at=now)
    return Outcome(facts=[fact], effects=[floor.card(meeting)])


def noted(meeting: MeetingView, text: str, standing: Standing, book: Book, now: int, *, cause: str) -> Outcome:
    """A line is added to the minutes, with who added it; what stands there stays."""
    fact = f.MeetingChanged(
        meeting=meeting.number,
        what="note",
        text=clean(text),
        by=standing.person.id,
        name=standing.person.name,
        cause=cause,
        at=now,
    )
    outcome = Outcome(facts=[fact])
    if not meeting.running:
        outcome.effects += minutes(meeting.number, meeting.room, book)
    return outcome


def quiet_needs(taken: Taken, book: Book) -> Needs:
    """The meeting in which nobody wrote for so long."""
    return Needs(meeting=taken.timer.about)


def ask_if_over(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Nobody has written in a meeting for long: the control room is asked once; nothing is closed by itself."""
    meeting, control = situation.meeting, book.rooms.get("control")
    if meeting is None or not meeting.running or meeting.asked or control is None:
        return Outcome()
    fact = f.MeetingChanged(meeting=meeting.number, what="asked", by=QUIET, cause=taken.key, at=now)
    ask = Say(
        room=control,
        key="meeting.still",
        values={
            "number": meeting.number,
            "since": book.iso(meeting.opened_at),
            "seconds": ms(book.policy.meetings.ask_after) // 1000,
        },
        ref=f"{meeting.number}.still",
    )
    return Outcome(facts=[fact], effects=[ask])
