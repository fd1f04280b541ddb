"""What the rules on messages remember: how fast somebody writes, and which steps were taken already.

For a message of somebody who keeps within the limits this is one statement, and a fixed number of them otherwise;
each is bounded and goes by an index.
"""

from __future__ import annotations

import msgspec

from bridge.ledger.store import Store
from bridge.model.facts import MediaPart
from bridge.model.situation import ConductLook, ConductView, Paced, Seen, Step, Subject

PACE_LIMIT = 200
STEP_LIMIT = 20
SEEN_LIMIT = 500

_TABLES = {"messages": "message", "edits": "edit"}
"""What is counted, by the pace that is asked for."""

_parts = msgspec.json.Decoder(tuple[MediaPart, ...]).decode


def view(store: Store, forum: str, room: str, look: ConductLook, subject: Subject | None) -> ConductView:
    """Answer a rule on messages. ``subject`` is what the message answers or points at."""
    author = subject.person or subject.sender if subject is not None else ""
    person = look.person or author
    rules = dict.fromkeys(look.rules)
    fast = bool(look.pace) and _is_fast(store, forum, room, look)
    if fast:
        rules[look.pace_rule] = None
    if not rules or not person:
        return ConductView(person=person)
    steps = {rule: _steps(store, forum, person, rule, look.remembered) for rule in rules}
    last = steps[look.pace_rule][0].sent_at if fast and steps[look.pace_rule] else None
    if last is not None and look.settled_after is not None and last > look.settled_after:
        return ConductView(person=person)
    return ConductView(
        person=person,
        pace=_pace(store, forum, room, look, last) if fast else (),
        steps=steps,
        muted=any(_muted(store, forum, room, user) for user in look.senders),
        proposed=_proposed(store, forum, room, look.senders),
        moved=bool(look.moved) and _moved(store, forum, look.moved),
    )


def _is_fast(store: Store, forum: str, room: str, look: ConductLook) -> bool:
    """Whether there were as many as the limit allows, whatever they were; read from the index alone."""
    seen = 0
    for sender in look.senders:
        wanted = look.limit - 1 - seen
        if wanted <= 0:
            break
        seen += store.count(
            f"SELECT COUNT(*) FROM (SELECT 1 FROM {_TABLES[look.pace]} WHERE forum = ? AND room = ? AND sender = ?"
            " AND sent_at >= ? LIMIT ?) AS lately",
            (forum, room, sender, look.since, wanted),
        )
    return seen + 1 >= look.limit


def _pace(store: Store, forum: str, room: str, look: ConductLook, last: int | None) -> tuple[Paced, ...]:
    """What came within the time, and after the last step: what a step was taken for counts no more."""
    since = look.since if last is None else max(look.since, last + 1)
    found: list[Paced] = []
    for sender in look.senders:
        whose = (forum, room, sender, since, PACE_LIMIT)
        if look.pace == "edits":
            rows = store.all(
                "SELECT sent_at FROM edit WHERE forum = ? AND room = ? AND sender = ? AND sent_at >= ?"
                " ORDER BY sent_at DESC LIMIT ?",
                whose,
            )
            found += [Paced(row[0]) for row in rows]
        else:
            rows = store.all(
                "SELECT sent_at, label, media FROM message WHERE forum = ? AND room = ? AND sender = ?"
                " AND sent_at >= ? ORDER BY sent_at DESC LIMIT ?",
                whose,
            )
            found += [Paced(row[0], row[1], _kinds(row[2])) for row in rows]
    found.sort(key=lambda one: -one.sent_at)
    return tuple(found[:PACE_LIMIT])


def _kinds(media: bytes | None) -> tuple[str, ...]:
    return tuple(part.kind for part in _parts(bytes(media))) if media is not None else ()


def _steps(store: Store, forum: str, person: str, rule: str, since: int) -> tuple[Step, ...]:
    rows = store.all(
        "SELECT c.step, c.sent_at, c.event FROM conduct c"
        " LEFT JOIN act a ON a.forum = c.forum AND a.number = c.act"
        " WHERE c.forum = ? AND c.person = ? AND c.rule = ? AND c.counts = 1 AND c.sent_at >= ?"
        " AND COALESCE(a.undone, '') = '' ORDER BY c.sent_at DESC LIMIT ?",
        (forum, person, rule, since, STEP_LIMIT),
    )
    return tuple(Step(*row) for row in rows)


def _muted(store: Store, forum: str, room: str, user: str) -> bool:
    row = store.one(
        "SELECT 1 FROM act WHERE forum = ? AND standing = 1 AND verb = 'mute' AND user_id = ? AND room = ? LIMIT 1",
        (forum, user, room),
    )
    return row is not None


def _proposed(store: Store, forum: str, room: str, users: tuple[str, ...]) -> bool:
    rows = store.all(
        "SELECT users FROM proposal WHERE forum = ? AND state = 'open' AND room = ? AND what = 'remove' LIMIT 200",
        (forum, room),
    )
    return any(user in row[0].split("\n") for row in rows for user in users)


def _moved(store: Store, forum: str, event: str) -> bool:
    row = store.one("SELECT 1 FROM conduct WHERE forum = ? AND event = ? AND rule = 'off_topic'", (forum, event))
    return row is not None


def seen(store: Store, forum: str, since: int) -> tuple[Seen, ...]:
    """What met a rule since a time, oldest first, at most 500."""
    rows = store.all(
        "SELECT event, room, person, about, step, sent_at, at FROM conduct WHERE forum = ? AND at >= ?"
        " ORDER BY at LIMIT ?",
        (forum, since, SEEN_LIMIT),
    )
    return tuple(
        Seen(event=row[0], room=row[1], person=row[2], about=row[3], step=row[4], sent_at=row[5], at=row[6])
        for row in rows
    )
