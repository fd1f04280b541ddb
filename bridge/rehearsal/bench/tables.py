"""What a bench found, as a table for the terminal and for Markdown files."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from statistics import median

from bridge.rehearsal.bench.backlog import Backlog
from bridge.rehearsal.bench.evidence import Found, at_most
from bridge.rehearsal.bench.exporting import Export
from bridge.rehearsal.bench.latency import Timing, at
from bridge.rehearsal.bench.moderation import Moderation, let_out
from bridge.rehearsal.bench.pictures import GOAL_SECONDS, Recognising
from bridge.rehearsal.bench.processes import MEBIBYTE
from bridge.rehearsal.bench.replay import Run
from bridge.rehearsal.bench.scale import Cost
from bridge.rehearsal.bench.start import Start

GOAL_REPLAY, GOAL_MEMORY, GOAL_LATENCY = 3.5, 150, 1.10
GOAL_PLAN = 2.0
GOAL_START, GOAL_EXPORT, GOAL_EXPORT_MEMORY = 3.0, 60, 400


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns stand under one another; all but the first are numbers."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *others = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "| " + " | ".join((first, *others)) + " |"

    rule = (
        "|"
        + "|".join("-" * (width + 1) + ("-" if column == 0 else ":") for column, width in enumerate(widths))
        + "|"
    )
    return "\n".join((line(head), rule, *(line(row) for row in rows)))


def recognising(found: Recognising) -> str:
    """What it costs to look for a picture and to remember one."""
    row = (
        found.engine,
        f"{found.pictures:,}",
        f"{found.found} of {found.asked}",
        *(
            f"{1000 * seconds:.0f} ms"
            for seconds in (found.p50, found.p95, found.worst, found.processor, found.remembering)
        ),
        f"{found.disk:,} B",
    )
    head = (
        "ledger",
        "pictures known",
        "found again",
        "p50",
        "p95",
        "worst",
        "processor",
        "remembering one",
        "disk a picture",
    )
    return (
        f"**Looking for a picture among all that were ever sent, with 31 of its 256 bits changed**\n\n"
        f"{table(head, [row])}\n\nWanted: under {1000 * GOAL_SECONDS:.0f} ms."
    )


def replay(pairs: Sequence[tuple[Run, Run]]) -> str:
    """Of each pair (bare bot, Tudang): events a second to the tag, the ratio, memory, and the pictures."""
    rows = []
    for bare, ours in pairs:
        ratio = ours.per_second / bare.per_second
        rows.append(_run(bare, ""))
        rows.append(_run(ours, f"{ratio:.2f}x"))
    head = (
        "contestant",
        "rooms",
        "messages",
        "tagged",
        "events/s",
        "ratio",
        "p50 to tag",
        "CPU ms/event",
        "peak MiB",
    )
    parts = [table(head, rows)]
    judged = [ours for _, ours in pairs if ours.judged_after is not None]
    if judged:
        parts.append(
            table(
                ("pictures", "rooms", "judged", "a second", "last verdict after"),
                [
                    (
                        ours.name,
                        str(ours.rooms),
                        str(ours.judged),
                        f"{ours.pictures_per_second:.0f}",
                        f"{ours.judged_after or 0:.0f} s",
                    )
                    for ours in judged
                ],
            )
        )
    parts.append(f"Wanted: at least {GOAL_REPLAY:g}x in one run, main process under {GOAL_MEMORY} MiB.")
    return "\n\n".join(parts)


def _run(run: Run, ratio: str) -> tuple[str, ...]:
    latencies = run.score.latencies
    return (
        run.name,
        str(run.rooms),
        str(run.messages),
        str(run.score.tagged),
        f"{run.per_second:.0f}",
        ratio,
        f"{latencies[1]:.2f} s" if latencies else "",
        f"{run.cpu / run.messages * 1000:.2f}",
        f"{run.peak_bytes / MEBIBYTE:.0f}",
    )


def latency(timings: Sequence[Timing]) -> str:
    """Medians and 95 per cent of both, and the ratio of the medians."""
    rows = []
    for timing in timings:
        where = "encrypted" if timing.encrypted else "plain"
        for name, values, ratio in (
            ("bare echo", timing.echo, ""),
            ("Tudang", timing.tudang, f"{timing.ratio:.2f}x"),
        ):
            rows.append(
                (
                    f"{name}, {where} room",
                    str(len(values)),
                    f"{median(values) * 1000:.1f} ms",
                    f"{at(values, 0.95) * 1000:.1f} ms",
                    ratio,
                )
            )
    head = ("message sent to tag seen", "messages", "median", "p95", "ratio")
    return table(head, rows) + f"\n\nWanted: within {GOAL_LATENCY}x at the median, in the plain room."


def scale(costs: Sequence[Cost]) -> str:
    """What a message costs on top of a short and of a long record."""
    rows = [
        (
            f"{cost.facts:,} facts",
            f"{cost.messages:,}",
            f"{cost.decided_in * 1e6:.0f} us",
            f"{cost.per_second:.0f}",
            f"{cost.statements:.1f}",
        )
        for cost in costs
    ]
    head = ("record", "messages in it", "deciding one", "a second", "statements")
    return table(head, rows) + "\n\nWanted: as many statements on the longest record as on the shortest."


def start(found: Start) -> str:
    """How long a start takes on a long record."""
    rows = [(f"{found.facts:,} facts", f"{found.seconds:.1f} s", f"{found.peak_bytes / MEBIBYTE:.0f}")]
    return table(("record", "command to healthy", "peak MiB"), rows) + f"\n\nWanted: under {GOAL_START:.0f} s."


def backlog(found: Backlog) -> str:
    """How a long absence was caught up with."""
    ends = [held for _, tagged, held in found.memory if tagged]
    rows = [
        (
            f"{found.messages:,} missed",
            f"{found.fetched_after:.0f} s",
            f"{found.tagged_after:.0f} s",
            f"{found.per_second:.0f}",
            f"{ends[0] / MEBIBYTE:.0f}",
            f"{ends[-1] / MEBIBYTE:.0f}",
            f"{found.peak_bytes / MEBIBYTE:.0f}",
        )
    ]
    head = ("messages", "fetched after", "last tag after", "a second", "MiB at first", "at the end", "peak")
    return table(head, rows) + f"\n\nWanted: flat, and under {GOAL_MEMORY} MiB."


def moderation(found: Moderation) -> str:
    """A roster over many rooms, one coming or going, and storms of messages."""
    plan = found.plan
    parts = [
        table(
            ("a new roster", "planned in", "invited", "put to people"),
            [
                (
                    f"{plan.persons:,} persons, {plan.rooms} rooms",
                    f"{plan.seconds:.2f} s",
                    f"{plan.invited:,}",
                    f"{plan.proposed:,}",
                )
            ],
        ),
        table(
            ("one coming or going", "decided in", "statements"),
            [
                (f"in a room of {one.members:,}", f"{one.microseconds:.0f} us", f"{one.statements:.1f}")
                for one in found.comings
            ],
        ),
        table(
            ("messages a second", "messages", "all judged after", "deciding one", "waiting, by second", "effects"),
            [
                (
                    f"{storm.a_second:,}",
                    f"{storm.messages:,}",
                    f"{storm.judged_in:.1f} s",
                    f"{storm.alone:.2f} ms",
                    " ".join(map(str, storm.waiting)),
                    ", ".join(f"{count:,} {kind}" for kind, count in storm.effects.items()),
                )
                for storm in found.storms
            ],
        ),
    ]
    verdicts = [f"planning {_met(plan.seconds < GOAL_PLAN, f'under {GOAL_PLAN:.0f} s')}"]
    for storm in found.storms:
        pace = f"{storm.a_second:,} messages a second without a growing queue"
        verdicts.append(f"judging {_met(storm.keeps_up, pace)}")
    span = found.storms[0].messages / found.storms[0].a_second
    parts.append(
        f"Wanted: {'; '.join(verdicts)}. What is decided waits for the homeserver: by its own defaults Synapse lets"
        f" {let_out(span)} of the effects out in these {span:.0f} seconds, the urgent ones first."
    )
    return "\n\n".join(parts)


def _met(met: bool, goal: str) -> str:
    return goal if met else f"{goal} - NOT met here"


def export(weeks: Sequence[Export]) -> str:
    """How large weeks were exported and verified."""
    rows = [
        (
            f"{week.messages:,} messages, {week.photos:,} photos",
            f"{week.size / MEBIBYTE:.0f}",
            f"{week.seconds:.0f} s",
            f"{week.peak_bytes / MEBIBYTE:.0f}",
            f"{week.verified_in:.0f} s",
            f"{week.verified_peak_bytes / MEBIBYTE:.0f}",
        )
        for week in weeks
    ]
    head = ("week", "MiB", "exported in", "peak MiB", "verified in", "peak MiB")
    return table(head, rows) + (
        f"\n\nWanted: the first under {GOAL_EXPORT} s and {GOAL_EXPORT_MEMORY} MiB, and ten times that for"
        " ten times as much."
    )


def machine() -> str:
    """The machine by what matters here."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def keep(folder: Path, name: str, body: str, *, now: datetime) -> Path:
    """Write a table with where and when it was measured."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.md"
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    path.write_text(
        f"{body}\n\nMeasured {now:%Y-%m-%d %H:%M} on {machine()}, load {load:.1f} at the end.\n", encoding="utf-8"
    )
    return path


def _laid(found: Found) -> tuple[str, ...]:
    """How many are noticed that lie upon an earlier picture of their task, and how many honest ones with them."""
    if not found.laid:
        return ()
    rows = [
        (one.change, "forged" if one.forged else "honest", str(one.pairs), str(one.noticed))
        for one in found.laid
        if not one.again
    ]
    whole = [one for one in found.laid if one.again]
    pairs, noticed = sum(one.pairs for one in whole), sum(one.noticed for one in whole)
    which = "; ".join(f"{one.change} ({one.noticed})" for one in whole if one.noticed)
    return (
        table(("before and after, for one task (simulated)", "meant", "pairs", "held"), rows),
        f"Of {pairs:,} photographs sent again for one task, changed as in the first table, {noticed} were taken for"
        f" such a pair{': ' + which if which else ''}.",
    )


def evidence(found: Found) -> str:
    """How well pictures are known again by kind of change, and how many honest reports are held."""
    known = [
        (one.change, str(one.pairs), str(one.same), str(one.alike), str(one.pairs - one.same - one.alike))
        for one in found.known
    ]
    reports, held = sum(one.reports for one in found.held), sum(one.held for one in found.held)
    honest = [
        (one.way, str(one.reports), str(one.held), str(one.noted), ", ".join(one.reasons)) for one in found.held
    ]
    pairs = sum(one.pairs for one in found.known)
    mistaken = sum(one.mistaken for one in found.known)
    missed = [one.change for one in found.known if one.same < one.pairs / 2]
    missed += [one.change for one in found.laid if one.forged and one.noticed < one.pairs / 2]
    return "\n\n".join(
        (
            table(("the same photograph, changed", "pairs", "same: held", "alike: noted", "not found"), known),
            f"{pairs:,} pairs among {found.photographs} photographs; another was named in {mistaken} of them. Of"
            f" {found.near.pairs} pairs of two shots with the camera moved (simulated: parts of one photograph that"
            f" share three quarters of their width), {found.near.same} were taken for the same and"
            f" {found.near.alike} for alike.",
            table(("honest reports, sent by", "reports", "held", "noted", "held for"), honest),
            f"{held} of {reports} honest reports held: {held / reports:.1%}, with 95 % certainty at most "
            f"{at_most(held, reports):.1%}. Wanted: at most 3 %.",
            *_laid(found),
            f"**What mostly stays undetected**: {'; '.join(missed) or 'nothing of the above'}.",
        )
    )
