"""Every command: who may give it, where, what it takes, and what its answer rests on: one table."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from bridge.forum import arguments as a
from bridge.forum import wording as w
from bridge.forum.book import Book
from bridge.forum.command import Argument
from bridge.forum.meetings import asked
from bridge.policy.models import Right
from bridge.policy.roster import Standing

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
    takes: tuple[Argument[object], ...] = ()
    """Its arguments, in the order in which they are read and shown."""
    acts: bool = False
    """It changes something in rooms: not while the forum only watches."""
    members: bool = False
    lists: bool = False
    meetings: bool = False
    heads: bool = False
    """Heads may give it, too, where it concerns their own unit: what it concerns is for the handler to see."""
    discreet: bool = False
    """It is about somebody: what is answered to it in the forum is answered privately."""
    borrowed: str = ""
    """So may whom the head of a unit has lent this right."""

    @property
    def begins(self) -> str:
        """With what its words begin: number, user, word; empty where nothing is typed after its name."""
        return next((one.begins for one in self.takes if one.begins), "")

    def open_to(self, standing: Standing, book: Book) -> bool:
        """Whether a person may give this command."""
        if not self.rights:
            return True
        if (self.heads and standing.heads) or (self.borrowed and standing.borrows(self.borrowed)):
            return True
        return any(book.policy.may(right, standing.roles, standing.person.id) for right in self.rights)


def _on_people(
    name: str, takes: tuple[Argument[object], ...], rights: tuple[Right, ...], *, borrowed: str = ""
) -> Spec:
    """Something is done about somebody."""
    return Spec(name=name, takes=takes, rights=rights, places=TABLE, acts=True, discreet=True, borrowed=borrowed)


def _in_office(
    name: str,
    takes: tuple[Argument[object], ...],
    rights: tuple[Right, ...],
    *,
    heads: bool = True,
    borrowed: str = "",
    acts: bool = False,
) -> Spec:
    """Who belongs to the forum, and in which office."""
    return Spec(
        name=name,
        takes=takes,
        rights=rights,
        places=OFFICE,
        members=True,
        heads=heads,
        borrowed=borrowed,
        acts=acts,
    )


def _in_meeting(name: str, *takes: Argument[object], members: bool = False, acts: bool = False) -> Spec:
    """Whoever leads a meeting leads it."""
    takes = (asked.RUNNING, *takes)
    rights: tuple[Right, ...] = ("meeting",)
    return Spec(name=name, takes=takes, rights=rights, places=FLOOR, meetings=True, members=members, acts=acts)


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
        Spec(name="number", takes=(a.NUMBER,)),
        Spec(name="decisions"),
        Spec(name="accept_all", takes=(a.ORDER_NUMBER,), rights=("accept",)),
        Spec(name="appeal", takes=(a.REPORT_NUMBER, a.TEXT), places=("forum", "group", "direct")),
        Spec(name="confirm", takes=(a.ORDER_NUMBER,), rights=("order", "correct")),
        Spec(name="due", takes=(a.ORDER_NUMBER, a.DUE), rights=("order", "correct")),
        Spec(name="withdraw", takes=(a.ORDER_NUMBER, a.MAYBE_REASON), rights=("order", "correct")),
        Spec(name="urgency", takes=(a.ORDER_NUMBER, a.URGENCY), rights=("order", "correct")),
        Spec(name="return", takes=(a.RETURNED, a.MAYBE_REASON), rights=("accept",)),
        Spec(name="reopen", takes=(a.SETTLED, a.WHY), rights=("accept", "order")),
        _in_office("approve", (a.WAITING,), ("approve",), borrowed="knock"),
        _in_office("cancel", (a.GRANTED_OR_WAITING,), ("moderate", "approve"), borrowed="knock"),
        Spec(name="lock", takes=(a.UNTIL, a.MAYBE_REASON), acts=True, rights=("lock",), places=FLOOR, members=True),
        Spec(name="unlock", takes=(a.MAYBE_REASON,), rights=("lock",), places=FLOOR, members=True),
        Spec(name="meeting", takes=(asked.MEETING_NUMBER, asked.TOPIC), places=FLOOR, members=True, meetings=True),
        _in_meeting("meeting_end", asked.NOTHING),
        _in_meeting("agenda", asked.ITEMS),
        _in_meeting("onwards", asked.ITEM),
        _in_meeting("give", asked.SPEAKER, members=True),
        _in_meeting("floor_close", members=True, acts=True),
        _in_meeting("floor_open"),
        Spec(name="correct", takes=(asked.MINUTES, asked.LINE), rights=("meeting",)),
        _in_office("acting", (w.LISTED, w.POST, w.DAYS), ("order",)),
        _in_office("delegate", (w.LISTED, w.LENT, w.DAYS), ("order",)),
        _in_office("guest", (w.ACCOUNT, w.GUEST_NAME, w.DAYS, w.PURPOSE), ("order", "moderate")),
        _in_office("replace", (w.OLD_AND_NEW,), ("moderate",)),
        Spec(name="grants", rights=("order", "moderate", "approve"), places=("control", "audit", "direct")),
        Spec(name="coaching", rights=("moderate", "order"), places=OFFICE),
        Spec(name="move", takes=(a.ANSWERED, a.PLACE), rights=("move",)),
        _in_office("stage", (a.STAGE,), ("moderate",), heads=False),
        _in_office("invite", (a.WHOM,), ("moderate",), heads=False, acts=True),
        _in_office("keep", (a.WHOM,), ("moderate",), heads=False),
        _on_people("warn", (a.WHOM, a.REASON), ("warn", "own_unit", "moderate"), borrowed="warn"),
        _on_people("mute", (a.WHOM, a.LENGTH, a.MAYBE_REASON), ("mute", "own_unit", "moderate")),
        _on_people("mute_everywhere", (a.WHOM, a.LENGTH, a.MAYBE_REASON), ("mute", "moderate")),
        _on_people("unmute", (a.WHOM, a.MAYBE_REASON), ("mute", "own_unit", "moderate")),
        _on_people("remove", (a.WHOM, a.REASON), ("remove", "moderate")),
        _on_people("ban", (a.WHOM, a.MAYBE_LENGTH, a.REASON), ("remove", "moderate")),
        _on_people("unban", (a.WHOM, a.MAYBE_REASON), ("undo", "moderate")),
        _on_people("redact", (a.ANSWERED, a.MAYBE_REASON), ("redact", "moderate")),
        Spec(name="undo", takes=(a.GRANTED_OR_ACT,), acts=True, rights=("undo", "moderate"), discreet=True),
        Spec(name="why", takes=(a.ACT,), discreet=True),
        Spec(name="history", takes=(a.ABOUT,), discreet=True),
    )
}
