"""Room upgrades: a tombstone in a room of ours names the room that replaces it, and the forum goes there.

Nobody is lost and nobody is removed by it: orders, reports and numbers go on, whoever was kept is kept. A room is
followed when somebody who runs the forum replaced it; when anybody else did, one person is asked first.
"""

from __future__ import annotations

import msgspec

from bridge.forum import proposals
from bridge.forum.acts import Hand, Series
from bridge.forum.book import Book
from bridge.forum.directives import shorten
from bridge.forum.item import Taken
from bridge.forum.reconcile import leaving
from bridge.forum.rooms import changed
from bridge.forum.shares import Place, place_of
from bridge.forum.spoken import text_of
from bridge.forum.sweep import WATCHED
from bridge.forum.telling import room_named
from bridge.model import facts as f
from bridge.model.effects import Follow, Line, Say, Timer, Value
from bridge.model.situation import MemberView, Needs, Outcome, ProposalView, Situation

ARRIVAL_MS = 10 * 60 * 1000
"""How long people have to come into a new room before it is said there what is open."""

SHOWN = 15
"""Open orders that the first message in the new room names."""


class UpgradeNews(msgspec.Struct, frozen=True, kw_only=True):
    """How following a room went. ``state``: followed, waiting, or why it was not (forged, clear, taken)."""

    state: str
    old: str
    new: str
    kind: str = ""
    name: str = ""
    by: str = ""
    """Who sent the tombstone, as the homeserver says."""
    tombstone: str = ""
    version: str = ""
    """Of the new room."""
    joined: tuple[str, ...] = ()
    """Who is in the old room."""
    here: tuple[str, ...] = ()
    """Who is in the new room, or invited to it."""


news_of = msgspec.json.Decoder(UpgradeNews).decode


def entombed_needs(taken: Taken, book: Book) -> Needs:
    """Nothing but the row and the next numbers."""
    return Needs()


def entombed(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """A room was closed by a tombstone, which may name another that replaces it."""
    outcome = changed(taken, situation, book, now)
    event = taken.event
    new = text_of(event.content, "replacement_room")
    if situation.room.kind not in WATCHED or event.state_key != "" or not new.startswith("!"):
        return outcome
    standing = book.standing(event.sender, taken.at)
    runs_it = standing is not None and book.policy.may("moderate", standing.roles, standing.person.id)
    if runs_it or event.sender == book.bot:
        outcome.effects.append(Follow(room=event.room_id, replacement=new))
        return outcome
    return outcome.merge(
        proposals.open_proposal(
            "upgrade",
            room=event.room_id,
            by="rule:upgrade",
            series=Series(situation, book),
            book=book,
            now=now,
            cause=event.event_id,
            users=(event.sender,),
            detail=new,
            needs=1,
        )
    )


def agreed(proposal: ProposalView, by: str, book: Book, now: int, cause: str) -> Outcome:
    """Somebody who runs the forum says that a room is to be followed."""
    outcome = proposals.move(proposal, "done", by=by, now=now, cause=cause, book=book, needs=0)
    outcome.effects.append(Follow(room=proposal.room, replacement=proposal.detail))
    return outcome


def told_needs(taken: Taken, book: Book) -> Needs:
    """Who is where."""
    return Needs(members=True)


def told(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """A room was followed, waits for an invitation, or cannot be followed: the control room hears of it once."""
    news = news_of(taken.body)
    control = news.new if news.kind == "control" and news.state == "followed" else book.rooms.get("control")
    outcome = Outcome()
    if control is not None:
        outcome.effects.append(_said(news, control, taken.key, book))
    if news.state != "followed":
        return outcome
    outcome.facts.append(
        f.RoomReplaced(
            room=news.old,
            replacement=news.new,
            of=news.kind,
            name=news.name,
            by=news.by,
            event=news.tombstone,
            at=now,
        )
    )
    if news.kind in ("forum", "group"):
        # In an encrypted room nobody can read what was said before they came.
        outcome.timers.append(Timer(name=f"moved:{news.new}", due=now + ARRIVAL_MS, kind="moved", about=news.new))
    if situation.stage == "enforce":
        outcome.merge(_invitations(news, situation, book, now, taken.key))
    return outcome


def _said(news: UpgradeNews, control: str, key: str, book: Book) -> Say:
    room = room_named(news.old if news.old in book.all_rooms else news.new, book)
    ref = f"upgrade:{key}"
    if news.state == "followed":
        values: dict[str, Value] = {"room": room, "version": news.version or "?"}
        return Say(room=control, key="room.followed", values=values, ref=ref)
    return Say(room=control, key=f"room.{news.state}", values={"room": room, "new": news.new}, ref=ref)


def arrived_needs(taken: Taken, book: Book) -> Needs:
    """What is open."""
    return Needs(lists=True)


def arrived(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """The first message in the new room, once people are there to read it: what is open, as cards stayed behind."""
    room = taken.timer.about
    if room not in book.all_rooms:
        return Outcome()
    orders = [
        directive
        for directive in situation.directives
        if directive.state == "open" and directive.room == room and any(task.owing for task in directive.tasks)
    ]
    ref = f"moved:{room}"
    if not orders:
        return Outcome(effects=[Say(room=room, key="room.moved_empty", ref=ref)])
    lines = tuple(
        Line("room.open_order", {"number": order.number, "text": shorten(order.text, 80)})
        for order in orders[:SHOWN]
    )
    values: dict[str, Value] = {"count": len(orders)}
    return Outcome(effects=[Say(room=room, key="room.moved_here", values=values, lines=lines, ref=ref)])


def _invitations(news: UpgradeNews, situation: Situation, book: Book, now: int, cause: str) -> Outcome:
    """Whoever is in the old room and has no reason to leave it is invited to the new one."""
    place = place_of(book, news.old) or place_of(book, news.new) or Place(news.new, news.kind, news.name)
    remembered = {member.user: member for member in situation.members.get(news.new, ())}
    hand = Hand(
        by=proposals.ROSTER, rule="upgrade", series=Series(situation, book), book=book, now=now, cause=cause
    )
    outcome = Outcome()
    here = {*news.here, book.bot}
    for user in news.joined:
        if user in here or remembered.get(user, MemberView(user, "")).left_by_hand:
            continue
        known = remembered.get(user, MemberView(user, ""))
        member = msgspec.structs.replace(known, membership="join")
        if leaving(member, book.roster, now, bot=book.bot, before=book.before, place=place, policy=book.policy):
            continue
        outcome.merge(hand.invite(news.new, user, key="invite_moved"))
    return outcome
