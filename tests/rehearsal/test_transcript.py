"""What a person with a client saw, in order, as it stands now."""

from __future__ import annotations

from itertools import count

import pytest

from bridge.model.event import Event, Json
from bridge.rehearsal import messages
from bridge.rehearsal.players import Player
from bridge.rehearsal.transcript import Happening, Transcript

ANI = Player(localpart="ani", name="Ani", title="Kepala DLH", short="DLH", role="head", unit="dlh")
BOT = "@tudang:localhost"
_number = count(1)


def event(sender: str, content: Json, *, kind: str = "m.room.message", **more: str) -> Event:
    """An event of the forum room with an id of its own."""
    return Event(
        event_id=f"${next(_number)}",
        room_id="!forum",
        sender=sender,
        type=kind,
        content=content,
        origin_ts=0,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def seen() -> Transcript:
    """An empty transcript of one room."""
    return Transcript(
        {"forum": "!forum"},
        {"@ani:localhost": ANI}.get,
        BOT,
        shown=lambda real: real,
        clock=lambda shown: "07.02",
    )


def test_a_line_says_when_who_and_what(seen: Transcript) -> None:
    """Name and office of the roster, and what a message answers."""
    first = event("@ani:localhost", messages.text("Siap"))
    assert str(seen.take(first)) == "07.02  Ani · Kepala DLH  Siap"
    answer = event(BOT, messages.related(messages.text("Terima kasih"), reply_to=first.event_id))
    assert str(seen.take(answer)) == "07.02  🤖 Tudang  ↳ “Siap” Terima kasih"


def test_a_card_is_shown_as_it_stands_now(seen: Transcript) -> None:
    """An edit by its author replaces the text and is told with what changed; one by another is not."""
    card = event(BOT, messages.text("📌 P-1 · Wakil Bupati\n0 siap"))
    seen.take(card)
    line = seen.take(event(BOT, messages.edit(card.event_id, messages.text("📌 P-1 · Wakil Bupati\n8 siap"))))
    assert str(line) == "07.02  🤖 Tudang  ✎ 📌 P-1: 8 siap"
    assert seen.take(event("@ani:localhost", messages.edit(card.event_id, messages.text("99 siap")))) is None
    (entry,) = seen.entries("forum")
    assert entry.text == "📌 P-1 · Wakil Bupati\n8 siap"
    assert [item.text for item in seen.items if isinstance(item, Happening)] == ["✎ 📌 P-1: 8 siap"]


def test_a_reaction_that_is_taken_back_no_longer_stands(seen: Transcript) -> None:
    """Reactions are counted by key, and a redaction undoes one."""
    message = event("@ani:localhost", messages.text("Siap"))
    tap = event(BOT, messages.reaction(message.event_id, "📋 L-1"), kind="m.reaction")
    seen.take(message)
    seen.take(tap)
    entry = seen.entry(message.event_id)
    assert entry is not None
    assert entry.reactions == {"📋 L-1": ["Tudang"]}
    seen.take(event(BOT, {}, kind="m.room.redaction", redacts=tap.event_id))
    assert entry.reactions == {}


def test_only_outsiders_coming_and_going_is_told(seen: Transcript) -> None:
    """Forty colleagues joining say nothing; a stranger who is taken out again does, with the reason."""
    joins = event("@ani:localhost", {"membership": "join"}, kind="m.room.member", state_key="@ani:localhost")
    assert seen.take(joins) is None
    gone = {"membership": "leave", "reason": "Mohon maaf"}
    line = seen.take(event(BOT, gone, kind="m.room.member", state_key="@x:localhost"))
    assert str(line) == "07.02  🤖 Tudang  removes @x – “Mohon maaf”"
