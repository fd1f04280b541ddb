"""`scripts/bench export`: a large week as a bundle, exported and verified by the commands that people type."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from bridge.rehearsal.bench import past
from bridge.rehearsal.bench.processes import once
from bridge.rehearsal.bench.replay import free_port, write_files

WEEK = "2026-W47"


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """One week."""

    messages: int
    photos: int
    size: int
    """Bytes of the bundle."""
    seconds: float
    peak_bytes: int
    verified_in: float
    verified_peak_bytes: int


def measure(
    folder: Path, sizes: Sequence[int], scenes: Sequence[bytes], say: Callable[[str], None]
) -> list[Export]:
    """Export and verify a week with so many messages, a tenth of them photos; for each of the sizes."""
    return [_one(folder, size, scenes, say) for size in sizes]


def _one(folder: Path, messages: int, scenes: Sequence[bytes], say: Callable[[str], None]) -> Export:
    place = past.made(folder, messages, scenes, say)
    work = folder / "export"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        settings = write_files(work, "http://127.0.0.1:9", 1, free_port(), state=place)
        arguments = ("--config", str(settings))
        exported = once("bridge", "export", *arguments, "--week", WEEK, "--out", str(work), log=work / "export.log")
        bundle = next(work.glob("*.zip"))
        verified = once("bridge", "verify", str(bundle), *arguments, log=work / "verify.log")
        return Export(
            messages=messages,
            photos=round(messages * past.REPORTS),
            size=bundle.stat().st_size,
            seconds=exported.seconds,
            peak_bytes=exported.peak_bytes,
            verified_in=verified.seconds,
            verified_peak_bytes=verified.peak_bytes,
        )
    finally:
        shutil.rmtree(work)
