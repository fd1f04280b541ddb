"""What commands take: every kind of argument, how it is read off the words, and what is offered when it is missing.

Whom, for which unit, between which days, for how long, under which number, why. Here is the one place where the
words behind a command's name are read; handlers get values.
"""

from __future__ import annotations

from typing import NamedTuple, NoReturn

from msgspec.structs import replace

from bridge.forum import directives, grants, lengths, offers, persons, wanted
from bridge.forum.command import Argument, Command, Missing, Reading, Wrong
from bridge.forum.due import Due
from bridge.forum.stages import ORDER
from bridge.model import facts as f
from bridge.model.clock import milliseconds
from bridge.model.situation import (
    ActView,
    DirectiveView,
    MemberView,
    ProposalView,
    ReportView,
    Subject,
)

LONGEST_REASON = 300


def filled(reading: Reading) -> Command:
    """A command with the value of everything that it takes. Raises :class:`Wrong`; what is missing, if anything can
    be offered for it, :class:`Missing` with what is offered."""
    given: dict[object, object] = {}
    if reading.command.number is not None:
        reading.known.append(reading.command.number)
    for argument in reading.takes:
        try:
            given[argument] = argument.reads(reading)
        except Missing as missing:
            if argument.offers is not None:
                missing.offers = argument.offers(reading)
            raise
    return replace(reading.command, given=given)


# Numbers


def _which(reading: Reading) -> NoReturn:
    raise Missing(f"{reading.command.name}.which", {"word": reading.word})


def _order(reading: Reading) -> DirectiveView:
    number, found = reading.command.number, reading.situation.directive
    if found is not None and number in (None, found.number):
        return found
    if number is not None:
        raise Wrong("number.no_directive", {"number": number})
    _which(reading)


def _report(reading: Reading) -> ReportView:
    number, found = reading.command.number, reading.situation.report
    if found is not None and number in (None, found.number):
        return found
    if number is not None:
        raise Wrong("number.no_report", {"number": number})
    _which(reading)


def _settled(reading: Reading) -> ReportView | DirectiveView:
    found = reading.situation.report or reading.situation.directive
    return found if found is not None else _which(reading)


def _waiting(reading: Reading) -> ProposalView:
    found, number = reading.situation.proposal, reading.command.number
    if found is not None:
        return found
    if number is not None:
        raise Wrong("proposal.none", {"number": number})
    numbers = [proposal.number for proposal in reading.situation.proposals[:10]]
    if not numbers:
        raise Wrong("proposal.nothing_waits", {})
    raise Missing("proposal.which", {"word": reading.word, "numbers": [*numbers]})


def _grant(reading: Reading) -> f.Granted | None:
    proposal = reading.situation.proposal
    return grants.find(proposal.number if proposal is not None else reading.command.number, reading.book)


def _act(reading: Reading) -> ActView:
    number, situation = reading.command.number, reading.situation
    if situation.act is not None:
        return situation.act
    if number is None:
        _which(reading)
    if situation.proposal is not None:
        raise Wrong(f"number.proposal_{situation.proposal.state}", {"number": number})
    raise Wrong("number.unknown", {"number": number})


NUMBER = Argument(number="directive", reads=lambda reading: reading.command.number or "", begins="number")
ORDER_NUMBER = Argument(number="directive", reads=_order, begins="number", offers=offers.orders)
RETURNED = Argument(number="report", reads=_report, begins="number")
SETTLED = Argument(number="report", reads=_settled, begins="number")
REPORT_NUMBER = Argument(
    number="report", reads=lambda reading: reading.command.number, begins="number", optional=True
)
WAITING = Argument(number="action", reads=_waiting, begins="number", offers=offers.proposals)
GRANTED_OR_WAITING = Argument(
    number="action",
    reads=lambda reading: _grant(reading) or _waiting(reading),
    begins="number",
    offers=offers.proposals,
)
ACT = Argument(number="action", reads=_act, begins="number", offers=offers.acts)
GRANTED_OR_ACT = Argument(
    number="action", reads=lambda reading: _grant(reading) or _act(reading), begins="number", offers=offers.acts
)


# People


def _whom(reading: Reading) -> MemberView:
    room = reading.book.rooms.get("forum", "")
    command, taken, situation = reading.command, reading.taken, reading.situation
    member, rest = persons.whom(command, taken, situation, reading.book, reading.now, room)
    if member is None:
        raise Missing("command.whom", {"usage": reading.usage(WHOM)})
    reading.rest = rest
    reading.known.append(member.user)
    return member


def _about(reading: Reading) -> tuple[str, str]:
    user, person = persons.asked_about(reading.command, reading.taken, reading.book, reading.now)
    if reading.rest and not user and not person:
        raise Wrong("command.whom", {"usage": reading.usage(ABOUT)})
    return user, person or ("" if user else reading.standing.person.id)


WHOM = Argument(name="whom", reads=_whom, begins="user", offers=offers.people)
ABOUT = Argument(name="whom", reads=_about, begins="word", optional=True)


# What was answered


def _answered(reading: Reading) -> Subject:
    """Somebody's message to which the command is the reply; nothing of our own."""
    found = reading.situation.subject
    if found is None or found.ref or not found.sender or reading.taken.spoken.reply_to is None:
        _which(reading)
    return found


ANSWERED = Argument(reads=_answered)


# Lengths and times


class Until(NamedTuple):
    """Until when (ms; None: until somebody ends it), and whether that is over."""

    at: int | None
    past: bool = False


def _length(reading: Reading) -> int | None:
    found = lengths.leading(reading.rest, reading.book)
    if found is not None:
        reading.rest = found.rest
    return found.ms if found is not None else None


def _needed_length(reading: Reading) -> int:
    found = _length(reading)
    if found is None:
        raise Missing("mute.how_long", {"usage": reading.usage(LENGTH)})
    return found


def _until(reading: Reading) -> Until:
    """A length or a time; what else was said is left as the reason."""
    at, length = reading.taken.at, _length(reading)
    if length is not None:
        return Until(at + length)
    found = directives.due_of(reading.rest, at, reading.book)
    if found is None:
        return Until(None)
    rest = reading.rest.replace(found.phrase, " ", 1) if found.phrase in reading.rest else ""
    reading.rest = " ".join(rest.split())
    return Until(milliseconds(found.at), found.past)


def _due(reading: Reading) -> Due:
    found = directives.due_of(reading.rest, reading.taken.at, reading.book)
    if found is None:
        directive = reading.situation.directive
        raise Wrong("due.unread", {"number": directive.number if directive is not None else ""})
    return found


def _urgency(reading: Reading) -> str:
    found = wanted.read(reading.rest, reading.book)
    if found is None or not found.urgency:
        raise Missing("urgency.how", {"usage": reading.usage(URGENCY)})
    return found.urgency


LENGTH = Argument(name="length", reads=_needed_length, offers=offers.lengths)
MAYBE_LENGTH = Argument(name="ban_length", reads=_length, optional=True)
UNTIL = Argument(name="until", reads=_until, optional=True)
DUE = Argument(name="due", reads=_due)
URGENCY = Argument(name="urgency", reads=_urgency)


# Words


def _why(reading: Reading) -> str:
    return reading.rest.strip()[:LONGEST_REASON]


def _reason(reading: Reading) -> str:
    why = _why(reading)
    if not why:
        raise Missing("remove.why", {"usage": reading.usage(REASON)})
    return why


def _stage(reading: Reading) -> str:
    wanted = reading.rest.casefold()
    if not wanted:
        raise Missing(f"status.stage_{reading.situation.stage}", {})
    if wanted not in ORDER:
        raise Wrong("stage.unknown", {"word": wanted, "stages": list(ORDER)})
    return wanted


def _place(reading: Reading) -> str:
    """The name of a room where talk may go on; empty: not said, or the number of an order is."""
    book, wanted, number = reading.book, reading.rest.casefold(), reading.command.number
    rooms = {name.casefold(): name for name in book.policy.conduct.off_topic.rooms}
    if wanted in rooms:
        return rooms[wanted]
    if (number is None and not wanted) or (number is not None and reading.situation.directive is not None):
        return ""
    if rooms:
        raise Wrong("move.where", {"places": [*rooms.values()]})
    raise Wrong("move.nowhere", {"word": reading.word})


def _why_again(reading: Reading) -> str:
    why = _why(reading)
    if not why:
        raise Missing("reopen.why", {"usage": reading.usage(WHY)})
    return why


REASON = Argument(name="reason", reads=_reason)
WHY = Argument(name="reason", reads=_why_again)
MAYBE_REASON = Argument(name="reason", reads=_why, optional=True)
TEXT = Argument(name="text", reads=_why, optional=True)
STAGE = Argument(name="stage", reads=_stage, begins="word", optional=True, offers=offers.stages)
PLACE = Argument(name="place", reads=_place, begins="word", optional=True)
