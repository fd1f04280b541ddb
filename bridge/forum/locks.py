"""Locking a room: only those who lead the forum may write there, until a person opens it or the time is over.

A lock raises levels and nothing else: the join rule stays, and nobody is removed. Opening puts back exactly what
the lock found, but for what somebody changed on purpose meanwhile. All of it is in the record, so that a bridge
that was started anew can do it as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import replace

from bridge.forum import arguments as a
from bridge.forum.acts import Hand, Series, ends
from bridge.forum.answers import Handler
from bridge.forum.book import Book
from bridge.forum.command import Command, reply
from bridge.forum.item import Taken
from bridge.forum.staging import Refusal
from bridge.model.effects import Lane, Line, Say, Value
from bridge.model.levels import PowerLevels
from bridge.model.situation import ActView, MemberView, Outcome, RoomLevels, Situation
from bridge.policy.roster import Standing

USUAL = 50
"""The level that a lock asks of whoever writes, as Matrix clients give it to moderators."""

WRITING = (
    "m.room.message",
    "m.room.encrypted",
    "m.reaction",
    "m.sticker",
    "m.poll.start",
    "m.poll.response",
    "m.poll.end",
    "org.matrix.msc3381.poll.start",
    "org.matrix.msc3381.poll.response",
    "org.matrix.msc3381.poll.end",
)
"""Kinds of events for which a room may have a level of its own that would let them past a lock."""

LOCKABLE = ("forum", "group")


def lock(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Lock the room where it is said, or the forum's."""
    room = _room(taken, situation, book)
    found = situation.levels.get(room)
    if found is None:
        return "lock.unread", {}
    if found.locks:
        return _locked_already(found.locks[0], book)
    until = command[a.UNTIL]
    if until.past and until.at is not None:
        return "lock.over", {"at": book.iso(until.at), "word": f"!{command.word}"}
    hand = Hand(
        by=standing.person.id,
        rule="command",
        series=Series(situation, book),
        book=book,
        now=now,
        cause=taken.event.event_id,
    )
    # A lock by hand goes before the floor of a meeting: that is given back first, so that opening finds the room.
    outcome, free = given_back(found, hand)
    changes = locking(free, situation.members.get(room, ()), book, now)
    if changes is None:
        return "lock.no_power", {}
    locked = close(room, changes, hand, book, until=until.at, why=command[a.MAYBE_REASON])
    number = outcome_number(locked)
    outcome.merge(locked)
    if situation.room.room_id != room:
        outcome.merge(reply(taken, "lock.done", {"number": number}))
    return outcome


def unlock(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome | Refusal:
    """Open the room where it is said, or the forum's."""
    room = _room(taken, situation, book)
    found = situation.levels.get(room)
    if found is None or not found.locks:
        return "lock.none", {}
    series = Series(situation, book)
    outcome = Outcome()
    for one in found.locks:
        hand = Hand(
            by=standing.person.id, rule="command", series=series, book=book, now=now, cause=taken.event.event_id
        )
        outcome.merge(hand.restore("unlock", one, why=command[a.MAYBE_REASON]))
        outcome.timers += ends(one.fact.number, None)
    outcome.effects.append(_opened(room, f"unlock:{taken.event.event_id}"))
    if situation.room.room_id != room:
        outcome.merge(reply(taken, "lock.lifted"))
    return outcome


def ended(act: ActView, hand: Hand, situation: Situation, book: Book) -> Outcome:
    """The time of a lock is over."""
    outcome = hand.restore("unlock", act, why="")
    outcome.effects.append(_opened(act.fact.room, f"unlock:{act.fact.number}"))
    return outcome


def close(
    room: str, changes: Mapping[str, int | None], hand: Hand, book: Book, *, until: int | None, why: str
) -> Outcome:
    """Lock a room, and say so there: until when, why, and how an emergency gets through."""
    outcome = hand.levels("lock", room, changes, why=why, until=until)
    number = outcome_number(outcome)
    if until is not None:
        outcome.timers += ends(number, until)
    values: dict[str, Value] = {"roles": roles_that_write(book)}
    lines = [Line("lock.why", {"why": why})] if why else []
    lines.append(Line("lock.emergency", {"hashtag": book.policy.emergencies.hashtag}))
    outcome.effects.append(
        Say(
            room=room,
            key="lock.closed" if until is None else "lock.closed_until",
            values=values if until is None else {**values, "until": book.iso(until)},
            lines=tuple(lines),
            ref=f"{number}.lock",
            lane=Lane.SAFETY,
        )
    )
    return outcome


FLOORS = {"floor": "floor_open", "speak": "speak_end"}
"""What belongs to the closed floor of a meeting, and what takes each of it back."""


def given_back(room: RoomLevels, hand: Hand) -> tuple[Outcome, RoomLevels]:
    """The closed floor of a meeting is taken back, who speaks first; and the levels as they are after that."""
    outcome = Outcome()
    levels = room.levels
    for act in sorted(room.floors, key=lambda one: one.fact.verb != "speak"):
        outcome.merge(hand.restore(FLOORS[act.fact.verb], act, why=""))
        levels = put_back(levels, act)
    return outcome, replace(room, levels=levels, floors=())


def put_back(levels: PowerLevels, act: ActView) -> PowerLevels:
    """Levels without what an act set, as far as it still stands there."""
    users, events, whole = dict(levels.users), dict(levels.events), levels
    for path, was in act.before.items():
        group, _, key = path.partition("/")
        ours = act.fact.changes.get(path)
        inner = {"users": users, "events": events}.get(group)
        if inner is not None:
            if inner.get(key) == ours:
                inner.pop(key, None)
                if was is not None:
                    inner[key] = was
        elif getattr(levels, path, None) == ours:
            default = 50 if path in ("ban", "kick", "redact", "state_default") else 0
            whole = replace(whole, **{path: default if was is None else was})
    return replace(whole, users=users, events=events)


def outcome_number(outcome: Outcome) -> str:
    """The number of the act that an outcome begins with."""
    return str(getattr(outcome.facts[0], "number", ""))


def roles_that_write(book: Book) -> list[str]:
    """The roles that may write in a locked room, as people see them."""
    return [book.role_names.get(role, role) for role in book.policy.levels.while_locked]


def locking(
    room: RoomLevels,
    members: Iterable[MemberView],
    book: Book,
    now: int,
    *,
    door: bool = False,
    also: Collection[str] = (),
) -> dict[str, int | None] | None:
    """The levels that lock a room; None where the bot may not set them. ``door``: nor may others invite; ``also``
    are accounts that write on besides those of the roles.

    A level that is high enough already stays, and so does a muted account. Whoever holds more than the bot can give
    or take away writes on: that is for people to settle.
    """
    levels = room.levels
    if not levels.may_send(book.bot, "m.room.power_levels", state=True):
        return None
    speakers, others = [], [levels.users_default]
    for member in members:
        if member.membership not in ("join", "invite") or member.user == book.bot or member.user in levels.creators:
            continue
        if member.user in also or _speaks(member.user, book, now):
            speakers.append(member.user)
        else:
            others.append(levels.of(member.user))
    wanted = min(max(USUAL, max(others) + 1), levels.of(book.bot) - 1)
    if wanted <= levels.users_default:
        return None
    raised: dict[str, int | None] = {}
    if levels.events_default < wanted:
        raised["events_default"] = wanted
    for kind in WRITING:
        if levels.events.get(kind, wanted) < wanted:
            raised[f"events/{kind}"] = wanted
    if door and levels.invite < wanted:
        raised["invite"] = wanted
    for user in speakers:
        untouched = user in room.muted or levels.of(user) < 0
        if levels.of(user) < wanted and not untouched and levels.may_set_level(book.bot, user, wanted):
            raised[f"users/{user}"] = wanted
    return raised


def _speaks(user: str, book: Book, now: int) -> bool:
    standing = book.standing(user, now)
    return standing is not None and bool(set(book.policy.levels.while_locked) & standing.roles)


def _room(taken: Taken, situation: Situation, book: Book) -> str:
    return taken.room if situation.room.kind in LOCKABLE else book.rooms.get("forum", "")


def _locked_already(lock: ActView, book: Book) -> Refusal:
    if lock.fact.until is None:
        return "lock.already", {"number": lock.fact.number}
    return "lock.already_until", {"number": lock.fact.number, "until": book.iso(lock.fact.until)}


def _opened(room: str, ref: str) -> Say:
    return Say(room=room, key="lock.opened", ref=ref, lane=Lane.SAFETY)


HANDLERS: Mapping[str, Handler] = {"lock": lock, "unlock": unlock}
