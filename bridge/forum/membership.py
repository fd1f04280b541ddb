"""The rule for who is a member: first sight of a room, comings and goings, a new roster, a passed date.

What a stage below `enforce` sees is recorded and shown in the control room, and nobody is touched. In `enforce` a
listed person is invited at once; whoever is not listed is proposed for removal, and has a person or a notice before
it.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from bridge.forum import (
    approvals,
    catching_up,
    coaching,
    endings,
    grants,
    handover,
    knocks,
    likeness,
    proposals,
    ranks,
    sanctions,
    spaces,
    staging,
    waves,
)
from bridge.forum.acts import Hand, Series
from bridge.forum.adoption import adopt
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.reconcile import AGAIN_MS, leaving
from bridge.forum.shares import place_of
from bridge.forum.spoken import text_of
from bridge.forum.sweep import WATCHED, close_stale, sweep
from bridge.forum.telling import room_named
from bridge.model import facts as f
from bridge.model.clock import milliseconds, moment
from bridge.model.effects import Say, Timer, Value
from bridge.model.event import Event
from bridge.model.situation import MemberView, Needs, Outcome, Situation

MEMBERSHIPS = frozenset({"join", "invite", "leave", "ban", "knock"})


def needs(taken: Taken, book: Book) -> Needs:
    """Of a coming or going the one account; of a notice the accounts of its proposal; of a room that was read its
    own members; else all.

    Where the forum and the control room were read, all: the first sight of the one gives the forum its stage, and
    before the other is there nobody is proposed for removal.
    """
    if taken.kind == "timer" and taken.timer.kind == "notice":
        return Needs(of_proposal=True, number=taken.timer.about)
    if taken.kind == "event":
        return _of_one(taken, book)
    if taken.kind == "members" and taken.room not in (book.rooms.get("forum"), book.rooms.get("control")):
        return Needs(members_here=True)
    return Needs(members=True)


def _of_one(taken: Taken, book: Book) -> Needs:
    """One account, what it may be part of, whose name it bears, and the level that its roles give it here."""
    user = taken.event.state_key or ""
    standing = book.standing(user, taken.at)
    return Needs(
        accounts=(user,),
        lasting=("mute",),
        wave=waves.need(taken, book),
        likeness=likeness.need(taken, book),
        levels_of=(taken.room,) if ranks.has_level(standing, book.policy) else (),
    )


def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Facts and effects of a row that concerns members."""
    if taken.kind == "event":
        return _seen(taken, situation, book, now)
    if taken.kind == "members":
        if situation.room.kind not in WATCHED:
            return Outcome()
        seen = _again if situation.adopted else adopt
        return seen(taken, situation, book, now).merge(spaces.linked(taken, situation, book))
    if taken.kind == "timer" and taken.timer.kind == "notice":
        return approvals.notice_over(situation, book, now, series=Series(situation, book), cause=taken.key)
    if taken.kind == "timer" and taken.timer.kind == "midnight":
        outcome = Outcome(timers=[next_midnight(book, now, name=taken.timer.name)])
        outcome.merge(endings.passed(situation.stage, book, taken.at, now))
        outcome.merge(handover.midnight(taken.at, book, now)).merge(grants.settled(book, now, taken.key))
        return outcome.merge(_again(taken, situation, book, now))
    return _again(taken, situation, book, now).merge(spaces.linked(taken, situation, book))


def next_midnight(book: Book, now: int, name: str = "midnight") -> Timer:
    """The next beginning of a day in the forum's zone, when offices begin and end."""
    day = book.local(now).date() + timedelta(days=1)
    at = datetime.combine(day, time(0), tzinfo=book.policy.forum.zone)
    return Timer(name=name, due=milliseconds(at), kind="midnight")


def _again(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """The roster, the date or a room's state is new: compare once more."""
    outcome = sweep(
        situation,
        book,
        now,
        stage=situation.stage,
        series=Series(situation, book),
        cause=taken.key,
        adopted=situation.adoptions.keys(),
    )
    outcome.effects += staging.living_card(situation, book)
    return outcome


def _seen(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Somebody came, went, was invited or removed, or knocked."""
    event = taken.event
    if event.encrypted or event.state_key is None:
        return Outcome(facts=[f.Refused(event=event.event_id, sender=event.sender, why="spoofed_state", at=now)])
    if situation.room.kind not in WATCHED:
        return Outcome()
    membership, was = text_of(event.content, "membership"), text_of(event.prev_content or {}, "membership")
    if membership not in MEMBERSHIPS:
        return Outcome()
    whose = likeness.flag(taken, situation, book, now)
    if membership == was:
        # A new name or picture is no coming and going.
        return whose
    outcome = Outcome(facts=[_fact(event, membership, was, taken.at, book, now)]).merge(whose)
    if event.state_key == book.bot:
        outcome.merge(_of_the_bot(event, membership, book))
    if membership == "join":
        outcome.merge(sanctions.still_muted(taken.room, event.state_key, situation, book, now))
        outcome.merge(coaching.arrived(event.state_key, taken.room, situation, book, now))
        outcome.merge(catching_up.arrived(event.state_key, taken.room, book, now))
    place = place_of(book, taken.room)
    if not situation.adopted or place is None or not place.governed:
        return outcome
    outcome.merge(close_stale(situation, taken.room, book, now, taken.key))
    outcome.effects += staging.living_card(situation, book) if situation.room.kind == "forum" else []
    member = _member(event.state_key, situation, taken.room)
    # A row from a gap may tell of what has long changed again: only what is so now is acted on.
    if member.membership != membership or member.user == book.bot:
        return outcome
    wave = waves.met(taken, situation, book, now)
    if wave is not None:
        return outcome.merge(wave)
    if membership == "knock":
        return outcome.merge(_knocked(member, taken, situation, book, now))
    entered = _entered(member, taken, situation, book, now)
    if entered.facts or membership != "join" or situation.stage != "enforce" or len(outcome.facts) > 1:
        return outcome.merge(entered)
    series, only = Series(situation, book), (member.user,)
    return outcome.merge(
        ranks.follow_in(taken.room, situation, book, now, series=series, cause=taken.key, only=only)
    )


def _of_the_bot(event: Event, membership: str, book: Book) -> Outcome:
    """Whoever runs the forum hears that the bot records nothing any more in one of its rooms."""
    control = book.rooms.get("control")
    if membership not in ("leave", "ban") or event.sender == book.bot or control in (None, event.room_id):
        return Outcome()
    values: dict[str, Value] = {"room": room_named(event.room_id, book), "who": event.sender}
    return Outcome(
        effects=[Say(room=control, key="bot.removed", values=values, ref=f"bot.removed:{event.event_id}")]
    )


def _fact(event: Event, membership: str, was: str, at: int, book: Book, now: int) -> f.Membership:
    user = event.state_key or ""
    person = book.roster.person_of(user, moment(at))
    return f.Membership(
        room=event.room_id,
        user=user,
        person=person.id if person else None,
        membership=membership,
        was=was,
        by=event.sender,
        reason=text_of(event.content, "reason")[:300],
        by_hand=membership in ("leave", "ban") and event.sender != book.bot and was != "knock",
        at=now,
        event=event.event_id,
    )


def _member(user: str, situation: Situation, room: str) -> MemberView:
    members = situation.members.get(room, ())
    return next((member for member in members if member.user == user), MemberView(user, ""))


def _entered(member: MemberView, taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """An outsider was invited or came in: a card in the control room, and a notice before anything happens."""
    place = place_of(book, taken.room)
    leaver = leaving(member, book.roster, now, bot=book.bot, before=book.before, place=place, policy=book.policy)
    if leaver is None or situation.stage != "enforce" or "control" not in book.rooms:
        return Outcome()
    if member.user in proposals.removals(situation.proposals, taken.room):
        return Outcome()
    series = Series(situation, book)
    if leaver.grave:
        return proposals.remove_many(
            [leaver], taken.room, shrunken=False, series=series, book=book, now=now, cause=taken.key
        )
    return proposals.remove_after_notice(leaver, taken.room, series=series, book=book, now=now, cause=taken.key)


def _knocked(member: MemberView, taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """A listed person who knocks is let in; for anybody else the control room is asked, once."""
    if situation.stage == "watch" or (member.acted == "remove" and now - member.acted_at < AGAIN_MS):
        return Outcome()
    enforced = situation.stage == "enforce"
    series = Series(situation, book)
    hand = Hand(by=proposals.KNOCK, rule="knock", series=series, book=book, now=now, cause=taken.key)
    if enforced and knocks.expected(member.user, taken.room, book, now):
        return hand.invite(taken.room, member.user, key="invite_knock")
    if book.standing(member.user, now) is None and book.policy.membership.knocks == "refuse":
        if not enforced:
            return Outcome()
        return hand.remove(taken.room, member.user, key="refuse_knock")
    waiting = any(
        proposal.what == "invite" and proposal.room == taken.room and member.user in proposal.users
        for proposal in situation.proposals
    )
    if waiting or "control" not in book.rooms:
        return Outcome()
    person = book.roster.person_of(member.user, moment(now))
    why = text_of(taken.event.content, "reason")[:200]
    known = person.id if person else None
    return knocks.ask(member, taken.room, why, known, series=series, book=book, now=now, cause=taken.key)
