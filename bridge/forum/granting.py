"""Commands that grant: an acting head, lent rights, a guest, another account; and the list of what was granted.

Heads ask for their own unit, leaders for any. The second person agrees in the control room or in a direct chat, by
typed words. Rights are lent by a head alone, never more than a head's own, and end the moment they are taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import get_args

from bridge.forum import grants, proposals, wording
from bridge.forum.acts import Hand, Series
from bridge.forum.answers import Handler
from bridge.forum.authority import untouchable
from bridge.forum.book import Book
from bridge.forum.command import Command, reply
from bridge.forum.item import Taken
from bridge.forum.reconcile import HERE
from bridge.forum.shares import places
from bridge.forum.staging import Refusal
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Say, Value
from bridge.model.situation import MemberView, Outcome, Situation
from bridge.policy.roster import Person, Standing
from bridge.policy.types import Lendable

LENDABLE = get_args(Lendable)
"""What the head of a unit may lend: each of it is a head's own, so that nobody gets more than the giver has."""

LONGEST = 80
"""Characters of a guest's name."""


def acting(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Ask that somebody acts for a unit until a day; or end that."""
    users, rest = wording.accounts(command, taken)
    if not users:
        return "grant.how_acting", {"word": f"!{command.word}"}
    person = book.roster.person_of(users[0], moment(now))
    if person is None:
        return "grant.unlisted", {"user": users[0]}
    parts = wording.apart(wording.without_names(rest, users, book, now), book.joints)
    unit = wording.unit_of(parts[""], book)
    if unit is None:
        return _no_unit(parts[""], book)
    if not _may_grant(standing, unit, book):
        return _not_yours(command, taken, unit, book, now)
    if "off" in parts:
        return _end("acting", person, unit, standing, taken, situation, book, now)
    days = _days(parts, book, now)
    if not isinstance(days, Days):
        return days or ("grant.how_acting", {"word": f"!{command.word}"})
    other = grants.acts_already(person.id, unit, days.first or book.local(now).date(), days.last, book)
    if other is not None:
        return "grant.taken", {"name": grants.person_name(other, book), "unit": book.unit_name(unit)}
    terms = grants.Terms(unit=unit, begins=days.first.isoformat() if days.first else "", ends=days.last.isoformat())
    return _ask("acting", (users[0],), terms, standing, taken, situation, book, now)


def delegate(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Lend somebody rights for the own unit until a day; or take them back."""
    users, rest = wording.accounts(command, taken)
    if not users:
        return "grant.how_delegate", {"word": f"!{command.word}"}
    person = book.roster.person_of(users[0], moment(now))
    theirs = book.roster.standing_of(person.id, moment(now)) if person is not None else None
    if person is None or theirs is None:
        return "grant.unlisted", {"user": users[0]}
    parts = wording.apart(wording.without_names(rest, users, book, now), book.joints)
    if "off" in parts:
        return _end("delegate", person, "", standing, taken, situation, book, now)
    rights, unit = _rights_in(parts[""], standing, book)
    if unit is None or unit not in standing.owns:
        if standing.heads and not standing.owns:
            return _turned_away(command, taken, "grant.acting_cannot", {}, now)
        return _not_yours(command, taken, unit or "", book, now)
    if not rights:
        return "grant.rights", {"words": [_word_of(right, book) for right in LENDABLE]}
    days = _days(parts, book, now)
    if not isinstance(days, Days):
        return days or ("grant.how_delegate", {"word": f"!{command.word}"})
    if "auditor" in theirs.roles:
        return "grant.auditor", {"name": person.name}
    fact = f.Granted(
        number=Series(situation, book).take(),
        what="delegate",
        person=person.id,
        unit=unit,
        rights=rights,
        begins=(days.first or book.local(now).date()).isoformat(),
        ends=days.last.isoformat(),
        by=standing.person.id,
        office=str(standing.role),
        policy_version=book.policy.version,
        roster_version=book.roster.version,
        at=now,
        cause=taken.event.event_id,
    )
    values: dict[str, Value] = {
        "name": person.name,
        "unit": book.unit_name(unit),
        "rights": [_word_of(right, book) for right in rights],
        "day": fact.ends,
        "number": fact.number,
    }
    told = {name: values[name] for name in ("unit", "rights", "day")}
    outcome = Outcome(
        facts=[fact],
        effects=[Say(person=person.id, key="told.delegate", values=told, ref=f"{fact.number}.told")],
    )
    return outcome.merge(reply(taken, "grant.lent", values))


def guest(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Ask that somebody who is not listed comes as a guest until a day; whoever asks answers for them."""
    users, rest = wording.accounts(command, taken)
    if not users:
        return "grant.how_guest", {"word": f"!{command.word}"}
    user = users[0]
    if user == book.bot:
        return "command.not_me", {}
    parts = wording.apart(rest, book.joints)
    if "off" in parts:
        person = book.roster.person_of(user, moment(now))
        if person is None:
            return "grant.none", {"name": user}
        return _end("guest", person, "", standing, taken, situation, book, now)
    if book.standing(user, now) is not None:
        return "grant.listed", {"user": user}
    days = _days(parts, book, now)
    if not isinstance(days, Days):
        return days or ("grant.how_guest", {"word": f"!{command.word}"})
    name, purpose = parts[""].strip(" ,:")[:LONGEST], parts.get("for", "")
    if not name or not purpose:
        return "grant.how_guest", {"word": f"!{command.word}"}
    unit = standing.unit.id if standing.unit is not None else ""
    terms = grants.Terms(unit=unit, name=name, ends=days.last.isoformat(), purpose=purpose[:200])
    return _ask("guest", (user,), terms, standing, taken, situation, book, now)


def replace(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Ask that somebody goes on with another account. The old one is silent at once."""
    users, _ = wording.accounts(command, taken)
    if len(users) != 2 or users[0] == users[1]:
        return "grant.how_replace", {"word": f"!{command.word}"}
    old, new = users
    person = book.roster.person_of(old, moment(now))
    theirs = book.standing(old, now)
    if person is None or theirs is None:
        return "grant.unlisted", {"user": old}
    moderates = book.policy.may("moderate", standing.roles, standing.person.id)
    own = {unit.id for unit in theirs.units} & standing.heads
    if person.id == standing.person.id or not (moderates or own):
        # Whoever says that a telephone was lost is believed by somebody else's word only.
        return _turned_away(command, taken, "replace.not_own", {"name": person.name}, now)
    if new == book.bot or grants.account_taken(new, person.id, book, now):
        return "replace.taken", {"user": new}
    guarded = untouchable(old, book, now)
    terms = grants.Terms(muted="" if guarded else "yes")
    asked = _ask("account", (old, new), terms, standing, taken, situation, book, now, 2 if guarded else 1)
    if not isinstance(asked, Outcome) or guarded:
        return asked
    by, cause = standing.person.id, taken.event.event_id
    series = Series(situation, book)
    series.take()  # the proposal's own
    hand = Hand(by=by, rule="replace", series=series, book=book, now=now, cause=cause)
    for place in places(book):
        if _in(old, place.room, situation):
            asked.merge(hand.mute(place.room, old, why=book.reasons.get("mute_replaced", "")))
    return asked


def listed(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """What stands beside roster.yaml today, as the lines that the admin would write into it."""
    beside = [grant for grant in book.roster.grants if grants.in_force(grant, book, now)]
    if not beside:
        return reply(taken, "grants.none")
    lines = [grants.line(grant, book) for grant in beside[:30]]
    return reply(taken, "grants.title", {"count": len(beside)}, lines)


# What they have in common


class Days:
    """From when (None: from the moment it is agreed to) until when."""

    __slots__ = ("first", "last")

    def __init__(self, first: date | None, last: date) -> None:
        self.first = first
        self.last = last


def _days(parts: Mapping[str, str], book: Book, now: int) -> Days | Refusal | None:
    """The days that a command names; why they cannot be, or None when it names no last day."""
    if "until" not in parts:
        return None
    last = wording.day_of(parts["until"], book, now)
    first = wording.day_of(parts["from"], book, now) if "from" in parts else None
    if last is None or ("from" in parts and first is None):
        return "grant.day", {"text": parts["until"] if last is None else parts["from"]}
    if last < book.local(now).date() or (first is not None and last < first):
        return "grant.over", {"day": last.isoformat()}
    return Days(first, last)


def _may_grant(standing: Standing, unit: str, book: Book) -> bool:
    """Whether a person may name who acts for a unit: its own head, or whoever gives orders."""
    return unit in standing.owns or book.policy.may("order", standing.roles, standing.person.id)


def _no_unit(text: str, book: Book) -> Refusal:
    near = wording.near_unit(text, book)
    if near:
        return "grant.near_unit", {"text": text, "near": near}
    return "grant.no_unit", {"text": text}


def _not_yours(command: Command, taken: Taken, unit: str, book: Book, now: int) -> Outcome:
    if not unit:
        return _turned_away(command, taken, "grant.no_unit_of_yours", {"word": command.word}, now)
    return _turned_away(command, taken, "grant.not_yours", {"unit": book.unit_name(unit)}, now)


def _turned_away(command: Command, taken: Taken, key: str, values: dict[str, Value], now: int) -> Outcome:
    """Somebody tried what is not theirs to do: they hear why, and the record keeps that they tried."""
    outcome = reply(taken, key, values)
    event = taken.event
    tried = f.Refused(event=event.event_id, sender=event.sender, why="no_authority", detail=command.name, at=now)
    outcome.facts.append(tried)
    return outcome


def _rights_in(text: str, standing: Standing, book: Book) -> tuple[tuple[str, ...], str | None]:
    """(the rights that a text names, the unit for which); without a unit, the giver's own one."""
    rights: dict[str, None] = {}
    rest = []
    for word in text.replace(",", " ").split():
        right = book.lendable.get(word.casefold())
        if right is not None:
            rights[right] = None
        else:
            rest.append(word)
    if rest:
        return tuple(rights), wording.unit_of(" ".join(rest), book)
    own = sorted(standing.owns)
    return tuple(rights), own[0] if len(own) == 1 else None


def _word_of(right: str, book: Book) -> str:
    """The word by which people name a right that is lent."""
    return next((word for word, name in book.lendable.items() if name == right), right)


def _in(user: str, room: str, situation: Situation) -> bool:
    members = situation.members.get(room, ())
    return next((one for one in members if one.user == user), MemberView(user, "")).membership in HERE


def _ask(
    what: str,
    users: tuple[str, ...],
    terms: grants.Terms,
    standing: Standing,
    taken: Taken,
    situation: Situation,
    book: Book,
    now: int,
    needs: int = 1,
) -> Outcome | Refusal:
    """Put it before a second person; whoever asks in a direct chat hears under which number."""
    if situation.stage == "watch":
        return "command.only_watching", {}
    waiting = next((one for one in situation.proposals if one.what == what and one.users == users), None)
    if waiting is not None:
        return "proposal.waits_already", {"number": waiting.number}
    outcome = proposals.asked(
        what,
        room=book.rooms.get("forum", ""),
        by=standing.person.id,
        series=Series(situation, book),
        book=book,
        now=now,
        cause=taken.event.event_id,
        users=users,
        detail=grants.written(terms),
        needs=needs,
    )
    fact = next(fact for fact in outcome.facts if isinstance(fact, f.Proposal))
    if situation.room.kind == "control":
        return outcome
    key = "proposal.put" if fact.needs else "proposal.in_an_hour"
    return outcome.merge(reply(taken, key, {"number": fact.number}))


def _end(
    what: str,
    person: Person,
    unit: str,
    standing: Standing,
    taken: Taken,
    situation: Situation,
    book: Book,
    now: int,
) -> Outcome | Refusal:
    """End what was granted to a person; by whoever granted it, the unit's head, or those who run the forum."""
    day = book.local(now).date()
    found = [
        grant
        for grant in book.roster.grants
        if grant.what == what
        and grant.person == person.id
        and (not unit or grant.unit == unit)
        and not grants.over(grant, day)
    ]
    mine = [grant for grant in found if _may_end(grant, standing, book)]
    if not found:
        return "grant.none", {"name": person.name}
    if not mine:
        return "grant.not_yours", {"unit": book.unit_name(found[0].unit)}
    outcome = Outcome()
    by, cause = standing.person.id, taken.event.event_id
    series = Series(situation, book)
    for grant in mine:
        ended = grants.off(grant, situation, book, now, by=by, series=series, cause=cause)
        if isinstance(ended, Outcome):
            outcome.merge(ended)
    return outcome.merge(
        reply(taken, "grant.ended", {"name": person.name, "numbers": [one.number for one in mine]})
    )


def _may_end(grant: f.Granted, standing: Standing, book: Book) -> bool:
    may = book.policy.may
    person = standing.person.id
    return (
        grant.by == person
        or grant.unit in standing.owns
        or may("order", standing.roles, person)
        or may("moderate", standing.roles, person)
    )


HANDLERS: Mapping[str, Handler] = {
    "acting": acting,
    "delegate": delegate,
    "guest": guest,
    "replace": replace,
    "grants": listed,
}
