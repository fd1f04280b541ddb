"""What people agree to beside the roster's file: an acting head, a guest, another account, rights that are lent.

What was agreed is a fact (:class:`bridge.model.facts.Granted`) and counts from then on, until its last day, until a
person ends it, or until the file says the same. The bridge never writes the admin's file.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import msgspec

from bridge.forum import proposals
from bridge.forum.acts import Hand, Series
from bridge.forum.book import Book
from bridge.forum.overlaid import with_grants
from bridge.forum.reconcile import HERE
from bridge.forum.shares import belongs, places
from bridge.forum.staging import Refusal
from bridge.model import facts as f
from bridge.model.clock import milliseconds, moment
from bridge.model.effects import Line, Say, Timer, Value
from bridge.model.situation import MemberView, Outcome, ProposalView, Situation
from bridge.policy.overlay import states_of
from bridge.policy.roster import Days, overlap

ASKED = ("acting", "guest", "account")
"""What two people have to agree to; rights are lent by the head of a unit alone."""

DAY_MS = 24 * 3600 * 1000

REMEMBERED = timedelta(days=30)
"""How long after its last day a grant is still looked at, so that a refusal can say why."""


class Post(NamedTuple):
    """Where somebody acts: a unit, or the role of an office without one."""

    unit: str
    role: str = ""

    def named(self, book: Book) -> str:
        """What people call it."""
        return book.unit_name(self.unit) if self.unit else book.role_names.get(self.role, self.role)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, as a proposal carries it. Days are ISO 8601; an empty first day: when it is agreed to."""

    unit: str = ""
    role: str = ""
    name: str = ""
    begins: str = ""
    ends: str = ""
    purpose: str = ""
    muted: str = ""
    """yes: the old account was muted when it was asked for."""


def written(terms: Terms) -> str:
    """The terms as the detail of a proposal, readable in a bundle: `unit=dlh; ends=2026-12-31`."""
    said = ((name, " ".join(getattr(terms, name).replace(";", ",").split())) for name in Terms.__struct_fields__)
    return "; ".join(f"{name}={value}" for name, value in said if value)


def terms_of(proposal: ProposalView) -> Terms:
    """The terms that a proposal carries."""
    pairs = (part.partition("=") for part in proposal.detail.split("; "))
    return Terms(**{name: value for name, _, value in pairs if name in Terms.__struct_fields__})


def find(number: str | None, book: Book) -> f.Granted | None:
    """What was granted under a number and was not ended."""
    return next((grant for grant in book.roster.grants if grant.number == number), None)


def in_force(grant: f.Granted, book: Book, now: int) -> bool:
    """Whether a grant counts today: within its days, and neither said nor contradicted by the file."""
    day = book.local(now).date()
    begun = date.fromisoformat(grant.begins) <= day
    states = states_of(book.roster.grants, book.roster.listed.file)
    return begun and not over(grant, day) and states.get(grant.number) == "beside"


def over(grant: f.Granted, day: date) -> bool:
    """Whether a grant's last day lies before ``day``."""
    return bool(grant.ends) and date.fromisoformat(grant.ends) < day


def account_taken(user: str, person: str, book: Book, now: int) -> bool:
    """Whether an account belongs to somebody else today."""
    owner = book.roster.person_of(user, moment(now))
    return owner is not None and owner.id != person


def acts_already(person: str, post: Post, begins: date, ends: date, book: Book) -> str | None:
    """The person who holds a post in these days already: this one, or another who acts; None: it is free.

    The head's own office is no hindrance: both hold duty on the days that both offices share.
    """
    days = Days(begins, ends)
    for office in book.roster.file.offices:
        if (office.unit or "") != post.unit or not overlap(office, days):
            continue
        if post.role and office.role != post.role:
            continue
        if office.role != "guest" and (office.acting or office.person == person):
            return office.person
    return None


def agreed(
    proposal: ProposalView,
    situation: Situation,
    book: Book,
    now: int,
    *,
    by: str,
    second: str | None,
    series: Series,
    cause: str,
) -> Outcome | Refusal:
    """What was asked for counts from now on, if nothing stands against it by now."""
    asker = proposal.by.split("+")[0]
    terms = terms_of(proposal)
    today = book.local(now).date().isoformat()
    standing = book.roster.standing_of(asker, moment(now))
    person = proposal.persons[0] if proposal.persons else f"guest-{proposal.number.lower()}"
    fact = f.Granted(
        number=proposal.number,
        what=proposal.what,
        person=person,
        name=terms.name,
        user=proposal.users[-1] if proposal.what in ("guest", "account") else "",
        replaces=proposal.users[0] if proposal.what == "account" else "",
        unit=terms.unit,
        role=terms.role,
        begins=terms.begins or today,
        ends=terms.ends,
        purpose=terms.purpose,
        by=asker,
        office=str(standing.role) if standing else "",
        second=second,
        policy_version=book.policy.version,
        roster_version=book.roster.version,
        at=now,
        cause=cause,
    )
    refused = stands_against(fact, book, now)
    if refused is not None:
        return refused
    laid = with_grants(book, (*book.roster.grants, fact), now)
    outcome = proposals.move(proposal, "done", by=by, now=now, cause=cause, book=book, needs=0)
    outcome.facts.append(fact)
    if fact.what == "acting":
        return outcome.merge(_acts(fact, laid, now))
    if fact.what == "guest":
        return outcome.merge(_welcome(fact, situation, laid, now, series=series, cause=cause))
    return outcome.merge(_moved(fact, situation, book, laid, now, series=series, cause=cause))


def stands_against(fact: f.Granted, book: Book, now: int) -> Refusal | None:
    """Why something cannot be granted, by the roster as it is now; None when it can."""
    if fact.ends and over(fact, book.local(now).date()):
        return "grant.over", {"day": fact.ends}
    if fact.what == "acting":
        begins, ends = date.fromisoformat(fact.begins), date.fromisoformat(fact.ends)
        post = Post(fact.unit, fact.role)
        other = acts_already(fact.person, post, begins, ends, book)
        if other is not None:
            values: dict[str, Value] = {"name": person_name(other, book), "unit": post.named(book)}
            return "grant.taken", values
    if fact.what in ("guest", "account") and account_taken(fact.user, fact.person, book, now):
        return "replace.taken", {"user": fact.user}
    return None


def person_name(person: str, book: Book) -> str:
    """A person's name, or the id of one who is not listed any more."""
    found = book.roster.person(person)
    return found.name if found else person


def _acts(fact: f.Granted, laid: Book, now: int) -> Outcome:
    if fact.role:
        said: dict[str, Value] = {
            "role": laid.role_shown(fact.role, True),
            "begins": fact.begins,
            "ends": fact.ends,
        }
        return Outcome(
            effects=[Say(person=fact.person, key="told.acting_leader", values=said, ref=f"{fact.number}.told")]
        )
    values: dict[str, Value] = {"unit": laid.unit_name(fact.unit), "begins": fact.begins, "ends": fact.ends}
    outcome = Outcome(
        effects=[Say(person=fact.person, key="told.acting", values=values, ref=f"{fact.number}.told")]
    )
    day = laid.local(now).date().isoformat()
    if fact.begins <= day:
        outcome.timers.append(handover(fact.unit, fact.person, day, now))
    return outcome


def handover(unit: str, person: str, day: str, due: int) -> Timer:
    """Somebody answers for a unit from now on: the unit's open orders are told."""
    return Timer(name=f"handover:{unit}:{person}:{day}", due=due, kind="handover", about=f"{unit} {person}")


def _welcome(fact: f.Granted, situation: Situation, laid: Book, now: int, *, series: Series, cause: str) -> Outcome:
    """A guest is invited, reads, and writes only where the policy lets guests write."""
    hand = Hand(by=fact.by, second=fact.second, rule="guest", series=series, book=laid, now=now, cause=cause)
    outcome = _invited(fact.user, fact.person, situation, laid, now, hand, "invite_guest")
    if not laid.policy.membership.guests_write:
        room = laid.rooms.get("forum", "")
        why = laid.reasons.get("mute_guest", "")
        # Until the guest is surely gone: the removal after the last day has its notice.
        outcome.merge(hand.mute(room, fact.user, why=why, until=_day_after(fact.ends, laid) + DAY_MS))
    return outcome


def _invited(user: str, person: str, situation: Situation, laid: Book, now: int, hand: Hand, key: str) -> Outcome:
    """The account is invited to every room where its person belongs and it is not."""
    outcome = Outcome()
    standing = laid.roster.standing_of(person, moment(now))
    for place in places(laid):
        member = _member(user, place.room, situation)
        if standing is None or not place.governed or member.membership in HERE or member.membership == "ban":
            continue
        if belongs(standing, place, laid.policy):
            outcome.merge(hand.invite(place.room, user, key=key))
    return outcome


def _moved(
    fact: f.Granted, situation: Situation, book: Book, laid: Book, now: int, *, series: Series, cause: str
) -> Outcome:
    """The old account goes, the new one comes; everything that hangs on the person stays where it is."""
    before = Hand(by=fact.by, second=fact.second, rule="replace", series=series, book=book, now=now, cause=cause)
    outcome = Outcome()
    for place in places(book):
        if _member(fact.replaces, place.room, situation).membership in (*HERE, "knock"):
            outcome.merge(before.remove(place.room, fact.replaces, key="remove_replaced"))
    after = Hand(by=fact.by, second=fact.second, rule="replace", series=series, book=laid, now=now, cause=cause)
    for act in situation.acts:
        if act.standing and act.fact.rule == "replace" and act.fact.user == fact.user:
            # An account that was given up once, and has been found again.
            outcome.merge(after.unmute(act, why=book.reasons.get("unmute_kept", "")))
    outcome.merge(_invited(fact.user, fact.person, situation, laid, now, after, "invite_replaced"))
    told = Say(person=fact.person, key="told.replaced", values={"user": fact.replaces}, ref=f"{fact.number}.told")
    outcome.effects.append(told)
    return outcome


def _member(user: str, room: str, situation: Situation) -> MemberView:
    members = situation.members.get(room, ())
    return next((member for member in members if member.user == user), MemberView(user, ""))


def _day_after(day: str, book: Book) -> int:
    """The first moment after a day, in the forum's zone (ms)."""
    after = date.fromisoformat(day) + timedelta(days=1)
    return milliseconds(datetime.combine(after, time(), book.policy.forum.zone))


def refused(proposal: ProposalView, situation: Situation, *, hand: Hand, book: Book) -> Outcome:
    """People say no to another account: the one that was muted at once may speak again, as before."""
    if proposal.what != "account":
        return Outcome()
    outcome = Outcome()
    for act in situation.acts:
        if act.standing and act.fact.rule == "replace" and act.fact.user == proposal.users[0]:
            outcome.merge(hand.unmute(act, why=book.reasons.get("unmute_kept", "")))
    return outcome


def off(
    grant: f.Granted, situation: Situation, book: Book, now: int, *, by: str, series: Series, cause: str
) -> Outcome | Refusal:
    """A person ends what was granted; it counts no longer from the next row on."""
    if grant.what == "account":
        return "replace.not_back", {"number": grant.number}
    outcome = Outcome(facts=[f.Revoked(number=grant.number, why="by_hand", by=by, at=now, cause=cause)])
    if grant.what == "guest":
        hand = Hand(by=by, rule="guest", series=series, book=book, now=now, cause=cause)
        for place in places(book):
            if _member(grant.user, place.room, situation).membership in (*HERE, "knock"):
                outcome.merge(hand.remove(place.room, grant.user, key="remove_guest"))
        if grant.by != by:
            values: dict[str, Value] = {"name": grant.name, "user": grant.user}
            outcome.effects.append(
                Say(person=grant.by, key="told.guest_left", values=values, ref=f"{cause}.sponsor")
            )
        return outcome
    if grant.person == by:
        return outcome
    about: dict[str, Value] = {"unit": Post(grant.unit, grant.role).named(book)}
    key = "told.acting_off" if grant.what == "acting" else "told.delegate_off"
    outcome.effects.append(Say(person=grant.person, key=key, values=about, ref=f"{grant.number}.off"))
    return outcome


def settled(book: Book, now: int, cause: str) -> Outcome:
    """What the file says by now, or contradicts, no longer stands beside it; nor what was over long ago."""
    outcome, lines = Outcome(), []
    long_ago = book.local(now).date() - REMEMBERED
    states = states_of(book.roster.grants, book.roster.listed.file)
    for grant in book.roster.grants:
        state = states[grant.number]
        why = state if state != "beside" else "ended" if over(grant, long_ago) else ""
        if not why:
            continue
        outcome.facts.append(f.Revoked(number=grant.number, why=why, by="rule:grants", at=now, cause=cause))
        if why != "ended":
            lines.append(line(grant, book))
    control = book.rooms.get("control")
    if lines and control is not None:
        said = Say(
            room=control,
            key="grants.settled",
            values={"count": len(lines)},
            lines=tuple(lines),
            ref=f"grants:{cause}",
        )
        outcome.effects.append(said)
    return outcome


def line(grant: f.Granted, book: Book) -> Line:
    """A grant as the admin would write it into roster.yaml."""
    return Line("grants.line", {"number": grant.number, "yaml": as_yaml(grant, book)})


def as_yaml(grant: f.Granted, book: Book) -> str:
    """The line of roster.yaml that says the same; of lent rights, which have none there, what they are."""
    if grant.what == "account":
        closed = date.fromisoformat(grant.begins) - timedelta(days=1)
        old = f'{{matrix: "{grant.replaces}", to: {closed.isoformat()}}}'
        return f'{grant.person}: [{old}, {{matrix: "{grant.user}", from: {grant.begins}}}]'
    if grant.what == "delegate":
        rights = ", ".join(grant.rights)
        return f"{grant.person}: {grant.unit} ({rights}) {grant.begins} – {grant.ends}, {grant.by}"
    unit = f", unit: {grant.unit}" if grant.unit else ""
    days = f"from: {grant.begins}, to: {grant.ends}"
    if grant.what == "guest":
        who = f'{{id: {grant.person}, name: "{grant.name}", identifiers: [{{matrix: "{grant.user}"}}]}}'
        purpose = f', purpose: "{grant.purpose}"' if grant.purpose else ""
        return f"{who} {{person: {grant.person}, role: guest{unit}, {days}, sponsor: {grant.by}{purpose}}}"
    role = grant.role or next(
        (o.role for o in reversed(book.roster.file.offices) if o.unit == grant.unit and o.acting), "head"
    )
    return f"{{person: {grant.person}, role: {role}{unit}, {days}, acting: true}}"
