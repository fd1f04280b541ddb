"""Prompts: what a command lacks is asked for with a numbered list, answered by a tap or by the number.

Only whoever gave the command can answer, once, within ten minutes. Then the command goes on as if it had been typed
whole. Reactions are clear text, so that a command which wants typed words takes the number in words only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec.structs import replace

from bridge.forum.book import Book
from bridge.forum.command import Command
from bridge.forum.item import Taken
from bridge.forum.persons import shown, whom
from bridge.forum.reconcile import PROTECTED
from bridge.forum.spoken import read
from bridge.forum.stages import ORDER
from bridge.model import facts as f
from bridge.model.effects import Line, React, Say, Value
from bridge.model.event import Event
from bridge.model.situation import Needs, Outcome, Situation
from bridge.policy.roster import Standing

OPEN_MS = 10 * 60 * 1000
MOST = 9
"""Choices of a prompt: as many as there are digits."""

LENGTHS = ("1h", "8h", "24h", "3d", "7d")
"""Lengths of time that are offered, as they may be typed in every language."""

TYPED = frozenset({"remove", "ban", "replace"})
"""Commands for which a tap is not enough."""

LONGEST = 2000
"""Characters of a command that are read."""

_DIGIT = re.compile("\\s*([1-9])\ufe0f?\u20e3?\\s*")


def line_of(event: Event) -> str:
    """A command as it is read: on one line."""
    return " ".join(read(event).text[:LONGEST].split())


Choices = Mapping[str, str]
"""What is put after the command's word, to how it is shown."""


def digit(text: str) -> int:
    """The number that a text or the key of a reaction is (2, 2\ufe0f\u20e3); 0 for anything else."""
    found = _DIGIT.fullmatch(text)
    return int(found[1]) if found else 0


def key_of(number: int) -> str:
    """The reaction of a number."""
    return f"{number}\ufe0f\u20e3"


# Asking


def more_needs(wanted: Needs, command: Command, takes: str, taken: Taken) -> Needs:
    """What the choices rest on, where a command does not say what it is about."""
    spoken = read(taken.event)
    if takes == "user" and not (command.rest.startswith("@") or spoken.mentions or spoken.answers):
        return replace(wanted, lately=True, waiting=command.name in ("keep", "invite"))
    if takes == "number" and command.number is None and not spoken.answers:
        if command.name in ("undo", "why"):
            return replace(wanted, newest_acts=True)
        return wanted if command.name in ("approve", "cancel") else replace(wanted, lists=True)
    return wanted


def offer(
    lacks: str,
    values: Mapping[str, Value],
    command: Command,
    standing: Standing,
    taken: Taken,
    situation: Situation,
    book: Book,
    now: int,
) -> Outcome | None:
    """Ask for what a command lacks; None where nothing can be offered.

    ``lacks`` is the text that says so, with its ``values``; it stands above the choices, since it also says how to
    type the command whole.
    """
    rest = command.rest
    if lacks == "mute.how_long":
        member, rest = whom(command, taken, situation, book, now, book.rooms.get("forum", ""))
        choices: Choices = {f"{member.user} {length}": length for length in LENGTHS} if member else {}
    else:
        choices = _choices(lacks, command, standing, situation, book, now)
    if not choices or situation.room.kind not in ("control", "direct", "forum", "group"):
        return None
    event = taken.event
    heads = tuple(choices)[:MOST]
    line = line_of(event)
    tapped = command.name not in TYPED
    lines = [
        Line("prompt.choice", {"number": number, "what": choices[head]}) for number, head in enumerate(heads, 1)
    ]
    lines.append(Line("prompt.tap" if tapped else "prompt.type"))
    under = f"prompt:{event.event_id}"
    asking = Say(
        room=event.room_id,
        key=lacks,
        values={**values},
        lines=tuple(lines),
        reply_to=event.event_id,
        thread=read(event).thread,
        ref=under,
    )
    fact = f.Prompted(
        event=event.event_id,
        room=event.room_id,
        person=standing.person.id,
        heads=heads,
        words=line.find(command.word) + len(command.word),
        tail=len(line) - line.rfind(rest) if rest else 0,
        state="open",
        until=now + OPEN_MS,
        at=now,
    )
    chips = [
        React(room=event.room_id, to=under, key=key_of(number), ref=f"{under}:{number}")
        for number in range(1, len(heads) + 1)
    ]
    return Outcome(facts=[fact], effects=[asking, *(chips if tapped else [])])


def _choices(
    lacks: str, command: Command, standing: Standing, situation: Situation, book: Book, now: int
) -> Choices:
    if lacks == "command.whom":
        return {user: shown(user, book, now) for user in _people(command, standing, situation, book, now)}
    if lacks == "proposal.which":
        about = {one: ", ".join(shown(user, book, now) for user in one.users[:3]) for one in situation.proposals}
        return {one.number: f"{one.number} · {users or one.detail}" for one, users in about.items()}
    if lacks in ("undo.which", "why.which"):
        return {
            act.fact.number: f"{act.fact.number} · {shown(act.fact.user, book, now)}".removesuffix(" · ")
            for act in situation.acts
            if lacks == "why.which" or not act.undone
        }
    if lacks.startswith("status.stage_"):
        return {stage: stage for stage in ORDER if stage != situation.stage}
    if lacks in ("accept_all.which", "confirm.which", "withdraw.which"):
        wanted = "unconfirmed" if lacks == "confirm.which" else "open"
        return {
            one.number: f"{one.number} · {one.text[:60]}" for one in situation.directives if one.state == wanted
        }
    return {}


def _people(command: Command, standing: Standing, situation: Situation, book: Book, now: int) -> list[str]:
    """Whom a command may mean: who is waited for where somebody is let in or kept, else who wrote last."""
    if command.name in ("keep", "invite"):
        wanted = ("remove", "remove_many") if command.name == "keep" else ("invite",)
        return list(dict.fromkeys(user for one in situation.proposals if one.what in wanted for user in one.users))
    if command.name in ("unmute", "unban"):
        verb = "mute" if command.name == "unmute" else "ban"
        return list(dict.fromkeys(act.fact.user for act in situation.acts if act.fact.verb == verb))
    own = set(book.roster.user_ids(standing.person.id, book.local(now)))
    return [
        user
        for user in situation.lately
        if user not in own
        and user != book.bot
        and ((theirs := book.standing(user, now)) is None or not PROTECTED & theirs.roles)
    ]
