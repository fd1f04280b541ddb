"""`scripts/bench start`: from the command to the first answer of the homeserver taken in, on a long record."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from bridge.rehearsal.bench import past
from bridge.rehearsal.bench.past import Past
from bridge.rehearsal.bench.replay import calm, running_bridge, scenes_in, stand_in, wait_until

LOOK_SECONDS = 0.02


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """One start of the bridge."""

    facts: int
    seconds: float
    """From starting the process to a healthy page, Python and its imports among them."""
    peak_bytes: int


def measure(folder: Path, messages: int, pictures: Path, say: Callable[[str], None]) -> Start:
    """Start on a record of ``messages`` messages; the second start counts, since the first one makes keys."""
    place = past.made(folder, messages, scenes_in(pictures), say)
    work = folder / "start"
    shutil.rmtree(work, ignore_errors=True)
    (work / "state").mkdir(parents=True)
    shutil.copyfile(place / "ledger.db", work / "state" / "ledger.db")
    ledger = Past(work / "state" / "ledger.db")
    facts = ledger.facts()
    ledger.close()
    with stand_in(10, 1, pictures, work) as (_, url):
        for _ in range(2):
            began = time.monotonic()
            with running_bridge(work, url, 1) as (bridge, page):
                wait_until(partial(calm, page), bridge, pause=LOOK_SECONDS)
                seconds, peak = time.monotonic() - began, bridge.peak_bytes()
    shutil.rmtree(work)
    return Start(facts=facts, seconds=seconds, peak_bytes=peak)
