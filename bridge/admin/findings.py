"""What doctor found, one line each, and the page that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bridge.lang.catalogue import Catalogue, Value

WIDEST = 110
"""Columns; longer lines are hard to read."""

AREAS = (
    "bridge",
    "homeserver",
    "account",
    "trust",
    "rooms",
    "reports",
    "policy",
    "ledger",
    "queues",
    "clock",
    "disk",
    "backup",
)
"""In the order of the page."""


class Mark(StrEnum):
    """How it stands."""

    RIGHT = "✓"
    MIND = "!"
    """Works, but something should be done."""
    WRONG = "✗"


_STYLES = {Mark.RIGHT: "green", Mark.MIND: "bold yellow", Mark.WRONG: "bold red"}


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at. ``key`` is a text of doctor.yaml; where it is not right, ``<key>.do`` says what
    to do."""

    mark: Mark
    key: str
    values: dict[str, Value] = {}

    @property
    def area(self) -> str:
        """The part of the page in which it stands."""
        return self.key.partition(".")[0]


def right(key: str, **values: Value) -> Finding:
    """It is as it should be."""
    return Finding(Mark.RIGHT, key, values)


def mind(key: str, **values: Value) -> Finding:
    """It works, but something should be done."""
    return Finding(Mark.MIND, key, values)


def wrong(key: str, **values: Value) -> Finding:
    """It does not work, or not for long."""
    return Finding(Mark.WRONG, key, values)


def said(catalogue: Catalogue, finding: Finding) -> tuple[str, str]:
    """The sentence of a finding, and the one that says what to do (empty where all is right)."""

    def say(key: str) -> str:
        return catalogue.say(key, **{name: finding.values[name] for name in catalogue.fields(key)}).plain

    sentence, advice = say(finding.key), f"{finding.key}.do"
    if finding.mark is Mark.RIGHT or advice not in catalogue.keys:
        return sentence, ""
    return sentence, say(advice)


def verdict(findings: Sequence[Finding]) -> int:
    """The exit code: 0 all right, 1 something to mend."""
    return int(any(finding.mark is not Mark.RIGHT for finding in findings))


def show(findings: Sequence[Finding], catalogue: Catalogue, console: Console) -> None:
    """Write the page, as wide as the console but never wider than people read."""
    width = min(console.width, WIDEST)
    for area in AREAS:
        of_area = [finding for finding in findings if finding.area == area]
        if not of_area:
            continue
        console.print(Text(catalogue.say(f"area.{area}").plain, style="bold"), width=width)
        page = Table.grid(padding=(0, 1))
        page.add_column(width=1, no_wrap=True)
        page.add_column(ratio=1, overflow="fold")
        for finding in of_area:
            sentence, advice = said(catalogue, finding)
            page.add_row(Text(finding.mark.value, style=_STYLES[finding.mark]), Text(sentence))
            if advice:
                below = Table.grid(padding=(0, 1))
                below.add_column(width=1)
                below.add_column(ratio=1, overflow="fold")
                below.add_row(Text("→", style="cyan"), Text(advice, style="cyan"))
                page.add_row("", below)
        console.print(Padding(page, (0, 0, 0, 2)), width=width)
    counts = {mark: sum(finding.mark is mark for finding in findings) for mark in Mark}
    console.print()
    if not verdict(findings):
        console.print(Text(catalogue.say("summary.right").plain, style="bold green"), width=width)
    else:
        text = catalogue.say("summary.mend", wrong=counts[Mark.WRONG], mind=counts[Mark.MIND]).plain
        console.print(Text(text, style=_STYLES[Mark.WRONG if counts[Mark.WRONG] else Mark.MIND]), width=width)
