"""What is done to people by hand: warned, muted, removed, banned, a message taken back; and its end.

One command acts on a person: on all accounts and in every room where the person is, one act each, all for one
cause. Who may, and who has to agree, is for :mod:`bridge.forum.authority`. The person concerned is told privately;
nothing of it is said in the forum.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import msgspec

from bridge.forum import arguments as a
from bridge.forum import proposals
from bridge.forum.acts import Hand, Series
from bridge.forum.answers import Handler
from bridge.forum.authority import Deed, needed, untouchable
from bridge.forum.book import Book
from bridge.forum.command import Command, not_theirs, reply
from bridge.forum.conduct.case import permalink
from bridge.forum.item import Taken
from bridge.forum.lengths import leading
from bridge.forum.persons import accounts, person_of, shown
from bridge.forum.reconcile import HERE
from bridge.forum.shares import belongs, place_of, places
from bridge.forum.staging import Refusal
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import CancelTimer, Say, Value, told_of
from bridge.model.situation import ActView, MemberView, Outcome, ProposalView, Situation
from bridge.policy.roster import Standing

_EVENT = re.compile(r"https://matrix\.to/#/(?P<room>![^/\s]+)/(?P<event>\$[^?\s]+)\S*\s*")


class Sanction(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be done to a person."""

    deed: Deed
    user: str
    why: str = ""
    lasts: int | None = None
    """How long, in ms; None: for good."""
    everywhere: bool = False
    """Also in the control and audit rooms."""
    room: str = ""
    event: str = ""
    """Of a redaction: the message, and where it stands."""


def by_hand(deed: Deed, *, everywhere: bool = False) -> Handler:
    """The handler of the command for a deed."""

    def handle(
        command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
    ) -> Outcome | Refusal:
        read = _read(deed, everywhere, command)
        if read.user == book.bot:
            return "command.not_me", {}
        others = needed(read.deed, standing, read.user, situation, book, now, lasts=read.lasts)
        if others is None:
            return not_theirs(command, standing, taken, book, now)
        refused = _nothing_to_do(read, situation, book, now)
        if refused is not None:
            return refused
        by, cause, series = standing.person.id, taken.event.event_id, Series(situation, book)
        if others:
            return _propose(read, others, by, cause, series, taken, situation, book, now)
        hand = Hand(by=by, rule="command", series=series, book=book, now=now, cause=cause)
        return carry_out(read, hand, situation, book, now).merge(_done(read, taken, situation, book, now))

    return handle


def _read(deed: Deed, everywhere: bool, command: Command) -> Sanction:
    """What a command asks for."""
    if deed == "redact":
        subject = command[a.ANSWERED]
        why = command[a.MAYBE_REASON]
        return Sanction(deed=deed, user=subject.sender, why=why, room=subject.room, event=subject.event)
    why = command[a.REASON if deed in ("warn", "remove", "ban") else a.MAYBE_REASON]
    lasts = command[a.LENGTH] if deed == "mute" else command[a.MAYBE_LENGTH] if deed == "ban" else None
    return Sanction(deed=deed, user=command[a.WHOM].user, why=why, lasts=lasts, everywhere=everywhere)


def _nothing_to_do(sanction: Sanction, situation: Situation, book: Book, now: int) -> Refusal | None:
    """Why there is nothing to be done, if there is nothing."""
    values = {"name": shown(sanction.user, book, now)}
    if sanction.deed in ("mute", "remove") and not list(_where(sanction, situation, book, now)):
        return "remove.not_here", {"user": sanction.user}
    if sanction.deed == "unmute" and not _lasting("mute", sanction, situation, book, now):
        return "unmute.none", {**values}
    if sanction.deed == "ban" and not list(_to_ban(sanction, situation, book, now)):
        return "ban.already", {**values}
    lifted = _lasting("ban", sanction, situation, book, now)
    if sanction.deed == "unban" and not lifted and not list(_banned(sanction, situation, book, now)):
        return "unban.none", {**values}
    return None


# Where somebody is


def _rooms(sanction: Sanction, book: Book) -> list[str]:
    """The rooms in which something is done: the forum's and its groups'; all of them where somebody is shut out."""
    wide = sanction.everywhere or sanction.deed in ("ban", "unban")
    return [place.room for place in places(book) if wide or place.kind in ("forum", "group")]


def _members(sanction: Sanction, situation: Situation, book: Book, now: int) -> Iterable[tuple[str, MemberView]]:
    """(room, member) of every account of the person in every room in question, known there or not."""
    for room in _rooms(sanction, book):
        known = {member.user: member for member in situation.members.get(room, ())}
        for user in accounts(sanction.user, book, now):
            yield room, known.get(user, MemberView(user, ""))


def _where(sanction: Sanction, situation: Situation, book: Book, now: int) -> Iterable[tuple[str, str]]:
    memberships = {"join"} if sanction.deed == "mute" else HERE
    for room, member in _members(sanction, situation, book, now):
        if member.membership in memberships:
            yield room, member.user


def _to_ban(sanction: Sanction, situation: Situation, book: Book, now: int) -> Iterable[tuple[str, str]]:
    """In the forum in any case, elsewhere where the person is: nobody comes back by another door of it."""
    main = book.rooms.get("forum", "")
    for room, member in _members(sanction, situation, book, now):
        if member.membership != "ban" and (room == main or member.membership in HERE):
            yield room, member.user


def _banned(sanction: Sanction, situation: Situation, book: Book, now: int) -> Iterable[tuple[str, str]]:
    for room, member in _members(sanction, situation, book, now):
        if member.membership == "ban":
            yield room, member.user


def _lasting(verb: str, sanction: Sanction, situation: Situation, book: Book, now: int) -> list[ActView]:
    """What lasts of a kind for the person, under whichever account."""
    users, person = accounts(sanction.user, book, now), person_of(sanction.user, book, now)
    return [
        act
        for act in situation.acts
        if act.standing
        and act.fact.verb == verb
        and (act.fact.user in users or (person is not None and act.fact.person == person.id))
    ]


# Doing it


def carry_out(sanction: Sanction, hand: Hand, situation: Situation, book: Book, now: int) -> Outcome:
    """The acts of a sanction, and what the person is told of them."""
    outcome = _DOING[sanction.deed](sanction, hand, situation, book, now)
    number = next((fact.number for fact in outcome.facts if isinstance(fact, f.Act)), None)
    if number is not None:
        outcome.effects += _told(sanction, number, book, now)
    return outcome


def _warn(sanction: Sanction, hand: Hand, situation: Situation, book: Book, now: int) -> Outcome:
    return hand.warn(book.rooms.get("forum", ""), sanction.user, why=sanction.why)


def _mute(sanction: Sanction, hand: Hand, situation: Situation, book: Book, now: int) -> Outcome:
    until = now + sanction.lasts if sanction.lasts is not None else None
    muted = {(act.fact.room, act.fact.user): act for act in _lasting("mute", sanction, situation, book, now)}
    outcome = Outcome()
    for place in _where(sanction, situation, book, now):
        stands = muted.get(place)
        replaces = stands.fact.number if stands is not None else ""
        outcome.merge(hand.mute(*place, why=sanction.why, until=until, replaces=replaces))
    return outcome


def _unmute(sanction: Sanction, hand: Hand, situation: Situation, book: Book, now: int) -> Outcome:
    outcome = Outcome()
    for act in _lasting("mute", sanction, situation, book, now):
        outcome.merge(hand.unmute(act, why=sanction.why))
        outcome.timers.append(CancelTimer(f"ends:{act.fact.number}"))
    return outcome


def _remove(sanction: Sanction, hand: Hand, situation: Situation, book: Book, now: int) -> Outcome:
    outcome = Outcome()
    for place in _where(sanction, situation, book, now):
        outcome.merge(hand.remove(*place, key="remove_hand", why=sanction.why))
    return outcome


def _ban(sanction: Sanction, hand: Hand, situation: Situation, book: Book, now: int) -> Outcome:
    until = now + sanction.lasts if sanction.lasts is not None else None
    outcome = Outcome()
    for place in _to_ban(sanction, situation, book, now):
        outcome.merge(hand.ban(*place, key="remove_hand", why=sanction.why, until=until))
    return outcome


def _unban(sanction: Sanction, hand: Hand, situation: Situation, book: Book, now: int) -> Outcome:
    outcome = Outcome()
    lifted = set()
    for act in _lasting("ban", sanction, situation, book, now):
        outcome.merge(lift(act, hand, book, why=sanction.why))
        lifted.add((act.fact.room, act.fact.user))
    for place in _banned(sanction, situation, book, now):
        if place not in lifted:
            outcome.merge(hand.unban(*place, why=sanction.why))
            outcome.merge(_back(*place, hand, book))
    return outcome


def _redact(sanction: Sanction, hand: Hand, situation: Situation, book: Book, now: int) -> Outcome:
    return hand.redact(sanction.room, sanction.event, sanction.user, why=sanction.why)


_Doing = Callable[[Sanction, Hand, Situation, Book, int], Outcome]
_DOING: Mapping[Deed, _Doing] = {
    "warn": _warn,
    "mute": _mute,
    "unmute": _unmute,
    "remove": _remove,
    "ban": _ban,
    "unban": _unban,
    "redact": _redact,
}


def lift(act: ActView, hand: Hand, book: Book, *, why: str) -> Outcome:
    """End a ban of ours, and let in again whom the roster lists."""
    outcome = hand.unban(act.fact.room, act.fact.user, why=why, lifts=act.fact.number)
    outcome.timers.append(CancelTimer(f"ends:{act.fact.number}"))
    return outcome.merge(_back(act.fact.room, act.fact.user, hand, book))


def _back(room: str, user: str, hand: Hand, book: Book) -> Outcome:
    """Who was shut out of a room to which the roster invites them is invited again."""
    standing, place = book.standing(user, hand.now), place_of(book, room)
    if standing is None or place is None or not belongs(standing, place, book.policy):
        return Outcome()
    return hand.invite(room, user, key="invite_hand")


def ban_ended(act: ActView, hand: Hand, situation: Situation, book: Book) -> Outcome:
    """The time of a ban is over."""
    return lift(act, hand, book, why="")


def mute_ended(act: ActView, hand: Hand, situation: Situation, book: Book) -> Outcome:
    """The time of a mute is over."""
    return hand.unmute(act, why="")


def still_muted(room: str, user: str, situation: Situation, book: Book, now: int) -> Outcome:
    """Whoever is muted and comes into a room, again or under another account, is muted there as well."""
    if situation.stage == "watch" or room not in {p.room for p in places(book) if p.kind in ("forum", "group")}:
        return Outcome()
    of_person = _lasting("mute", Sanction(deed="mute", user=user), situation, book, now)
    # An account that was given up is silent for the person's safety; the one that took its place speaks.
    stands = [act for act in of_person if act.fact.rule != "replace" or act.fact.user == user]
    if not stands or any(act.fact.room == room and act.fact.user == user for act in stands):
        return Outcome()
    first = stands[-1].fact
    if (first.until is not None and first.until <= now) or (
        first.by.startswith("rule:") and untouchable(user, book, now)
    ):
        return Outcome()
    hand = Hand(
        by=first.by,
        rule=first.rule,
        second=first.second,
        series=Series(situation, book),
        book=book,
        now=now,
        cause=first.cause,
    )
    return hand.mute(room, user, why=first.reason, until=first.until)


# What people hear


def _told(sanction: Sanction, number: str, book: Book, now: int) -> list[Say]:
    """What the person hears, privately. Who is removed or banned reads it on the screen."""
    person = person_of(sanction.user, book, now)
    if person is None or not book.roster.user_ids(person.id, moment(now)):
        return []
    ref, forum = told_of(number), book.policy.forum.name
    contact = book.policy.membership.contact or book.reasons.get("contact", "")
    why = sanction.why or "–"
    if sanction.deed == "unmute":
        return [Say(person=person.id, key="told.unmuted", values={"forum": forum}, ref=ref)]
    about: dict[str, Value] = {"forum": forum, "why": why, "contact": contact}
    if sanction.deed == "warn":
        return [Say(person=person.id, key="told.warned", values=about, ref=ref)]
    if sanction.deed == "mute" and sanction.lasts is not None:
        until = book.iso(now + sanction.lasts)
        return [Say(person=person.id, key="told.muted", values={**about, "until": until}, ref=ref)]
    if sanction.deed == "redact":
        return [Say(person=person.id, key="told.redacted", values=about, ref=ref)]
    return []


def _done(sanction: Sanction, taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """The answer to whoever gave the command; the first number is enough to undo all of it."""
    number, name = Series(situation, book).take(), shown(sanction.user, book, now)
    if sanction.lasts is not None and sanction.deed in ("mute", "ban"):
        key = "mute.done" if sanction.deed == "mute" else "ban.done_until"
        return reply(taken, key, {"name": name, "number": number, "until": book.iso(now + sanction.lasts)})
    return reply(taken, f"{sanction.deed}.done", {"name": name, "number": number})


# Two people


def _propose(
    sanction: Sanction,
    others: int,
    by: str,
    cause: str,
    series: Series,
    taken: Taken,
    situation: Situation,
    book: Book,
    now: int,
) -> Outcome | Refusal:
    what = "mute_everywhere" if sanction.everywhere else sanction.deed
    waits = [one for one in situation.proposals if one.what == what and sanction.user in one.users]
    if waits and sanction.deed != "redact":
        return "proposal.waits_already", {"number": waits[0].number}
    asked = proposals.asked(
        what,
        room=sanction.room or book.rooms.get("forum", ""),
        by=by,
        series=series,
        book=book,
        now=now,
        cause=cause,
        users=accounts(sanction.user, book, now),
        detail=_detail(sanction, book),
        needs=others,
    )
    return proposals.put(asked, taken, situation)


def _detail(sanction: Sanction, book: Book) -> str:
    """What stands on the card and is read again when it is carried out: the length or the message, and why."""
    parts = [f"{sanction.lasts // 60_000}m"] if sanction.lasts is not None else []
    if sanction.event:
        parts.append(permalink(sanction.room, sanction.event, book))
    return " ".join([*parts, sanction.why]).strip()


PROPOSED = frozenset({"mute", "mute_everywhere", "unmute", "ban", "unban", "warn", "redact"})
"""Kinds of proposals that are always carried out here; `remove` is, too, when a person asked for it."""


def agreed(proposal: ProposalView, hand: Hand, situation: Situation, book: Book, now: int) -> Outcome:
    """What was proposed is done, to those for whom it still holds."""
    everywhere = proposal.what == "mute_everywhere"
    deed: Deed = "mute" if everywhere else proposal.what  # type: ignore[assignment]
    lasts, why, room, event = None, proposal.detail, "", ""
    if deed in ("mute", "ban") and (length := leading(why, book)) is not None:
        lasts, why = length.ms, length.rest
    if deed == "redact" and (link := _EVENT.match(why)) is not None:
        room, event, why = proposal.room, link["event"], why[link.end() :]
    sanction = Sanction(
        deed=deed,
        user=proposal.users[0],
        why=why,
        lasts=lasts,
        everywhere=everywhere,
        room=room,
        event=event,
    )
    if sanction.user == book.bot or (deed == "redact" and not event):
        return Outcome()
    return carry_out(sanction, hand, situation, book, now)


HANDLERS: Mapping[str, Handler] = {
    "warn": by_hand("warn"),
    "mute": by_hand("mute"),
    "mute_everywhere": by_hand("mute", everywhere=True),
    "unmute": by_hand("unmute"),
    "remove": by_hand("remove"),
    "ban": by_hand("ban"),
    "unban": by_hand("unban"),
    "redact": by_hand("redact"),
}
