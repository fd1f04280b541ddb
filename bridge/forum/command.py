"""What a command is, who may give it, where, and what its answer rests on: one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.spoken import read
from bridge.model import facts as f
from bridge.model.effects import Line, Say, Value
from bridge.model.situation import Outcome
from bridge.policy.models import Right
from bridge.policy.roster import Standing


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A command as it was typed."""

    name: str
    """One of the names of :data:`SPECS`, or `unknown`."""
    word: str = ""
    """The words by which it was called, as typed."""
    number: str | None = None
    """The number after the words, in its one form: P-12."""
    rest: str = ""
    """What follows."""
    near: str = ""
    """Of an unknown one: the word that it is like."""


ANYWHERE = ("forum", "group", "control", "audit", "direct")
FLOOR = ("forum", "group", "control")
"""Where a room itself is spoken of: in it, and where the forum is run from."""
TABLE = ("forum", "group", "control", "direct")
"""Where something is done about people, in the forum by answering their message; the answer is private."""
OFFICE = ("control", "direct")
"""Where the forum is run from: nobody is discussed before everybody."""


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """One command of the table."""

    name: str
    rights: tuple[Right, ...] = ()
    """One of these is enough; none means that everybody listed may."""
    places: tuple[str, ...] = ANYWHERE
    takes: Literal["", "number", "user", "word"] = ""
    example: str = ""
    """The kind of number that help shows with it."""
    members: bool = False
    lists: bool = False
    meetings: bool = False
    heads: bool = False
    """Heads may give it, too, where it concerns their own unit: what it concerns is for the handler to see."""
    discreet: bool = False
    """It is about somebody: what is answered to it in the forum is answered privately."""
    borrowed: str = ""
    """So may whom the head of a unit has lent this right."""

    def open_to(self, standing: Standing, book: Book) -> bool:
        """Whether a person may give this command."""
        if not self.rights:
            return True
        if (self.heads and standing.heads) or (self.borrowed and standing.borrows(self.borrowed)):
            return True
        return any(book.policy.may(right, standing.roles, standing.person.id) for right in self.rights)


SPECS: Mapping[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec(name="help"),
        Spec(name="status"),
        Spec(name="list", lists=True),
        Spec(name="own", discreet=True),
        Spec(name="assist", discreet=True),
        Spec(name="digest", discreet=True),
        Spec(name="digest_off", discreet=True),
        Spec(name="digest_on", discreet=True),
        Spec(name="number", takes="number"),
        Spec(name="decisions"),
        Spec(name="accept_all", rights=("accept",), takes="number", example="directive"),
        Spec(name="appeal", places=("forum", "group", "direct")),
        Spec(name="confirm", rights=("order", "correct"), takes="number", example="directive"),
        Spec(name="due", rights=("order", "correct"), takes="number", example="directive"),
        Spec(name="withdraw", rights=("order", "correct"), takes="number", example="directive"),
        Spec(name="reopen", rights=("accept", "order"), takes="number", example="report"),
        Spec(
            name="approve",
            rights=("approve",),
            places=OFFICE,
            takes="number",
            example="action",
            members=True,
            heads=True,
            borrowed="knock",
        ),
        Spec(
            name="cancel",
            rights=("moderate", "approve"),
            places=OFFICE,
            takes="number",
            example="action",
            members=True,
            heads=True,
            borrowed="knock",
        ),
        Spec(name="lock", rights=("lock",), places=FLOOR, members=True),
        Spec(name="unlock", rights=("lock",), places=FLOOR, members=True),
        Spec(name="meeting", places=FLOOR, takes="word", members=True, meetings=True),
        Spec(name="meeting_end", rights=("meeting",), places=FLOOR, meetings=True),
        Spec(name="agenda", rights=("meeting",), places=FLOOR, takes="word", meetings=True),
        Spec(name="onwards", rights=("meeting",), places=FLOOR, takes="word", meetings=True),
        Spec(name="give", rights=("meeting",), places=FLOOR, takes="word", members=True, meetings=True),
        Spec(name="floor_close", rights=("meeting",), places=FLOOR, members=True, meetings=True),
        Spec(name="floor_open", rights=("meeting",), places=FLOOR, meetings=True),
        Spec(name="correct", rights=("meeting",), takes="number", example="meeting"),
        Spec(name="acting", rights=("order",), places=OFFICE, takes="user", members=True, heads=True),
        Spec(name="delegate", rights=("order",), places=OFFICE, takes="user", members=True, heads=True),
        Spec(name="guest", rights=("order", "moderate"), places=OFFICE, takes="user", members=True, heads=True),
        Spec(name="replace", rights=("moderate",), places=OFFICE, takes="user", members=True, heads=True),
        Spec(name="grants", rights=("order", "moderate", "approve"), places=("control", "audit", "direct")),
        Spec(name="coaching", rights=("moderate", "order"), places=OFFICE),
        Spec(name="move", rights=("move",), takes="word"),
        Spec(name="stage", rights=("moderate",), places=OFFICE, takes="word", members=True),
        Spec(name="invite", rights=("moderate",), places=OFFICE, takes="user", members=True),
        Spec(name="keep", rights=("moderate",), places=OFFICE, takes="user", members=True),
        Spec(
            name="warn",
            rights=("warn", "own_unit", "moderate"),
            places=TABLE,
            takes="user",
            borrowed="warn",
            discreet=True,
        ),
        Spec(name="mute", rights=("mute", "own_unit", "moderate"), places=TABLE, takes="user", discreet=True),
        Spec(name="mute_everywhere", rights=("mute", "moderate"), places=TABLE, takes="user", discreet=True),
        Spec(name="unmute", rights=("mute", "own_unit", "moderate"), places=TABLE, takes="user", discreet=True),
        Spec(name="remove", rights=("remove", "moderate"), places=TABLE, takes="user", discreet=True),
        Spec(name="ban", rights=("remove", "moderate"), places=TABLE, takes="user", discreet=True),
        Spec(name="unban", rights=("undo", "moderate"), places=TABLE, takes="user", discreet=True),
        Spec(name="redact", rights=("redact", "moderate"), places=TABLE, discreet=True),
        Spec(name="undo", rights=("undo", "moderate"), takes="number", example="action", discreet=True),
        Spec(name="why", takes="number", example="action", discreet=True),
        Spec(name="history", takes="word", discreet=True),
    )
}


def words_of(commands: Mapping[str, str]) -> dict[str, str]:
    """The first word of each command, as help shows it."""
    first: dict[str, str] = {}
    for word, name in commands.items():
        first.setdefault(name, word)
    return first


def not_theirs(command: Command, standing: Standing, taken: Taken, book: Book, now: int) -> Outcome:
    """Somebody tried what is not theirs to do: they hear why, and the record keeps that they tried."""
    ended = ended_office(standing.person.id, book, now)
    if ended is not None:
        outcome = reply(taken, "command.ended", {"word": command.word, "office": ended[0], "day": ended[1]})
    else:
        outcome = reply(taken, "command.no_right", {"word": command.word})
    event = taken.event
    tried = f.Refused(event=event.event_id, sender=event.sender, why="no_authority", detail=command.name, at=now)
    outcome.facts.append(tried)
    return outcome


ENDED_DAYS = 30
"""How long after an office has ended a refusal names it as the reason."""


def ended_office(person: str, book: Book, now: int) -> tuple[str, str] | None:
    """(office, its last day) of the office of a person that ended last, not long ago; None without one."""
    today = book.local(now).date()
    ended = [
        office
        for office in book.roster.file.offices
        if office.person == person and office.ends is not None and 0 < (today - office.ends).days <= ENDED_DAYS
    ]
    if not ended:
        return None
    office = max(ended, key=lambda one: one.ends or today)
    name = book.role_names.get(office.role, office.role)
    unit = book.unit_name(office.unit) if office.unit else ""
    return f"{name} {unit}".strip(), office.ends.isoformat() if office.ends else ""


def reply(taken: Taken, key: str, values: dict[str, Value] | None = None, lines: Iterable[Line] = ()) -> Outcome:
    """Answer the message that a row holds, where it was said."""
    event = taken.event
    return Outcome(
        effects=[
            Say(
                room=event.room_id,
                key=key,
                values=values or {},
                lines=tuple(lines),
                reply_to=event.event_id,
                thread=read(event).thread,
                ref=f"answer:{event.event_id}",
            )
        ]
    )
