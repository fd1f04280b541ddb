"""Looking for a picture among many: what asking and remembering cost on a ledger that knows so many pictures.

The tables are filled as they would be by pictures of which no two are alike: their hashes are random, and so is
what stands in the buckets. Among them are some whole pictures, which are then asked for with 31 bits changed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from statistics import median, quantiles

import msgspec

from bridge.ledger import pictures
from bridge.ledger.databases import Database, SqliteFile
from bridge.ledger.store import Store
from bridge.model import hashes
from bridge.model.facts import EvidenceJudged

COUNT = 1_000_000
ASKED = 200
GOAL_SECONDS = 0.05
_VIEWS = ("whole", "edged", "inner", "core", "upper", "lower")
"""What an ordinary photo is known by; the seventh is only of those with a frame."""
_PAGE = 20_000


class Recognising(msgspec.Struct, frozen=True):
    """What was found; times in seconds."""

    engine: str
    pictures: int
    asked: int
    found: int
    """Of those that were asked for and are there."""
    p50: float
    p95: float
    worst: float
    processor: float
    """Of the processor, in the median: what it would be where nothing else runs."""
    remembering: float
    """Of one more picture, with its commit."""
    disk: int
    """Bytes of the two tables for each picture."""


def measure(folder: Path, count: int, tell: Callable[[str], None], server: Database | None = None) -> Recognising:
    """Fill a fresh ledger and ask it: an empty PostgreSQL database, if one is given, else a SQLite file."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("pictures.db*"):
        left.unlink()
    store = (server or SqliteFile(folder / "pictures.db")).open()
    chance = Random(1)  # noqa: S311
    tell(f"{count} pictures are written down ...")
    _fill(store, count)
    known = [chance.getrandbits(256) for _ in range(ASKED)]
    remembering = []
    for number in range(ASKED):
        begun = time.perf_counter()
        _remember(store, number, known, chance)
        remembering.append(time.perf_counter() - begun)
    tell(f"{ASKED} pictures are asked for ...")
    asking, working, found = [], [], 0
    for value in known:
        views = [hashes.written("whole", _changed(value, chance)), *_others(chance)]
        begun, used = time.perf_counter(), time.process_time()
        alike = pictures.alike(store, "bench", views, None)
        asking.append(time.perf_counter() - begun)
        working.append(time.process_time() - used)
        found += bool(alike) and alike[0].distance == hashes.SAME
    disk = _disk(store, folder) // count
    store.close()
    return Recognising(
        engine="PostgreSQL" if server else "SQLite",
        pictures=count,
        asked=ASKED,
        found=found,
        p50=median(asking),
        p95=quantiles(asking, n=20)[-1],
        worst=max(asking),
        processor=median(working),
        remembering=median(remembering),
        disk=disk,
    )


def _disk(store: Store, folder: Path) -> int:
    """Bytes of the tables and their indexes; of SQLite of the whole file, which holds little else."""
    if store.is_postgres:
        row = store.one(
            "SELECT pg_total_relation_size('picture_view') + pg_total_relation_size('picture_bucket')", ()
        )
        return int(row[0]) if row else 0
    store.run("PRAGMA wal_checkpoint(TRUNCATE)")
    return (folder / "pictures.db").stat().st_size


def _fill(store: Store, count: int) -> None:
    for part in (_buckets(count), _views(count)):
        for sql, rows in part:
            store.begin()
            store.many(sql, rows)
            store.commit()
    if store.is_postgres:
        # As a server does by itself after a while.
        store.run("ANALYZE picture_view")
        store.run("ANALYZE picture_bucket")


def _buckets(count: int) -> Iterator[tuple[str, list[tuple[int, bytes]]]]:
    kinds = sorted({pictures.KINDS[name] for name in _VIEWS})
    each, left = divmod(count, 1 << pictures.WIDTH)
    for kind in kinds:
        for band in range(pictures.BANDS):
            first = (kind * pictures.BANDS + band) << pictures.WIDTH
            rows = [(first + bits, os.urandom(8 * (each + (bits < left)))) for bits in range(1 << pictures.WIDTH)]
            yield "INSERT INTO picture_bucket (bucket, samples) VALUES (?,?)", [row for row in rows if row[1]]


def _views(count: int) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    total = count * len(_VIEWS)
    step = (1 << 64) // total
    for start in range(0, total, _PAGE):
        yield (
            "INSERT INTO picture_view (sample, at, event, place, view, hash) VALUES (?,?,?,?,?,?)",
            [
                (
                    number * step - (1 << 63),
                    number,
                    f"${number:043}",
                    0,
                    _VIEWS[number % len(_VIEWS)],
                    os.urandom(32),
                )
                for number in range(start, min(total, start + _PAGE))
            ],
        )


def _remember(store: Store, number: int, known: list[int], chance: Random) -> None:
    event = f"$known{number}"
    views = (hashes.written("whole", known[number]), *_others(chance))
    store.begin()
    store.run(
        "INSERT INTO media (event, place, forum, room, kind, mxc, received_at, verdict, sha256, mime)"
        " VALUES (?,0,'bench','!bench','image','mxc://bench/1',?,'ok','','image/jpeg')",
        (event, number),
    )
    pictures.remember(store, EvidenceJudged(event=event, verdict="ok", views=views, at=number))
    store.commit()


def _others(chance: Random) -> list[str]:
    return [hashes.written(name, chance.getrandbits(256)) for name in _VIEWS[1:]]


def _changed(value: int, chance: Random) -> int:
    for place in chance.sample(range(hashes.BITS), hashes.SAME):
        value ^= 1 << place
    return value
