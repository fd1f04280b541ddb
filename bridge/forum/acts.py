"""Acts: what the bridge does to people and rooms, each with number, reason, rule, cause and who is behind it."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from bridge.forum.book import Book
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import (
    AnyEffect,
    Ban,
    CancelTimer,
    Invite,
    Lane,
    Redact,
    Remove,
    SetLevels,
    SetServers,
    Timer,
    Unban,
)
from bridge.model.situation import ActView, Outcome, Situation

MUTED = -1
"""Below what any message of anybody needs, also while a room is locked or its floor closed."""


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


def ends(number: str, until: int | None) -> list[Timer | CancelTimer]:
    """The timer that ends an act by itself; where it has no end, an earlier one of its number is taken back."""
    if until is None:
        return [CancelTimer(f"ends:{number}")]
    return [Timer(name=f"ends:{number}", due=until, kind="act_ends", about=number)]


class Hand:
    """Acts of one rule or person, for one cause. Every method answers the fact and the effect of one act.

    ``by`` is a person id or `rule:NAME`, ``second`` the person who agreed where two were needed, ``undoes`` the
    number of the act that is taken back.
    """

    def __init__(
        self,
        *,
        by: str,
        rule: str,
        series: Series,
        book: Book,
        now: int,
        cause: str,
        second: str | None = None,
        undoes: str = "",
    ) -> None:
        self._by = by
        self._rule = rule
        self._series = series
        self._book = book
        self._now = now
        self._cause = cause
        self._second = second
        self._undoes = undoes
        standing = book.roster.standing_of(by, moment(now))
        self._office = str(standing.role) if standing else ""
        self._acting = standing is not None and standing.acting

    @property
    def now(self) -> int:
        """When the acts are decided, in ms."""
        return self._now

    def invite(self, room: str, user: str, *, key: str) -> Outcome:
        """Invite an account. ``key`` names the reason that it reads."""
        act = self._act("invite", room, user, reason(key, self._book))
        return _of(act, Invite(room=room, user=user, reason=act.reason, act=act.number))

    def remove(self, room: str, user: str, *, key: str, why: str = "") -> Outcome:
        """Remove an account, take back its invitation, or refuse its knock."""
        act = self._act("remove", room, user, reason(key, self._book, why))
        return _of(act, Remove(room=room, user=user, reason=act.reason, act=act.number))

    def ban(self, room: str, user: str, *, key: str, why: str = "", until: int | None = None) -> Outcome:
        """Ban an account, for good or until a time (ms)."""
        act = self._act("ban", room, user, reason(key, self._book, why), until=until)
        outcome = _of(act, Ban(room=room, user=user, reason=act.reason, act=act.number))
        if until is not None:
            outcome.timers += ends(act.number, until)
        return outcome

    def unban(self, room: str, user: str, *, why: str = "", lifts: str = "") -> Outcome:
        """Lift a ban, that of the act ``lifts`` if it was ours. Nobody is invited by it."""
        act = self._taking_back(lifts)._act("unban", room, user, why)
        return _of(act, Unban(room=room, user=user, reason=why, act=act.number))

    def warn(self, room: str, user: str, *, why: str) -> Outcome:
        """Record a warning. What the person hears of it is for the rule to say."""
        return _at_once(self._act("warn", room, user, why))

    def mute(self, room: str, user: str, *, why: str, until: int | None = None, replaces: str = "") -> Outcome:
        """Let an account read and not write, until a time (ms) or until it is undone.

        ``replaces`` is the number of the mute that stands for this account in this room: the new end counts alone.
        """
        changes: dict[str, int | None] = {f"users/{user}": MUTED}
        act = self._taking_back(replaces)._act("mute", room, user, why, until=until, changes=changes)
        outcome = _of(act, SetLevels(room=room, changes=changes, act=act.number))
        if until is not None:
            outcome.timers += ends(act.number, until)
        return outcome

    def take_back(self, what: ActView, *, why: str) -> Outcome:
        """Note that an act counts no longer of which nothing is left to be put back: a warning, what never went."""
        hand = self._taking_back(what.fact.number)
        return _at_once(hand._act("undo", what.fact.room, what.fact.user, why))

    def unmute(self, muted: ActView, *, why: str) -> Outcome:
        """Give an account back the level that a mute found, if it had one, unless somebody changed it since."""
        return self.restore("unmute", muted, why=why)

    def move(self, room: str, event: str, user: str, *, why: str) -> Outcome:
        """Record that a talk goes on elsewhere. What the room reads of it is for the rule to say."""
        return _at_once(self._act("move", room, user, why, target=event))

    def redact(self, room: str, event: str, user: str, *, why: str) -> Outcome:
        """Redact somebody's event; the record keeps it."""
        act = self._act("redact", room, user, why, target=event)
        return _of(act, Redact(room=room, event=event, reason=why, act=act.number))

    def levels(
        self,
        verb: str,
        room: str,
        changes: Mapping[str, int | None],
        *,
        why: str,
        only_if: Mapping[str, int | None] | None = None,
        user: str = "",
        until: int | None = None,
        lane: Lane = Lane.SAFETY,
    ) -> Outcome:
        """Change power levels of a room: `lock` or `levels`."""
        act = self._act(verb, room, user, why, until=until, changes=dict(changes))
        changed = SetLevels(
            room=room, changes=dict(changes), only_if=dict(only_if or {}), act=act.number, lane=lane
        )
        return _of(act, changed)

    def servers(
        self, room: str, changes: Mapping[str, int | None], *, why: str, only_if: Mapping[str, int | None]
    ) -> Outcome:
        """Change entries of the list of servers that may take part in a room."""
        act = self._act("servers", room, "", why, changes=dict(changes))
        return _of(act, SetServers(room=room, changes=dict(changes), only_if=dict(only_if), act=act.number))

    def restore(self, verb: str, before: ActView, *, why: str) -> Outcome:
        """Put the keys that an act changed back to what it found, but for those that somebody changed since.

        What it found is read when this is delivered, so that it may still be on its way now.
        """
        hand = self._taking_back(before.fact.number)
        act = hand._act(verb, before.fact.room, before.fact.user, why, changes=before.before)
        kind = SetServers if verb == "servers" else SetLevels
        return _of(act, kind(room=act.room, changes={}, restores=before.fact.number, act=act.number))

    def _taking_back(self, number: str) -> Hand:
        """The same hand, for an act that takes another back."""
        hand = copy.copy(self)
        hand._undoes = number or self._undoes
        return hand

    def _act(
        self,
        verb: str,
        room: str,
        user: str,
        text: str,
        *,
        until: int | None = None,
        changes: dict[str, int | None] | None = None,
        target: str = "",
    ) -> f.Act:
        person = self._book.roster.person_of(user, moment(self._now)) if user else None
        return f.Act(
            number=self._series.take(),
            verb=verb,
            room=room,
            user=user,
            person=person.id if person else None,
            reason=text,
            rule=self._rule,
            by=self._by,
            office=self._office,
            acting=self._acting,
            second=self._second,
            until=until,
            changes=changes or {},
            target=target,
            undoes=self._undoes,
            policy_version=self._book.policy.version,
            roster_version=self._book.roster.version,
            at=self._now,
            cause=self._cause,
        )


def _of(act: f.Act, *effects: AnyEffect) -> Outcome:
    return Outcome(facts=[act], effects=list(effects))


def _at_once(act: f.Act) -> Outcome:
    """An act that is done by being recorded."""
    return Outcome(facts=[act, f.ActDone(number=act.number, result="done", at=act.at)])
