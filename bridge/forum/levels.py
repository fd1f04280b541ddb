"""Power levels: recorded with what they were, and shown in the control room when a person changed them by hand.

They give nobody authority in the forum, which comes from the roster; but whoever holds the bot's level can shut it
out, and a bot that lost its own can do nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.forum import staging
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.sweep import GOVERNED
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Line, Say
from bridge.model.situation import Needs, Outcome, Situation

RECORDED, SHOWN = 200, 10
"""How many changed keys of one event are recorded, and how many are shown."""

LONGEST_KEY = 300
"""Of a key, a user id among them (at most 255 bytes), no more is recorded."""


def needs(taken: Taken, book: Book) -> Needs:
    """Whether the forum is a living one, whose card shows what the bot may not do."""
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
    control = book.rooms.get("control")
    # Without what was before, everything would look changed. In `watch` the card alone speaks.
    by_hand = event.sender != book.bot and event.prev_content is not None
    governed = situation.room.kind in GOVERNED and situation.stage != "watch"
    if control is None or not by_hand or not governed:
        return outcome
    person = book.roster.person_of(event.sender, moment(taken.at))
    shown = [Line("levels.line", {"key": key, "was": was or "–", "now": to or "–"}) for key, was, to in changes]
    outcome.effects.append(
        Say(
            room=control,
            key=f"levels.{situation.room.kind}",
            values={"name": person.name if person else event.sender, "count": len(changes)},
            lines=tuple(shown[:SHOWN]),
            ref=f"levels:{event.event_id}",
        )
    )
    return outcome


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
