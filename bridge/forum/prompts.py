"""Prompts: what a command lacks is asked for with a numbered list, answered by a tap or by the number.

Only whoever gave the command can answer, once, within ten minutes. Then the command goes on as if it had been typed
whole. Reactions are clear text, so that a command which wants typed words takes the number in words only.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from bridge.forum.command import Command, Missing, Reading
from bridge.forum.item import Taken
from bridge.forum.spoken import read
from bridge.model import facts as f
from bridge.model.effects import Line, React, Say
from bridge.model.event import Event
from bridge.model.situation import Needs, Outcome

OPEN_MS = 10 * 60 * 1000
MOST = 9
"""Choices of a prompt: as many as there are digits."""

TYPED = frozenset({"remove", "ban", "replace"})
"""Commands for which a tap is not enough."""

LONGEST = 2000
"""Characters of a command that are read."""

_DIGIT = re.compile("\\s*([1-9])\ufe0f?\u20e3?\\s*")


def line_of(event: Event) -> str:
    """A command as it is read: on one line."""
    return " ".join(read(event).text[:LONGEST].split())


def digit(text: str) -> int:
    """The number that a text or the key of a reaction is (2, 2\ufe0f\u20e3); 0 for anything else."""
    found = _DIGIT.fullmatch(text)
    return int(found[1]) if found else 0


def key_of(number: int) -> str:
    """The reaction of a number."""
    return f"{number}\ufe0f\u20e3"


# Asking


def more_needs(wanted: Needs, command: Command, begins: str, taken: Taken) -> Needs:
    """What the choices rest on, where a command does not say what it is about."""
    spoken = read(taken.event)
    if begins == "user" and not (command.rest.startswith("@") or spoken.mentions or spoken.answers):
        return replace(wanted, lately=True, waiting=command.name in ("keep", "invite"))
    if begins == "number" and command.number is None and not spoken.answers:
        if command.name in ("undo", "why"):
            return replace(wanted, newest_acts=True)
        return wanted if command.name in ("approve", "cancel") else replace(wanted, lists=True)
    return wanted


def offer(missing: Missing, reading: Reading) -> Outcome | None:
    """Ask for what a command lacks; None where nothing can be offered.

    The text that says what is missing stands above the choices, since it also says how to type the command whole.
    """
    event, command = reading.taken.event, reading.command
    line, rest = line_of(event), reading.rest
    if not missing.offers or reading.situation.room.kind == "audit" or not line.endswith(rest):
        return None
    heads = tuple(" ".join((*reading.known, choice)) for choice in missing.offers)[:MOST]
    tapped = command.name not in TYPED
    lines = [
        Line("prompt.choice", {"number": number, "what": what})
        for number, what in enumerate([*missing.offers.values()][:MOST], 1)
    ]
    lines.append(Line("prompt.tap" if tapped else "prompt.type"))
    under = f"prompt:{event.event_id}"
    key, values = missing.refusal
    asking = Say(
        room=event.room_id,
        key=key,
        values=values,
        lines=tuple(lines),
        reply_to=event.event_id,
        thread=read(event).thread,
        ref=under,
    )
    fact = f.Prompted(
        event=event.event_id,
        room=event.room_id,
        person=reading.standing.person.id,
        heads=heads,
        words=line.find(command.word) + len(command.word),
        tail=len(rest),
        state="open",
        until=reading.now + OPEN_MS,
        at=reading.now,
    )
    chips = [
        React(room=event.room_id, to=under, key=key_of(number), ref=f"{under}:{number}")
        for number in range(1, len(heads) + 1)
    ]
    return Outcome(facts=[fact], effects=[asking, *(chips if tapped else [])])
