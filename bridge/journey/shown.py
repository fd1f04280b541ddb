"""What a card shows, read from the ledger at the moment of sending."""

from __future__ import annotations

from collections.abc import Callable

from bridge.forum import cards, check_cards, consents, daily, waves
from bridge.forum.book import Book
from bridge.forum.meetings import cards as meeting_cards
from bridge.ledger import checks, entrances, meetings, outbox, views, work
from bridge.ledger.consents import view as asked_about
from bridge.ledger.daily import facts_of
from bridge.ledger.store import Store
from bridge.model.effects import Line
from bridge.model.situation import ProposalView

DAY_MS = 24 * 3600 * 1000

AdoptionLines = Callable[[Store, Book, int], list[Line]]
"""Makes the adoption card, which shows permissions as well: those are the Matrix room's to judge."""


def lines_of(store: Store, forum: str, card: str, book: Book, now: int, adoption: AdoptionLines) -> list[Line]:
    """The lines of a card (see :class:`bridge.model.effects.Refresh`); none when there is nothing to show."""
    if card == "adoption":
        return adoption(store, book, now)
    kind, _, name = card.partition(":")
    if kind == "proposal":
        proposal = views.proposal(store, forum, name)
        return _proposal(store, forum, proposal, book) if proposal else []
    if kind == "check":
        check = checks.check_view(store, forum, name)
        if check is None:
            return []
        earlier = work.report_view(store, forum, check.earlier_report) if check.earlier_report else None
        return check_cards.check_card(check, earlier, book)
    if kind == "week":
        sealed = views.week(store, forum, name)
        if sealed is None:
            return []
        starts = book.local(sealed.week.starts).date().isoformat()
        return [
            Line(
                "week.head",
                {"starts": starts, "week": name, "count": sealed.position, "hash": grouped(sealed.link)},
            )
        ]
    if kind == "day":
        begins = daily.begin_of(name, book)
        of_day = facts_of(store, forum, daily.KINDS, begins, begins + DAY_MS)
        return daily.lines(name, of_day, book)
    if kind == "head":
        count, link = views.head(store, forum)
        return [Line("chain.head", {"day": name, "count": count, "hash": grouped(link)})] if count else []
    if kind in ("meeting", "queue", "minutes", "attended"):
        return _meeting(store, forum, kind, name, book, now)
    directive = views.directive(store, forum, card)
    return cards.directive_card(directive, book) if directive else []


def _meeting(store: Store, forum: str, kind: str, name: str, book: Book, now: int) -> list[Line]:
    """One of the cards of a meeting; ``name`` is its number, and of a queue also the turn of the floor."""
    number, _, turn = name.partition(":")
    meeting = meetings.view(store, forum, number, "running" if kind in ("meeting", "queue") else "minutes")
    if meeting is None:
        return []
    if kind == "queue":
        return meeting_cards.queue(meeting, int(turn or 0), book)
    made = {
        "meeting": meeting_cards.meeting_card,
        "minutes": meeting_cards.minutes,
        "attended": meeting_cards.attendance,
    }
    return made[kind](meeting, book, now)


def _proposal(store: Store, forum: str, proposal: ProposalView, book: Book) -> list[Line]:
    if waves.merged(proposal) and outbox.posted(store, forum, f"{proposal.number}.proposal") is None:
        # It became part of a wave before anybody saw it.
        return []
    if proposal.what in consents.ASKED:
        return list(consents.lines_of(proposal, asked_about(store, forum, proposal), book))
    came = 0
    if proposal.what == "wave":
        came = entrances.count(store, forum, proposal.room, waves.since(proposal), book.bot)
    return cards.proposal_card(proposal, book, came=came)


def grouped(link: bytes) -> str:
    """A hash in groups of eight, so that people can compare it."""
    text = link.hex()
    return " ".join(text[place : place + 8] for place in range(0, len(text), 8))
