"""What the tables of a week are made of; CSV files, workbook and page are all written from it.

A cell is text, a whole number, a time (an aware datetime in the forum's zone) or nothing. Column keys are words of
`bundle.yaml` (`columns.KEY`); a column with times names the zone in its heading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from bridge.summary.week import Week
from bridge.summary.words import Words

Cell = str | int | datetime | None
Row = tuple[Cell, ...]


class Column(msgspec.Struct, frozen=True):
    """A column: its key and how wide people need it, in characters."""

    key: str
    width: int = 14
    time: bool = False


class Table(msgspec.Struct, frozen=True):
    """A table with its rows made when asked for."""

    key: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterable[Row]]


def columns(spec: str) -> tuple[Column, ...]:
    """Columns as `key` or `key:width`, with spaces between; a key that ends in `_at` holds times."""
    found = []
    for word in spec.split():
        key, _, width = word.partition(":")
        time = key.endswith("_at")
        found.append(Column(key, int(width) if width else 18 if time else 14, time))
    return tuple(found)


class Rows:
    """What rows of any table are made from."""

    def __init__(self, week: Week, words: Words, missing: frozenset[str]) -> None:
        self.week = week
        self.words = words
        self.missing = missing

    def at(self, ms: int | None) -> datetime | None:
        return None if ms is None else self.words.moment(ms)


def percent(share: float) -> int | None:
    """A share of one as a whole number of hundredths; nothing for what is no number."""
    return round(share * 100) if 0 <= share <= 1 else None


def hashed(text_hash: str) -> str:
    """How a text stands in a table of which only the hash is kept."""
    return f"SHA-256 {text_hash}" if text_hash else ""
