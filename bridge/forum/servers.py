"""The list of servers that may take part in a room (`m.room.server_acl`), kept as the policy has it.

An entry that is still as the bridge made it, or that nobody ever made, follows the policy; any other was set by
hand: that is shown in the control room, and put right only where the policy says so. No list is written that would
shut out the bot's own server, that of somebody listed, or that of somebody who is in the room: whoever is to go is
removed first, by people or with a notice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bridge.forum import rooms
from bridge.forum.acts import Hand, Series, reason
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.telling import person_named, room_named, servers_told
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Line, Say, Value
from bridge.model.servers import ACL, OPEN, allows, entries, server_of
from bridge.model.situation import BY_SERVERS, Needs, Outcome, RoomServers, Situation
from bridge.policy.servers import Servers

BY = f"rule:{BY_SERVERS}"
SHOWN = 10
"""How many entries or servers one message shows."""

LONGEST = 200
"""Of an entry no more is remembered."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs between a list and the policy, by entry: what it is to become (None: not listed)."""

    follow: dict[str, int | None] = field(default_factory=dict)
    """Where nobody but the bridge had a hand in it."""
    drift: dict[str, int | None] = field(default_factory=dict)


def compare(room: RoomServers, policy: Servers) -> Compared:
    """Compare a room's list with the policy, which may say nothing about servers any more."""
    found = Compared()
    wanted: Mapping[str, int] = policy.entries if policy.restricts else OPEN
    for path in sorted(room.listed.keys() | wanted.keys()):
        now, to = room.listed.get(path), wanted.get(path)
        taken_back = path in room.decided and room.decided[path] == now
        if now == to or path in room.pending or taken_back:
            continue
        ours = room.given[path] == now if path in room.given else policy.restricts and _untouched(room, now)
        if ours:
            found.follow[path] = to
        elif policy.restricts:
            found.drift[path] = to
    return found


def _untouched(room: RoomServers, now: int | None) -> bool:
    """Whether nobody made an entry what it is: there is no list at all, or it is not in it."""
    return not room.written or now is None


def needs(taken: Taken, book: Book) -> Needs:
    """Who is there, and what the list is."""
    return Needs(members=True)


def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """A list was changed: recorded, and shown with its consequences when a person did it."""
    event = taken.event
    outcome = rooms.changed(taken, situation, book, now)
    room, control = situation.servers.get(event.room_id), book.rooms.get("control")
    before, after = entries(event.prev_content), entries(event.content)
    made = {
        path: after.get(path)
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    }
    if event.sender == book.bot or room is None or control is None or situation.stage == "watch" or not made:
        return outcome
    person = book.roster.person_of(event.sender, moment(taken.at))
    found = compare(room, book.policy.servers)
    series = Series(situation, book)
    if situation.stage == "enforce" and event.room_id in situation.adoptions:
        outcome.merge(_repair(event.room_id, found, situation, book, now, series=series, cause=taken.key))
    repaired = any(isinstance(fact, f.Act) for fact in outcome.facts)
    outcome.facts += [
        f.Asked(what="servers", about=_about(event.room_id, path, room), at=now) for path in found.drift
    ]
    outcome.effects.append(
        Say(
            room=control,
            key="servers.by_hand",
            values={
                "name": person_named(person.id, book) if person else event.sender,
                "room": room_named(event.room_id, book),
                "count": len(made),
            },
            lines=(
                *(Line("servers.now", {"entry": one}) for one in _entries(made, book)),
                *_shut_out_lines(room.listed, event.room_id, situation, book, now),
                *(Line("servers.drift", {"entry": one}) for one in _entries(found.drift, book)),
                *([Line("servers.keep_repair")] if repaired else []),
            ),
            ref=f"servers:{event.event_id}",
        )
    )
    return outcome


def keep(
    situation: Situation, book: Book, now: int, *, series: Series, cause: str, adopted: Collection[str]
) -> Outcome:
    """Every room of the forum in `enforce`: lists follow the policy, and what people set is told once."""
    outcome = Outcome()
    for name, room in situation.servers.items():
        if name not in adopted:
            continue
        policy = book.policy_in(name).servers
        found = compare(room, policy)
        fresh = {path: to for path, to in found.drift.items() if _about(name, path, room) not in room.told}
        outcome.merge(_told_of_drift(name, fresh, room, book, now, cause=cause))
        outcome.merge(_repair(name, found, situation, book, now, series=series, cause=cause))
    return outcome


def _repair(
    name: str, found: Compared, situation: Situation, book: Book, now: int, *, series: Series, cause: str
) -> Outcome:
    """Write what follows the policy and, where it says so, what people changed; or say why that cannot be."""
    room, control = situation.servers[name], book.rooms.get("control")
    changes = dict(found.follow)
    if book.policy_in(name).servers.keep == "repair":
        changes |= found.drift
    if not changes or control is None:
        # Without a control room nobody would hear of it.
        return Outcome()
    after = {path: value for path, value in {**room.listed, **changes}.items() if value is not None}
    values: dict[str, Value] = {"room": room_named(name, book)}
    if shut_out := _shut_out(after, name, situation, book, now):
        why = ", ".join(shut_out[:SHOWN])
        say = Say(
            room=control,
            key="servers.refused",
            values={**values, "why": why},
            ref=f"servers.refused:{name}:{cause}",
        )
        return _not_written(why, say, room, now)
    levels = situation.levels.get(name)
    if levels is not None and not levels.levels.may_send(book.bot, ACL, state=True):
        values |= {"level": levels.levels.needed(ACL, state=True), "bot": book.bot}
        say = Say(room=control, key="servers.no_power", values=values, ref=f"servers.no_power:{name}:{cause}")
        return _not_written(str(values["level"]), say, room, now)
    hand = Hand(by=BY, rule=BY_SERVERS, series=series, book=book, now=now, cause=cause)
    only_if = {path: room.listed.get(path) for path in changes}
    return hand.servers(name, changes, why=reason("servers", book), only_if=only_if)


def _shut_out(after: Mapping[str, int], name: str, situation: Situation, book: Book, now: int) -> list[str]:
    """Servers that a list keeps out and on which the bot, somebody listed or somebody in the room lives."""
    users = {book.bot, *(user for due in book.roster.persons_due(moment(now)) for user in due.user_ids)}
    users |= {member.user for member in situation.members.get(name, ()) if member.membership == "join"}
    return sorted(server for server in {server_of(user) for user in users} if not allows(after, server))


def _shut_out_lines(listed: Mapping[str, int], name: str, situation: Situation, book: Book, now: int) -> list[Line]:
    found = _shut_out(listed, name, situation, book, now)
    return [Line("servers.shuts_out", {"servers": [*found[:SHOWN]]})] if found else []


def _not_written(why: str, say: Say, room: RoomServers, now: int) -> Outcome:
    """The control room hears, once, why a list is not written."""
    about = f"{say.key} {say.values['room']} {why}"[:LONGEST]
    if about in room.told:
        return Outcome()
    return Outcome(facts=[f.Asked(what="servers", about=about, at=now)], effects=[say])


def _told_of_drift(
    name: str, drift: Mapping[str, int | None], room: RoomServers, book: Book, now: int, *, cause: str
) -> Outcome:
    control = book.rooms.get("control")
    if not drift or control is None:
        return Outcome()
    say = Say(
        room=control,
        key="servers.drifted",
        values={"room": room_named(name, book), "count": len(drift)},
        lines=(
            *(Line("servers.drift", {"entry": one}) for one in _entries(drift, book)),
            Line(f"servers.keep_{book.policy_in(name).servers.keep}"),
        ),
        ref=f"servers:{name}:{cause}",
    )
    told = [f.Asked(what="servers", about=_about(name, path, room), at=now) for path in drift]
    return Outcome(facts=[*told], effects=[say])


def _about(name: str, path: str, room: RoomServers) -> str:
    return f"{name} {path[:LONGEST]} {room.listed.get(path, '-')}"


def _entries(changes: Mapping[str, int | None], book: Book) -> list[str]:
    return servers_told(dict(list(changes.items())[:SHOWN]), book)
