"""The summary as one HTML page: no script, no outside address, readable on a phone, printable."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files

import jinja2

from bridge.summary.cells import Cell, Table
from bridge.summary.collect import numbers
from bridge.summary.meetings import minutes_of
from bridge.summary.tables import heading
from bridge.summary.week import DirectiveLine, TaskLine, Week
from bridge.summary.words import Words

REPORT_LIMIT = 500
"""More reports than this do not make a page that a phone can open; the rest stand in the table of reports."""

ROW_LIMIT = 300

_GROUPS = ("accepted", "reported", "acknowledged", "returned", "reopened", "open", "late")


def page(week: Week, words: Words, tables: tuple[Table, ...], missing: frozenset[str]) -> bytes:
    """The page as UTF-8."""
    source = files("bridge.summary").joinpath("week.html.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    by_key = {table.key: table for table in tables}
    by_number = {report.number: report for report in week.reports}
    lists = (
        "participation",
        "steps",
        "membership",
        "acts",
        "changes",
        "corrections",
        "refusals",
        "edits",
        "lates",
        "gaps",
    )
    text = environment.from_string(source).render(
        week=week,
        seal=week.seal,
        w=words,
        zone=words.zone_name(week.seal.starts),
        title=words.title(week.seal),
        numbers=[(words.say(f"numbers.{key}"), value) for key, value in numbers(week).items()],
        units=_listing(by_key["units"], words, week),
        fresh=[order for order in week.directives if order.fact and not order.carried],
        urgent=[(at, by_number.get(at.fact.report)) for at in week.emergencies],
        carried=[order for order in week.directives if order.fact and order.carried],
        groups=grouped,
        meetings=[minutes_of(line, week, words) for line in week.meetings],
        reports=week.reports[:REPORT_LIMIT],
        more_reports=max(0, len(week.reports) - REPORT_LIMIT),
        lists=[(key, _listing(by_key[key], words, week)) for key in lists],
        row_limit=ROW_LIMIT,
        missing=missing,
    )
    return (text.rstrip() + "\n").encode()


def grouped(order: DirectiveLine) -> list[tuple[str, list[TaskLine]]]:
    """The tasks of an order by state, in the order in which a reader asks for them."""
    groups: dict[str, list[TaskLine]] = {state: [] for state in _GROUPS}
    for task in order.tasks:
        groups.setdefault(task.state, []).append(task)
    return [(state, tasks) for state, tasks in groups.items() if tasks]


def _listing(table: Table, words: Words, week: Week) -> tuple[list[str], list[list[str]], int]:
    """Headings, rows as text without columns that are empty throughout, and how many rows were left out."""
    rows = [list(row) for row in table.rows()]
    used = [
        index
        for index, column in enumerate(table.columns)
        if column.key not in ("event", "position", "cause", "room")
        and any(row[index] not in (None, "") for row in rows)
    ]
    heads = [heading(table.columns[index], words, week.seal.starts) for index in used]
    shown = [[_shown(row[index], words) for index in used] for row in rows[:ROW_LIMIT]]
    return heads, shown, max(0, len(rows) - ROW_LIMIT)


def _shown(cell: Cell, words: Words) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H}{words.say('clock_separator')}{cell:%M}"
    return str(cell)
