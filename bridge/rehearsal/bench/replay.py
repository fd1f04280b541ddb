"""`scripts/bench replay`: a stand-in homeserver, and before it one after the other a bare nio bot and Tudang."""

from __future__ import annotations

import json
import shutil
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import msgspec

from bridge.rehearsal.bench import workload
from bridge.rehearsal.bench.processes import MEBIBYTE, Process, running
from bridge.rehearsal.bench.standin import Score

STALLED_SECONDS = 60.0
"""Without any progress for so long, a contestant has given up."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """How one contestant did with one number of rooms."""

    name: str
    rooms: int
    messages: int
    score: Score
    peak_bytes: int
    cpu: float
    stand_in_cpu: float
    judged_after: float | None = None
    """Seconds until the last verdict; None when there were none or they were not waited for."""
    judged: int = 0

    @property
    def per_second(self) -> float:
        """Events a second, to the last tag."""
        return self.messages / self.score.last_tag if self.score.last_tag else 0.0

    @property
    def pictures_per_second(self) -> float:
        """Pictures judged a second."""
        return self.judged / self.judged_after if self.judged_after else 0.0


def scenes(folder: Path, count: int = workload.PICTURES) -> Path:
    """The pictures, drawn once and kept."""
    place = folder / f"scenes-{count}"
    if not place.exists():
        fresh = folder / f"scenes-{count}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for number, jpeg in enumerate(workload.scenes(count)):
            (fresh / f"{number:04}.jpg").write_bytes(jpeg)
        fresh.rename(place)
    return place


def nio(messages: int, rooms: int, pictures: Path, folder: Path) -> Run:
    """The bare bot."""
    fresh(folder)
    with _stand_in(messages, rooms, pictures, folder) as (stand_in, url):
        arguments = ("--url", url, "--database", str(folder / "bot.db"))
        with running("bridge.rehearsal.bench.nio_bot", *arguments, log=folder / "bot.log") as bot:
            _until(lambda: "sync" in _ask(url).seen, bot)
            before = bot.cpu_seconds(), stand_in.cpu_seconds()
            score = _race(url, bot)
            return Run(
                name="matrix-nio bot",
                rooms=rooms,
                messages=messages,
                score=score,
                peak_bytes=bot.peak_bytes(),
                cpu=bot.cpu_seconds() - before[0],
                stand_in_cpu=stand_in.cpu_seconds() - before[1],
            )
