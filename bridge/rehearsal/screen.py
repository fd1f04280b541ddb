"""What the terminal shows: chapters, a transcript, progress; never silent for long."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

QUIET_SECONDS = 4.0
_PLAIN_WIDTH = 150


class Screen:
    """Lines for people: coloured in a terminal, plain elsewhere."""

    def __init__(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace", line_buffering=True)
        self._console = Console(highlight=False, emoji=False, markup=False)
        if not self._console.is_terminal:
            self._console.width = _PLAIN_WIDTH
        self._last = time.monotonic()
        self._doing = ""
        self._since = self._last

    def line(self, text: str | Text, style: str = "") -> None:
        """One line."""
        self._last = time.monotonic()
        self._console.print(text, style=style or None, soft_wrap=True)

    def chapter(self, title: str, explained: str) -> None:
        """A heading, and what is going to happen."""
        self.line("")
        self.line(f"── {title} ──", "bold cyan")
        self.doing(explained)

    def doing(self, what: str) -> None:
        """Say what is being done; it is said again, with the seconds, while nothing else appears."""
        self._doing = what
        self._since = time.monotonic()
        self.line(f"   {what}", "dim")

    def table(self, title: str, heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
        """A small table; without lines that only a terminal shows well."""
        self._last = time.monotonic()
        table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE, pad_edge=False)
        for head in heads:
            table.add_column(head, overflow="fold")
        for row in rows:
            style = "red" if row[0] == "✘" else None
            table.add_row(*(Text(_short(cell)) for cell in row), style=style)
        self._console.print(table)

    async def keep_talking(self) -> None:
        """Never returns: repeats what is being done whenever nothing was shown for some seconds."""
        while True:
            await asyncio.sleep(0.5)
            if time.monotonic() - self._last >= QUIET_SECONDS:
                self.line(f"   … {self._doing} ({time.monotonic() - self._since:.0f} s)", "dim")


def _short(cell: str, length: int = 160) -> str:
    return cell if len(cell) <= length else cell[: length - 1] + "…"
