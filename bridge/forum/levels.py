"""Power levels: recorded with what they were, and shown in the control room when a person changed them by hand.

They give nobody authority in the forum, which comes from the roster; but whoever holds the bot's level can shut it
out, and a bot that lost its own can do nothing: then the control room hears what is missing, and that it is back.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from bridge.forum import permissions, ranks, staging
from bridge.forum.acts import Series
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.sweep import GOVERNED
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Lane, Line, Say
from bridge.model.event import Event, Json
from bridge.model.levels import PowerLevels, power_levels
from bridge.model.situation import Needs, Outcome, RoomLevels, Situation

RECORDED, SHOWN = 200, 10
"""How many changed keys of one event are recorded, and how many are shown."""

LONGEST_KEY = 300
"""Of a key, a user id among them (at most 255 bytes), no more is recorded."""

CLOSING = frozenset({"events_default", "invite"})
"""What a homeserver raises in a room that was replaced by another, so that nobody goes on talking there."""

Changes = tuple[tuple[str, str, str], ...]


def needs(taken: Taken, book: Book) -> Needs:
    """Who is there, what the levels are, and whether the forum is a living one."""
    return Needs(members=True)


def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Power levels changed: which keys, from what to what, by whom."""
    event = taken.event
    after, before = _flat(event.content), _flat(event.prev_content or {})
    changes = tuple(
        (key, before.get(key, ""), after.get(key, ""))
        for key in sorted(before.keys() | after.keys())
        if before.get(key, "") != after.get(key, "")
    )
    if not changes:
        return Outcome()
    outcome = Outcome(
        facts=[
            f.LevelsSeen(
                room=event.room_id, by=event.sender, event=event.event_id, changes=changes[:RECORDED], at=now
            )
        ],
        effects=[*staging.living_card(situation, book)],
    )
    # In `watch` the card alone speaks.
    if situation.room.kind not in (*GOVERNED, "group") or situation.stage == "watch":
        return outcome
    room = situation.levels.get(event.room_id)
    if room is not None:
        outcome.merge(_allowed(event, room, situation, book))
    series = Series(situation, book)
    # Without what was before, everything would look changed.
    closing = situation.room.closed and {key for key, _, _ in changes} <= CLOSING
    if event.sender != book.bot and event.prev_content is not None and not closing:
        outcome.merge(_by_hand(taken, changes, situation, book, now, series))
    if situation.stage == "enforce":
        outcome.merge(ranks.follow_in(event.room_id, situation, book, now, series=series, cause=taken.key))
    return outcome


def _by_hand(taken: Taken, changes: Changes, situation: Situation, book: Book, now: int, series: Series) -> Outcome:
    """A person changed levels: shown, with whose level is no longer their role's, and put right if it is to be."""
    event, control = taken.event, book.rooms.get("control")
    if control is None:
        return Outcome()
    person = book.roster.person_of(event.sender, moment(taken.at))
    shown = [Line("levels.line", {"key": key, "was": was or "–", "now": to or "–"}) for key, was, to in changes]
    outcome = Outcome()
    drift: list[ranks.Drift] = []
    room = situation.levels.get(event.room_id)
    if room is not None and room.kind in ranks.KEPT:
        users = {key.removeprefix("users/") for key, _, _ in changes if key.startswith("users/")}
        members = situation.members.get(event.room_id, ())
        drift = list(ranks.compare(room, members, book, now, only=users).drift)
        outcome.facts += ranks.noted(event.room_id, drift, now)
        if situation.stage == "enforce":
            series = Series(situation, book)
            outcome.merge(
                ranks.repair(event.room_id, room, drift, series=series, book=book, now=now, cause=taken.key)
            )
    repaired = any(isinstance(fact, f.Act) for fact in outcome.facts)
    outcome.effects.append(
        Say(
            room=control,
            key=f"levels.{situation.room.kind}",
            values={"name": person.name if person else event.sender, "count": len(changes)},
            lines=(
                *shown[:SHOWN],
                *ranks.lines(drift, book, now),
                *([Line("levels.keep_repair")] if repaired else []),
            ),
            ref=f"levels:{event.event_id}",
        )
    )
    return outcome


def _allowed(event: Event, room: RoomLevels, situation: Situation, book: Book) -> Outcome:
    """The bot lost a permission that its work in a room needs, or has all of them again: told at the change."""
    control = book.rooms.get("control")
    if control is None:
        return Outcome()
    kind = situation.room.kind
    lacks = permissions.missing(kind, _read(event.content, room), book.bot)
    lacked = (
        permissions.missing(kind, _read(event.prev_content, room), book.bot)
        if event.prev_content is not None
        else {}
    )
    if lacks.keys() - lacked.keys():
        say = Say(
            room=control,
            key=f"permission.lost_{kind}",
            values={"missing": sorted(lacks)},
            lines=(Line("permission.how", {"bot": book.bot, "level": max(lacks.values())}),),
            ref=f"permission:{event.event_id}",
            lane=Lane.SAFETY,
        )
    elif lacked and not lacks:
        say = Say(room=control, key=f"permission.back_{kind}", ref=f"permission:{event.event_id}", lane=Lane.SAFETY)
    else:
        return Outcome()
    return Outcome(effects=[say])


def _read(content: Json | None, room: RoomLevels) -> PowerLevels:
    """Levels as an event has them, in this room, whose creators may stand above all of them."""
    read = power_levels(create=None, create_sender=None, content=content or {})
    return msgspec.structs.replace(read, creators=room.levels.creators)


def _flat(content: Mapping[str, object]) -> dict[str, str]:
    """Keys and values, those of `users`, `events` and the like under `users/...`; what lies deeper is no level."""
    flat: dict[str, str] = {}
    for key, value in content.items():
        if isinstance(value, dict):
            flat |= {f"{key}/{inner}"[:LONGEST_KEY]: _shown(level) for inner, level in value.items()}
        else:
            flat[key[:LONGEST_KEY]] = _shown(value)
    return flat


def _shown(value: object) -> str:
    return type(value).__name__ if isinstance(value, dict | list) else str(value)[:100]
