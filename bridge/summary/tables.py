"""All tables of a week, in the order of the workbook."""

from __future__ import annotations

from bridge.summary import participation, room_tables, work_tables
from bridge.summary.cells import Column, Table, columns
from bridge.summary.room_tables import RoomRows
from bridge.summary.week import Week
from bridge.summary.words import Words
from bridge.summary.work_tables import WorkRows


def tables(week: Week, words: Words, missing: frozenset[str]) -> tuple[Table, ...]:
    """All tables of a week in the order of the workbook. ``missing``: media files the archive did not have."""
    work, room = WorkRows(week, words, missing), RoomRows(week, words, missing)
    return (
        Table("units", columns(work_tables.UNITS), work.units),
        Table("participation", columns(participation.COLUMNS), lambda: participation.rows(week, words)),
        Table("directives", columns(work_tables.DIRECTIVES), work.directives),
        Table("tasks", columns(work_tables.TASKS), work.tasks),
        Table("steps", columns(work_tables.STEPS), work.steps),
        Table("reports", columns(work_tables.REPORTS), work.reports),
        Table("evidence", columns(work_tables.EVIDENCE), work.evidence),
        Table("decisions", columns(work_tables.DECISIONS), work.decisions),
        Table("meetings", columns(work_tables.MEETINGS), work.meetings),
        Table("minutes", columns(work_tables.MINUTES), work.minutes),
        Table("emergencies", columns(work_tables.EMERGENCIES), work.emergencies),
        Table("membership", columns(room_tables.MEMBERSHIP), room.membership),
        Table("acts", columns(room_tables.ACTS), room.acts),
        Table("changes", columns(room_tables.CHANGES), room.changes),
        Table("corrections", columns(room_tables.CORRECTIONS), room.corrections),
        Table("refusals", columns(room_tables.REFUSALS), room.refusals),
        Table("edits", columns(room_tables.EDITS), room.edits),
        Table("lates", columns(room_tables.LATES), room.lates),
        Table("gaps", columns(room_tables.GAPS), room.gaps),
        Table("messages", columns(room_tables.MESSAGES), room.messages),
    )


def heading(column: Column, words: Words, starts: int) -> str:
    """What stands at the top of a column."""
    text = words.say(f"columns.{column.key}")
    return f"{text} ({words.zone_name(starts)})" if column.time else text
