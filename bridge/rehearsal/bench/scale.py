"""`scripts/bench scale`: what one message costs when the record is short and when it is long."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from bridge.rehearsal.bench import past, workload
from bridge.rehearsal.bench.past import DAY, SEALED, Past

SIZES = (500, 5_000, 50_000, 500_000)
"""Messages of the past; each leaves some two facts, so that the last one is a record of a million."""

FRESH = 2_000
"""Messages that are decided on top, and measured."""

WARM_UP = 200


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What a message costs on top of a record of some length."""

    messages: int
    facts: int
    decided_in: float
    """Seconds for a message to be decided and recorded, without commit and network."""
    statements: float
    """Statements on the database for a message, commits among them."""

    @property
    def per_second(self) -> float:
        """Messages decided in a second."""
        return 1 / self.decided_in


def measure(folder: Path, sizes: Sequence[int], scenes: Sequence[bytes], say: Callable[[str], None]) -> list[Cost]:
    """The cost at each of these sizes. A large past is made once, which takes minutes."""
    found = []
    for size in sizes:
        place = past.made(folder, size, scenes, say)
        scratch = folder / "scale"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        shutil.copyfile(place / "ledger.db", scratch / "ledger.db")
        found.append(_cost(scratch / "ledger.db", size))
        shutil.rmtree(scratch)
        say(
            f"  {found[-1].facts} facts: {found[-1].decided_in * 1e6:.0f} us, {found[-1].statements:.1f} statements"
        )
    return found


def _cost(path: Path, size: int) -> Cost:
    ledger = Past(path)
    # What the past still has to do (orders that become late, reports that become accepted) is no cost of a message.
    later = SEALED + 10 * DAY
    ledger.pass_to(later)
    fresh = list(workload.messages(WARM_UP + FRESH, 1, later, reports=past.REPORTS, span=DAY // 4, first=size + 1))
    groups = list(past.groups(iter(fresh)))
    for group in groups[: WARM_UP // past.GROUP]:
        ledger.take(group)
    statements = 0

    def count(sql: str) -> None:
        nonlocal statements
        statements += 1

    facts = ledger.facts()
    # The statements of one pass are counted, and the time of another: counting takes time.
    seconds = 0.0
    half = len(groups) // 2
    for group in groups[WARM_UP // past.GROUP : half]:
        seconds += ledger.take(group)
    with ledger.listening(count):
        for group in groups[half:]:
            ledger.take(group)
    timed = sum(map(len, groups[WARM_UP // past.GROUP : half]))
    counted = sum(map(len, groups[half:]))
    ledger.close()
    return Cost(messages=size, facts=facts, decided_in=seconds / timed, statements=statements / counted)
