"""Which servers may take part in the rooms of a forum, with what the bridge itself has made of the lists."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bridge.ledger import acts
from bridge.ledger.store import Store
from bridge.model.servers import ACL, entries
from bridge.model.situation import BY_SERVERS, ActView, RoomServers, RoomView

LIMIT = 200
"""How many changes of lists are looked back at."""

TOLD = 200
KINDS = ("forum", "group")
"""Kinds of rooms whose lists follow the policy."""


def of_rooms(store: Store, forum: str, views: Sequence[RoomView]) -> dict[str, RoomServers]:
    """The lists of rooms: three statements, however many rooms there are."""
    kinds = {view.room_id: view.kind for view in views if view.kind in KINDS}
    if not kinds:
        return {}
    marks = ",".join("?" * len(kinds))
    rows = store.all(
        f"SELECT room, content FROM room_state WHERE room IN ({marks}) AND type = ? AND state_key = ''",
        (*kinds, ACL),
    )
    written = {row[0]: msgspec.json.decode(bytes(row[1])) for row in rows}
    done = [act for act in acts.past(store, forum, "servers", LIMIT) if act.fact.rule == BY_SERVERS]
    told = frozenset(
        row[0]
        for row in store.all(
            "SELECT about FROM asked WHERE forum = ? AND what = 'servers' ORDER BY at DESC LIMIT ?", (forum, TOLD)
        )
    )
    return {
        room: _view(kind, written.get(room), [act for act in done if act.fact.room == room], told)
        for room, kind in kinds.items()
    }


def _view(kind: str, content: object, done: Sequence[ActView], told: frozenset[str]) -> RoomServers:
    """A list with what the rule did to it, newest first."""
    rule = acts.changed(done)
    read = content if isinstance(content, dict) else None
    return RoomServers(
        kind=kind,
        listed=entries(read),
        written=read is not None,
        given=rule.given,
        pending=rule.pending,
        decided=rule.decided,
        told=told,
    )
