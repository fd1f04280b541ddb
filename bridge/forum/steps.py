"""What became of an order, step by step, for whoever asks how it stands: what, when, who and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby

from bridge.forum.book import Book
from bridge.model.effects import Line, Value
from bridge.model.situation import StepView

MOST = 40
"""Steps that an answer holds, the newest; the summary of the week has all."""

NAMES = 8
"""Units that one line names."""


def lines(steps: Sequence[StepView], book: Book, own: Collection[str] | None = None) -> list[Line]:
    """The steps of an order; of its tasks only those of the units in ``own``, where that is given.

    What happened to several units at once is one line. What has no time, since the oldest records say none, is left
    out.
    """
    whole = {step.cause for step in steps if not step.unit and step.what in ("cancelled", "reopened")}
    shown = [
        step
        for step in steps
        if step.at
        and (own is None or not step.unit or step.unit in own)
        # That an order is cancelled says it of its tasks.
        and not (step.unit and step.what in ("cancelled", "reopened") and step.cause in whole)
    ]
    given: set[str] = set()
    told: list[list[Line]] = []
    for (what, who, _, report, _), group in groupby(shown, key=_alike):
        same = list(group)
        units = [step.unit for step in same if step.unit]
        first = not given & set(units)
        given |= set(units) if what == "open" else set()
        told.append(_line(what, same[0], who, report, units, book, first=first))
    if not told:
        return []
    early = len(told) - MOST
    more = [Line("step.earlier", {"count": early})] if early > 0 else []
    return [Line("step.title"), *more, *(line for one in told[-MOST:] for line in one)]


def _alike(step: StepView) -> tuple[str, str, str, str | None, bool]:
    return step.what, step.who, step.cause, step.report, bool(step.unit)


def _line(
    what: str, step: StepView, who: str, report: str | None, units: Sequence[str], book: Book, *, first: bool
) -> list[Line]:
    values: dict[str, Value] = {"at": book.iso(step.at)}
    named = [book.unit_name(unit) for unit in units[:NAMES]]
    if units:
        values["units"] = [*named, *([f"+{len(units) - NAMES}"] if len(units) > NAMES else [])]
    if units and what in ("reported", "accepted", "returned", "reason"):
        values["report"] = report or "–"
    key = f"step.{what}" if units else f"step.order_{what}"
    alone = who.startswith("rule:")
    if what == "open" and first:
        key = "step.given"
    elif what == "accepted" and alone:
        key = "step.accepted_alone"
    if what != "late" and key != "step.accepted_alone":
        values["who"] = _names(who, book)
    why = [Line("step.why", {"why": step.reason})] if step.reason else []
    return [Line(key, values), *why]


def _names(who: str, book: Book) -> str:
    persons = [book.roster.person(one) for one in who.split("\n")]
    return ", ".join(person.name for person in persons if person is not None) or "–"
