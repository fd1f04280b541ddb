"""What is offered where a command does not say what it is about: who wrote last, what waits, what was done last."""

from __future__ import annotations

from bridge.forum import consents, persons
from bridge.forum.book import Book
from bridge.forum.command import Choices, Reading
from bridge.forum.reconcile import PROTECTED
from bridge.forum.stages import ORDER
from bridge.model.situation import ProposalView

LENGTHS = ("1h", "8h", "24h", "3d", "7d")
"""Lengths of time, as they may be typed in every language."""


def people(reading: Reading) -> Choices:
    """Whom a command may mean: who is waited for where somebody is let in or kept, else who wrote last."""
    return {user: persons.shown(user, reading.book, reading.now) for user in _accounts(reading)}


def _accounts(reading: Reading) -> list[str]:
    name, situation, book, now = reading.command.name, reading.situation, reading.book, reading.now
    if name in ("keep", "invite"):
        wanted = ("remove", "remove_many") if name == "keep" else ("invite",)
        return list(dict.fromkeys(user for one in situation.proposals if one.what in wanted for user in one.users))
    if name in ("unmute", "unban"):
        verb = "mute" if name == "unmute" else "ban"
        return list(dict.fromkeys(act.fact.user for act in situation.acts if act.fact.verb == verb))
    own = set(book.roster.user_ids(reading.standing.person.id, book.local(now)))
    return [
        user
        for user in situation.lately
        if user not in own
        and user != book.bot
        and ((theirs := book.standing(user, now)) is None or not PROTECTED & theirs.roles)
    ]


def proposals(reading: Reading) -> Choices:
    """What waits for a second person."""
    book, now = reading.book, reading.now
    about = {one.number: _about(one, book, now) for one in reading.situation.proposals}
    return {number: f"{number} · {what}" for number, what in about.items()}


def _about(one: ProposalView, book: Book, now: int) -> str:
    """Whom or what a proposal is about; of a question about a message whose message it is."""
    if one.what in consents.ASKED:
        return ", ".join(person.name for who in one.persons if (person := book.roster.person(who)) is not None)
    return ", ".join(persons.shown(user, book, now) for user in one.users[:3]) or one.detail


def acts(reading: Reading) -> Choices:
    """What was done last, and, where it is to be taken back, still stands."""
    offered = [act.fact for act in reading.situation.acts if reading.command.name != "undo" or not act.undone]
    named = {one.number: persons.shown(one.user, reading.book, reading.now) for one in offered}
    return {number: f"{number} · {name}" if name else number for number, name in named.items()}


def orders(reading: Reading) -> Choices:
    """The orders that are open; those that wait to be confirmed, where that is asked."""
    wanted = "unconfirmed" if reading.command.name == "confirm" else "open"
    return {
        one.number: f"{one.number} · {one.text[:60]}" for one in reading.situation.directives if one.state == wanted
    }


def lengths(reading: Reading) -> Choices:
    """A few lengths of time."""
    return {length: length for length in LENGTHS}


def stages(reading: Reading) -> Choices:
    """The stages that the forum is not in."""
    return {stage: stage for stage in ORDER if stage != reading.situation.stage}
