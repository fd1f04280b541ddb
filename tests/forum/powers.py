"""Levels and servers of a room at the desk: how it has them, and what becomes of what the bot wants changed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bridge.journey.deeds import level_at, merged
from bridge.ledger import outbox, rooms
from bridge.ledger.acts import act_view
from bridge.ledger.record import record
from bridge.model import facts as f
from bridge.model.effects import SetLevels, SetServers
from bridge.model.event import Json
from bridge.model.servers import ACL, changed, entry
from bridge.model.situation import Outcome
from tests.forum.desk import FORUM, Desk, user


def by_hand(desk: Desk, person: str, content: Json, room: str = FORUM) -> None:
    """A person changes levels in the room's settings."""
    sender = person if person.startswith("@") else user(person)
    event = desk.state(room, "m.room.power_levels", "", content, sender=sender)
    desk.put(msgspec.structs.replace(event, prev_content=levels(desk, room)))


def set_levels(
    desk: Desk, content: Json, room: str = FORUM, *, version: str = "11", creators: Sequence[str] = ()
) -> None:
    """Levels as they are found, without a word about it. The bot made the room, with ``creators`` beside it."""
    create: Json = {"room_version": version, **({"additional_creators": list(creators)} if creators else {})}
    desk.store.begin()
    rooms.apply_state(
        desk.store,
        [
            desk.state(room, "m.room.create", "", create),
            desk.state(room, "m.room.power_levels", "", content),
        ],
    )
    desk.store.commit()


def set_servers(desk: Desk, person: str, content: Json, room: str = FORUM) -> None:
    """A person changes in the room's settings which servers may take part."""
    event = desk.state(room, ACL, "", content, sender=user(person))
    desk.put(msgspec.structs.replace(event, prev_content=rooms.state(desk.store, room, ACL)))


def levels(desk: Desk, room: str = FORUM) -> Json:
    return rooms.state(desk.store, room, "m.room.power_levels") or {}


def carry_out(desk: Desk) -> list[SetLevels | SetServers]:
    """Deliver the changes of levels and servers that wait, as the homeserver would; the echo comes back."""
    done: list[SetLevels | SetServers] = []
    for errand in outbox.waiting(desk.store, desk.clock.now() + 10**9, 1000):
        effect = errand.effect
        if not isinstance(effect, SetLevels | SetServers):
            continue
        is_levels = isinstance(effect, SetLevels)
        kind = "m.room.power_levels" if is_levels else ACL
        content = rooms.state(desk.store, effect.room, kind)
        changes, only_if = dict(effect.changes), dict(effect.only_if)
        if effect.restores:
            act = act_view(desk.store, "uji", effect.restores)
            assert act is not None
            changes = dict(act.before)
            only_if = {path: act.fact.changes[path] for path in changes}
        found = {path: level_at(content or {}, path) if is_levels else entry(content, path) for path in changes}
        ours = {p: v for p, v in changes.items() if p not in only_if or found[p] == only_if[p]}
        after = merged(content or {}, ours) if is_levels else changed(content, ours)
        desk.store.begin()
        outbox.start(desk.store, errand.id, "DESK", desk.clock.now())
        outbox.confirm(desk.store, errand.id, f"$levels{errand.id}")
        desk.store.commit()
        before = {path: found[path] for path in ours}
        note = f.ActDone(number=effect.act, result="done", before=before, at=desk.clock.now())
        desk.store.begin()
        record(desk.store, "uji", Outcome(facts=[note]), now=desk.clock.now(), cause="", letters=frozenset())
        desk.store.commit()
        event = desk.state(effect.room, kind, "", after)
        desk.put(msgspec.structs.replace(event, prev_content=content))
        done.append(effect)
    return done
