"""Holding a photo or video: it waits under a number until somebody has looked at it, or its time is over."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.forum.book import Book
from bridge.model import facts as f
from bridge.model.clock import ms
from bridge.model.effects import Say, Timer
from bridge.model.situation import LooseMedia, MediaView, Outcome, Situation

HOUR_MS = 3600 * 1000

Earlier = tuple[str, int, str | None]
"""(event, index, report) of the picture that it is like."""


def wait(
    *,
    number: str,
    event: str,
    index: int,
    report: str,
    person: str,
    unit: str | None,
    why: Sequence[str],
    earlier: Earlier | None,
    book: Book,
    now: int,
    cause: str,
    appeal: str = "",
    words: str = "",
    private: bool = False,
) -> Outcome:
    """Let one wait for a verifier under a number. An appeal names the event in which the sender asked for it."""
    due = now + ms(book.policy.evidence.check_within)
    before, place, used = earlier or (None, 0, None)
    fact = f.CheckOpened(
        number=number,
        event=event,
        index=index,
        report=report,
        person=person,
        unit=unit,
        why=tuple(why),
        appeal=appeal,
        words=words,
        private=private,
        earlier_event=before,
        earlier_index=place,
        earlier_report=used,
        due=due,
        at=now,
        cause=cause,
    )
    return Outcome(facts=[fact], timers=[end(number, due), cards(now)])


def end(number: str, due: int) -> Timer:
    """When it counts although nobody has looked."""
    return Timer(name=f"check:{number}", due=due, kind="check", about=number)


def cards(due: int) -> Timer:
    """When what waits is put before the control room."""
    return Timer(name="check_cards", due=due, kind="check_cards")


def later(now: int) -> Timer:
    """When those are put before it whose turn has not come: at the next full hour."""
    due = (now // HOUR_MS + 1) * HOUR_MS
    return Timer(name="check_cards_later", due=due, kind="check_cards", about="later")


def those_of(
    items: Sequence[LooseMedia | MediaView],
    report: str,
    person: str,
    unit: str | None,
    situation: Situation,
    book: Book,
    now: int,
    *,
    cause: str,
) -> Outcome:
    """Photos that were held before they found their report wait from now on."""
    first = situation.numbers.get(book.policy.letters.action, 1)
    outcome = Outcome()
    for place, item in enumerate(item for item in items if item.verdict == "held"):
        outcome.merge(
            wait(
                number=book.number("action", first + place),
                event=item.event,
                index=item.index,
                report=report,
                person=person,
                unit=unit,
                why=item.held_for,
                earlier=item.earlier,
                book=book,
                now=now,
                cause=cause,
            )
        )
    return outcome


def notice(report: str, person: str, event: str) -> Say:
    """What the sender reads, alone: it is here, somebody looks at it, nothing needs to be done."""
    return Say(person=person, key="looked.held", values={"number": report}, ref=f"{report}.held.{event}")
