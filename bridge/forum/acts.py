"""Acts: what the bridge does to people, each with its number, reason, rule and cause."""

from __future__ import annotations

from bridge.forum.book import Book
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Invite, Remove
from bridge.model.situation import Outcome, Situation


class Series:
    """The next free numbers of actions: several may be given out in one outcome."""

    def __init__(self, situation: Situation, book: Book) -> None:
        self._next = situation.numbers.get(book.policy.letters.action, 1)
        self._book = book

    def take(self) -> str:
        """The next number: A-3, then A-4."""
        number = self._book.number("action", self._next)
        self._next += 1
        return number


def reason(key: str, book: Book, why: str = "") -> str:
    """What the person reads: courteous, and with whom to turn to."""
    contact = book.policy.membership.contact or book.reasons.get("contact", "")
    template = book.reasons.get(key, "{forum}")
    return template.format_map({"forum": book.policy.forum.name, "contact": contact, "why": why})


def invite(
    room: str, user: str, *, key: str, rule: str, by: str, series: Series, book: Book, now: int, cause: str
) -> Outcome:
    """Invite an account. ``key`` names the reason that it reads, ``by`` is a person id or `rule:NAME`."""
    act = _act("invite", room, user, reason(key, book), rule, by, series, book, now, cause)
    return Outcome(facts=[act], effects=[Invite(room=room, user=user, reason=act.reason, act=act.number)])


def remove(
    room: str,
    user: str,
    *,
    key: str,
    rule: str,
    by: str,
    series: Series,
    book: Book,
    now: int,
    cause: str,
    why: str = "",
) -> Outcome:
    """Remove an account, take back its invitation, or refuse its knock."""
    act = _act("remove", room, user, reason(key, book, why), rule, by, series, book, now, cause)
    return Outcome(facts=[act], effects=[Remove(room=room, user=user, reason=act.reason, act=act.number)])


def _act(
    verb: str,
    room: str,
    user: str,
    text: str,
    rule: str,
    by: str,
    series: Series,
    book: Book,
    now: int,
    cause: str,
) -> f.Act:
    person = book.roster.person_of(user, moment(now))
    return f.Act(
        number=series.take(),
        verb=verb,
        room=room,
        user=user,
        person=person.id if person else None,
        reason=text,
        rule=rule,
        by=by,
        policy_version=book.policy.version,
        roster_version=book.roster.version,
        at=now,
        cause=cause,
    )
