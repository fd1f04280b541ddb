"""Who may do what to whom, and how many further people have to agree: asked here by every command, card and rule.

What somebody may do alone stands in the policy's `rights`. Whoever may moderate does the rest with a second person;
heads may warn and briefly mute people of their own unit where several of it are in the room. Leaders, deputies,
auditors and whom the policy protects are never touched by a rule, and by hand only when two others agree: so is
whoever stands higher than the person who acts, and that person's own account.
"""

from __future__ import annotations

from typing import Literal

from bridge.forum.book import Book
from bridge.forum.lending import may_warn
from bridge.forum.reconcile import PROTECTED
from bridge.model.clock import moment, ms
from bridge.model.situation import Situation
from bridge.policy.models import Right
from bridge.policy.roster import Standing

Deed = Literal["warn", "mute", "unmute", "remove", "ban", "unban", "redact", "undo"]
"""What is done to a person by hand, or taken back."""

LIFTING = frozenset({"unmute", "unban", "undo"})
"""What takes something back from a person: it may be done to those who stand higher."""

OF_OWN_UNIT = frozenset({"warn", "mute", "unmute"})
"""What heads may do to people of their unit."""

_ALONE: dict[Deed, Right] = {
    "warn": "warn",
    "mute": "mute",
    "unmute": "mute",
    "remove": "remove",
    "ban": "remove",
    "unban": "undo",
    "redact": "redact",
    "undo": "undo",
}

_HEIGHT = {"leader": 0, "deputy": 1, "secretary": 2}
"""Everybody else stands alike: experts coach heads, and heads are not above them."""

GUARDED = 2
"""How many others have to agree about a protected person, or somebody who stands higher."""


def untouchable(user: str, book: Book, now: int) -> bool:
    """Whether no rule may warn, mute, remove or redact this account (DESIGN's P4)."""
    if user == book.bot:
        return True
    roles, person = _roles(user, book, now)
    protected = {*PROTECTED, *book.policy.sanctions.protect}
    return bool(protected & roles) or person in protected


def needed(
    deed: Deed,
    by: Standing,
    user: str,
    situation: Situation,
    book: Book,
    now: int,
    *,
    lasts: int | None = 0,
    doer: str = "",
) -> int | None:
    """How many others have to agree before ``by`` does this to an account; None when they may not even ask for it.

    ``lasts`` is how long a mute lasts, in ms; None: for good. ``doer`` is the person whose act is taken back.
    The bot's own account is nobody's to touch: callers say so before they ask.
    """
    alone = _alone(deed, by, lasts, book)
    own = not alone and deed in OF_OWN_UNIT and _short(lasts, book) and _own_unit(by, user, situation, book, now)
    own = own or (deed == "warn" and not alone and may_warn(by, book.standing(user, now)))
    moderates = book.policy.may("moderate", by.roles, by.person.id)
    if not (alone or own or moderates):
        return None
    others = 0 if alone or own else 1
    himself = user in book.roster.user_ids(by.person.id, moment(now))
    if deed in LIFTING:
        above = bool(doer) and _height_of(doer, book, now) < _height(by.roles)
        return max(others, 1) if himself or above else others
    if deed == "redact" and himself:
        return others
    if himself or untouchable(user, book, now) or _height(_roles(user, book, now)[0]) < _height(by.roles):
        # What heads may do within their unit is no right over those above them.
        return GUARDED if alone or moderates else None
    return others


def may_ask(deed: Deed, by: Standing, book: Book) -> bool:
    """Whether a person may do this to anybody at all, alone or with others: for help and for refusals."""
    may = book.policy.may
    if may(_ALONE[deed], by.roles, by.person.id) or may("moderate", by.roles, by.person.id):
        return True
    if deed == "warn" and by.borrows("warn"):
        return True
    return deed in OF_OWN_UNIT and may("own_unit", by.roles, by.person.id)


def _alone(deed: Deed, by: Standing, lasts: int | None, book: Book) -> bool:
    may = book.policy.may
    if deed == "mute" and not _short(lasts, book):
        return may("mute_long", by.roles, by.person.id)
    return may(_ALONE[deed], by.roles, by.person.id)


def _short(lasts: int | None, book: Book) -> bool:
    return lasts is not None and lasts <= ms(book.policy.sanctions.mute_alone)


def _own_unit(by: Standing, user: str, situation: Situation, book: Book, now: int) -> bool:
    """Whether an account is of a unit that this person heads, and several people of the unit are in the forum."""
    theirs = book.standing(user, now)
    if theirs is None:
        return False
    may = book.policy.may
    headed = {office.unit for office in by.offices if may("own_unit", {office.role}, by.person.id)}
    shared = {unit.id for unit in theirs.units if unit.id in headed}
    return any(len(_present(unit, situation, book, now)) > 1 for unit in shared)


def _present(unit: str, situation: Situation, book: Book, now: int) -> set[str]:
    """The persons of a unit who are in the forum's main room."""
    here = situation.members.get(book.rooms.get("forum", ""), ())
    standings = (book.standing(member.user, now) for member in here if member.membership == "join")
    return {one.person.id for one in standings if one is not None and unit in {held.id for held in one.units}}


def _roles(user: str, book: Book, now: int) -> tuple[frozenset[str], str]:
    """(roles, person id) of an account, also by the roster before this one: a shortened file demotes nobody."""
    on = moment(now)
    roles: frozenset[str] = frozenset()
    person = ""
    for roster in (book.before, book.roster):
        standing = roster.standing(user, on) if roster is not None else None
        if standing is not None:
            roles, person = roles | standing.roles, standing.person.id
    return roles, person


def _height(roles: frozenset[str]) -> int:
    return min((_HEIGHT.get(role, len(_HEIGHT)) for role in roles), default=len(_HEIGHT))


def _height_of(person: str, book: Book, now: int) -> int:
    standing = book.roster.standing_of(person, moment(now))
    return _height(frozenset(standing.roles)) if standing else len(_HEIGHT)


def stands_below(role: str, other: str) -> bool:
    """Whether one role stands lower than another: leader, deputy, secretary, and everybody else alike."""
    return _height(frozenset({role})) > _height(frozenset({other}))
