"""What an outcome does, in sentences: the same ones for a plan, for the record and for the control room.

Everything that is done to people, rooms and tasks has its words, whichever rule does it. Numbers that are given out
anew are left out and times are said as lengths, so that what a plan says in the morning is word for word what the
record says when the files take force at noon.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from bridge.forum.book import Book
from bridge.model import facts as f
from bridge.model.effects import AnyEffect, Deed, React, Refresh, Say, SetServers, Timer, Value
from bridge.model.situation import Outcome

MOST = 1000
"""Sentences of one kind that a record holds."""

SEEN = (
    f.Message,
    f.EvidencePaired,
    f.EvidenceJudged,
    f.Corrected,
    f.DecisionChanged,
    f.Struggled,
    f.Asked,
    f.Prompted,
    f.Membership,
    f.Adopted,
    f.ActDone,
    f.LevelsSeen,
    f.RoomChanged,
    f.Redacted,
    f.Edited,
    f.Conduct,
    f.Refused,
    f.Sealed,
    f.Opened,
    f.Gap,
    f.FileVersion,
    f.WeekSealed,
    f.Started,
)
"""Facts that note what was seen, heard or said: nothing is done to anybody by them."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Sentences, in the order in which things are done."""

    at_once: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    """What waits for the end of a notice, or for people to agree."""

    def without(self, other: Told) -> tuple[str, ...]:
        """What is told here and not there, as often as it is more often told here."""
        left = [*other.at_once, *other.waiting]
        more = []
        for line in (*self.at_once, *self.waiting):
            if line in left:
                left.remove(line)
            else:
                more.append(line)
        return tuple(more)


def told(outcome: Outcome, book: Book, now: int) -> Told:
    """The sentences of an outcome. Each deed is told once: as its act."""
    at_once: list[str] = []
    waiting: list[str] = []
    acts: set[str] = set()
    for fact in outcome.facts:
        match fact:
            case f.Proposal():
                (waiting if fact.state == "open" else at_once).append(_proposal(fact, book, now))
            case f.Act():
                acts.add(fact.number)
                at_once.append(act_told(fact, book, now))
            case _ if not isinstance(fact, SEEN):
                at_once.append(_fact(fact, book))
    for effect in outcome.effects:
        if isinstance(effect, Deed) and effect.act in acts:
            continue
        if isinstance(effect, Refresh | React) and _is_of_what_is_told(effect):
            continue
        at_once.append(_effect(effect, book))
    for timer in outcome.timers:
        if isinstance(timer, Timer) and timer.kind == "handover":
            unit, _, person = timer.about.partition(" ")
            values: dict[str, Value] = {"who": person_named(person, book), "unit": book.unit_name(unit)}
            at_once.append(book.written("timer.handover", values))
    return Told(at_once=tuple(at_once), waiting=tuple(waiting))


def bounded(lines: Sequence[str]) -> tuple[str, ...]:
    """As many as a record holds, and how many more there are."""
    more = len(lines) - MOST
    return (*lines[:MOST], f"… (+{more})") if more > 0 else tuple(lines)


def _is_of_what_is_told(effect: Refresh | React) -> bool:
    """Cards in the control room that show what a proposal or the members say anyway, with what is tapped there."""
    if isinstance(effect, React):
        return effect.to.endswith(".proposal")
    return effect.card == "adoption" or effect.card.startswith(("proposal:", "day:"))


def act_told(act: f.Act, book: Book, now: int) -> str:
    """The sentence of an act: who, what, in which room, and for how long from ``now`` on."""
    values: dict[str, Value] = {
        "who": named(act.user, act.person, book) if act.user else "",
        "room": room_named(act.room, book),
        "changes": (servers_told if act.verb == "servers" else _levels)(act.changes, book),
        "event": act.target,
        "verb": act.verb,
    }
    line = book.written(f"act.{act.verb}", values) or book.written("act.other", values)
    if act.until is None:
        return line
    return book.written("act.for_a_time", {"line": line, "seconds": max(0, act.until - now) // 1000})


def _proposal(proposal: f.Proposal, book: Book, now: int) -> str:
    persons = dict(zip(proposal.users, proposal.persons, strict=False)) if _paired(proposal) else {}
    values: dict[str, Value] = {
        "users": [named(user, persons.get(user), book) for user in proposal.users] or proposal.detail,
        "room": room_named(proposal.room, book),
        "detail": proposal.detail,
        "what": proposal.what,
        "number": proposal.number,
        "needs": proposal.needs,
        "seconds": max(0, (proposal.due or now) - now) // 1000,
    }
    what = book.written(f"proposal.{proposal.what}", values) or book.written("proposal.other", values)
    values["line"] = what
    if proposal.state != "open":
        return book.written(f"proposal.is_{proposal.state}", values) or what
    if proposal.needs == 0:
        return book.written("proposal.by_itself", values)
    return book.written("proposal.needs_people", values)


def _paired(proposal: f.Proposal) -> bool:
    """Whether each account has its person; accounts of nobody leave holes in the list of persons."""
    return len(proposal.users) == len(proposal.persons)


def _fact(fact: f.AnyFact, book: Book) -> str:
    kind = tag(type(fact))
    values: dict[str, Value] = {
        name: value
        for name in fact.__struct_fields__
        if isinstance(value := getattr(fact, name), str | int) and not isinstance(value, bool)
    }
    if isinstance(unit := values.get("unit"), str):
        values["unit"] = book.unit_name(unit)
    values["kind"] = kind
    return book.written(f"fact.{kind}", values) or book.written("fact.other", values)


def _effect(effect: AnyEffect, book: Book) -> str:
    kind = tag(type(effect))
    values: dict[str, Value] = {
        name: value for name in effect.__struct_fields__ if isinstance(value := getattr(effect, name), str)
    }
    values["room"] = room_named(effect.room, book)
    if isinstance(effect, Say):
        texts = ((effect.key, effect.values), *((line.key, line.values) for line in effect.lines))
        values["text"] = " ".join(book.written(key, inner) for key, inner in texts)
        if effect.person:
            values["who"] = person_named(effect.person, book)
            kind = "say_to"
    elif isinstance(effect, Deed):
        values["who"] = named(getattr(effect, "user", ""), None, book)
        told_of = servers_told if isinstance(effect, SetServers) else _levels
        values["changes"] = told_of(getattr(effect, "changes", {}), book)
    values["kind"] = kind
    return book.written(f"effect.{kind}", values) or book.written("effect.other", values)


def tag(kind: type[msgspec.Struct]) -> str:
    """The name of a kind of fact or effect."""
    return str(kind.__struct_config__.tag)


def named(user: str, person: str | None, book: Book) -> str:
    """An account as people know it: with the name of its person, today's or that of the roster before."""
    name = person_named(person, book) if person else ""
    if not name:
        rosters = (book.roster, *([book.before] if book.before is not None else []))
        names = (one.name for roster in rosters for one in roster.file.persons if _has(one.identifiers, user))
        name = next(names, "")
    return f"{name} ({user})" if name else user


def _has(identifiers: Iterable[object], user: str) -> bool:
    return any(getattr(one, "matrix", None) == user for one in identifiers)


def person_named(person: str, book: Book) -> str:
    """A person's name, by today's roster or the one before."""
    for roster in (book.roster, book.before):
        found = roster.person(person) if roster is not None else None
        if found is not None:
            return found.name
    return person


def room_named(room: str, book: Book) -> str:
    """A room as people know it: the forum, the control room; another by its name in the settings, or its id."""
    name = book.all_rooms.get(room, "")
    return (book.written(f"room.{name}", {}) or name) if name else room


def servers_told(changes: Mapping[str, int | None], book: Book) -> list[str]:
    """What becomes of entries of a list of servers (:mod:`bridge.model.servers`), one sentence each."""
    lines = []
    for path, value in changes.items():
        name, _, pattern = path.partition("/")
        lines.append(book.written(f"server.{name}" if value else f"server.{name}_not", {"server": pattern[:100]}))
    return lines


def _levels(changes: Mapping[str, int | None], book: Book) -> list[str]:
    lines = []
    for path, level in changes.items():
        user = path.removeprefix("users/")
        what = named(user, None, book) if user != path else path
        key = "level.unset" if level is None else "level.set"
        lines.append(book.written(key, {"what": what, "level": level}))
    return lines
