"""Commands that grant: an acting head, lent rights, a guest, another account; and the list of what was granted.

Heads ask for their own unit, leaders for any. The second person agrees in the control room or in a direct chat, by
typed words. Rights are lent by a head alone, never more than a head's own, and end the moment they are taken back.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.forum import grants, proposals, wording
from bridge.forum.acts import Hand, Series
from bridge.forum.answers import Handler
from bridge.forum.authority import GUARDED, untouchable
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


def acting(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Ask that somebody acts for a unit, or as leader, until a day; or end that."""
    (user, person), post, days = command[wording.LISTED], command[wording.POST], command[wording.DAYS]
    needs = _needed_for(standing, post, book)
    if needs is None and post.role:
        return _turned_away(command, taken, "grant.acting_cannot", {}, now)
    if needs is None:
        return _not_yours(command, taken, post.unit, book, now)
    if days is None:
        return _end("acting", person, post, standing, taken, situation, book, now)
    other = grants.acts_already(person.id, post, days.first or book.local(now).date(), days.last, book)
    if other is not None:
        return "grant.taken", {"name": grants.person_name(other, book), "unit": post.named(book)}
    begins = days.first.isoformat() if days.first else ""
    terms = grants.Terms(unit=post.unit, role=post.role, begins=begins, ends=days.last.isoformat())
    return _ask("acting", (user,), terms, standing, taken, situation, book, now, needs)


def delegate(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Lend somebody rights for the own unit until a day; or take them back."""
    (user, person), (rights, unit), days = command[wording.LISTED], command[wording.LENT], command[wording.DAYS]
    if days is None:
        return _end("delegate", person, None, standing, taken, situation, book, now)
    theirs = book.roster.standing_of(person.id, moment(now))
    if theirs is None:
        return "grant.unlisted", {"user": user}
    if unit is None or unit not in standing.owns:
        if standing.heads and not standing.owns:
            return _turned_away(command, taken, "grant.acting_cannot", {}, now)
        return _not_yours(command, taken, unit or "", book, now)
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
        "rights": [wording.word_of(right, book) for right in rights],
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
    user, days = command[wording.ACCOUNT], command[wording.DAYS]
    if user == book.bot:
        return "command.not_me", {}
    if days is None:
        person = book.roster.person_of(user, moment(now))
        if person is None:
            return "grant.none", {"name": user}
        return _end("guest", person, None, standing, taken, situation, book, now)
    if book.standing(user, now) is not None:
        return "grant.listed", {"user": user}
    name, purpose = command[wording.GUEST_NAME], command[wording.PURPOSE]
    unit = standing.unit.id if standing.unit is not None else ""
    terms = grants.Terms(unit=unit, name=name, ends=days.last.isoformat(), purpose=purpose)
    return _ask("guest", (user,), terms, standing, taken, situation, book, now)


def replace(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Ask that somebody goes on with another account. The old one is silent at once."""
    old, new = command[wording.OLD_AND_NEW]
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


def _needed_for(standing: Standing, post: grants.Post, book: Book) -> int | None:
    """How many others have to agree to whom a person names to act; None when they may name nobody.

    For a unit its own head asks, or whoever gives orders. For a leader it is whoever holds that office, with one
    other, or who gives orders in an office of their own, with two: whoever only acts names nobody to follow.
    """
    own = {office.role for office in standing.offices if not office.acting}
    if post.role:
        orders = book.policy.may("order", own, standing.person.id)
        return 1 if post.role in own else GUARDED if orders else None
    orders = book.policy.may("order", standing.roles, standing.person.id)
    return 1 if post.unit in standing.owns or orders else None


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
    post: grants.Post | None,
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
        and (post is None or (grant.unit, grant.role) == post)
        and not grants.over(grant, day)
    ]
    mine = [grant for grant in found if _may_end(grant, standing, book)]
    if not found:
        return "grant.none", {"name": person.name}
    if not mine:
        return "grant.not_yours", {"unit": grants.Post(found[0].unit, found[0].role).named(book)}
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


def ended_by_number(
    grant: f.Granted, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """End what was granted under a number, which everybody may who could end it by name."""
    if not (_may_end(grant, standing, book) or book.policy.may("approve", standing.roles, standing.person.id)):
        return "grant.not_yours", {"unit": grants.Post(grant.unit, grant.role).named(book)}
    by, cause, series = standing.person.id, taken.event.event_id, Series(situation, book)
    ended = grants.off(grant, situation, book, now, by=by, series=series, cause=cause)
    if not isinstance(ended, Outcome):
        return ended
    return ended.merge(reply(taken, "proposal.now_cancelled", {"number": grant.number}))


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
