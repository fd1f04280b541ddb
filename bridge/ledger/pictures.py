"""Recognising pictures: an index of PDQ hashes in two tables, the same at a thousand pictures and at a million.

Two hashes of which at most 31 of 256 bits differ have, of 16 bands of 16 bits, one in which at most one bit
differs (M. Norouzi and others, "Fast search in Hamming space with multi-index hashing", 2012). So a picture stands
in 16 buckets for each of its views, and whoever looks for it looks into the 17 buckets of each band that are at
most one bit away. A bucket holds of each hash a sample of 64 bits, a quarter of every band; a sample that is near
leads to the whole hash, which decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from struct import Struct

from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model import hashes
from bridge.model.situation import PREVIEW, AlikePicture

MOST_ALIKE = 5
RESEMBLING = 60
"""A picture of which more bits differ is none that resembles: unrelated ones differ in 80 and more."""

BANDS, WIDTH = 16, 16
NEAR = 20
"""Of a sample's 64 bits at most so many differ where 31 of 256 do: more would be one chance in ten million."""

MOST_IN_BUCKET = 4096
"""A bucket that is full of other pictures takes no more; a picture has fifteen others for the same view."""

MOST_SAMPLES, MOST_OF_SAMPLE = 100, 20
"""So many near samples, the nearest first, and of each so many pictures, the earliest first, are looked at."""

KINDS: Mapping[str, int] = {
    "whole": 0,
    "first": 0,
    "middle": 0,
    "last": 0,
    "inner": 1,
    "core": 2,
    "upper": 3,
    "lower": 4,
    "trimmed": 5,
    "edged": 6,
}
"""The names of views that are remembered, by what they are found with: frames of a video are whole pictures."""

MEETS: Mapping[int, tuple[int, ...]] = {
    0: (0, 1, 2, 3, 4, 5, 6),
    1: (0,),
    2: (0,),
    3: (0, 3),
    4: (0, 4),
    5: (0,),
    6: (0,),
}
"""Which kinds of remembered views each kind of a new one is compared with: a part with the whole, and so on."""

_AT_MOST_ONE = (0, *(1 << place for place in range(WIDTH)))
_ASKED_AT_ONCE = 1000
_SAMPLE = Struct(">Q")


def remember(store: Store, fact: f.EvidenceJudged) -> None:
    """Take the views of a judged picture into the index."""
    known = [(*read, KINDS[read[0]]) for view in fact.views if (read := hashes.read(view)) and read[0] in KINDS]
    store.many(
        "INSERT INTO picture_view (sample, at, event, place, view, hash) VALUES (?,?,?,?,?,?)"
        " ON CONFLICT DO NOTHING",
        [
            (_signed(sample_of(value)), fact.at, fact.event, fact.index, name, value.to_bytes(32, "big"))
            for name, value, _ in known
        ],
    )
    added: dict[int, set[int]] = {}
    for _, value, kind in known:
        for band, bits in enumerate(_bands(value)):
            added.setdefault(_bucket(kind, band, bits), set()).add(sample_of(value))
    held = dict(_buckets(store, added))
    changed = []
    for bucket, samples in added.items():
        before = held.get(bucket, ())
        if not samples <= set(before) and len(before) < MOST_IN_BUCKET:
            changed.append((bucket, b"".join(map(_SAMPLE.pack, sorted({*before, *samples})))))
    store.many(
        "INSERT INTO picture_bucket (bucket, samples) VALUES (?,?)"
        " ON CONFLICT (bucket) DO UPDATE SET samples = excluded.samples",
        changed,
    )


def alike(
    store: Store, forum: str, views: Sequence[str], itself: tuple[str, int] | None
) -> tuple[AlikePicture, ...]:
    """The pictures of which a view is like one of these, nearest first; what a forum's own preview saw is none."""
    asked = list(_asked(views))
    near = _near(store, asked)
    found: dict[tuple[str, int], tuple[int, str]] = {}
    for event, place, view, kept in _views(store, near):
        value = int.from_bytes(kept, "big")
        distance = min(hashes.distance(value, one) for _, one in asked)
        best = found.get((event, place))
        if distance <= RESEMBLING and (event, place) != itself and (best is None or distance < best[0]):
            found[event, place] = distance, view
    return _pictures(store, forum, found)


def sample_of(value: int) -> int:
    """Every fourth bit of a hash."""
    bits = f"{value:0{hashes.BITS}b}"
    return int(bits[::4], 2)


def _asked(views: Iterable[str]) -> Iterator[tuple[int, int]]:
    """(kind of remembered view, hash) of all that is looked for: the whole picture also turned and mirrored."""
    for view in views:
        read = hashes.read(view)
        if read is None or read[0] not in KINDS:
            continue
        kind, value = KINDS[read[0]], read[1]
        for met in MEETS[kind]:
            yield met, value
        if read[0] == "whole":
            for other in list(hashes.turned(value))[1:]:
                yield kind, other


def _near(store: Store, asked: Sequence[tuple[int, int]]) -> list[int]:
    """The samples that are near one that is asked for, nearest first."""
    wanted: dict[int, tuple[int, ...]] = {}
    for kind, value in asked:
        sample = (sample_of(value),)
        for band, bits in enumerate(_bands(value)):
            bucket = _bucket(kind, band, bits)
            for differing in _AT_MOST_ONE:
                near = bucket ^ differing
                wanted[near] = wanted[near] + sample if near in wanted else sample
    found: dict[int, int] = {}
    for bucket, samples in _buckets(store, wanted):
        for one in wanted[bucket]:
            for each in [each for each in samples if (each ^ one).bit_count() <= NEAR]:
                found[each] = min(found.get(each, NEAR), (each ^ one).bit_count())
    return sorted(found, key=lambda sample: (found[sample], sample))[:MOST_SAMPLES]


def _buckets(store: Store, wanted: Iterable[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The buckets of these that there are, each with its samples."""
    keys = sorted(wanted)
    if store.is_postgres:
        # One array is half the work of as many parameters, and one answer instead of several.
        yield from _read(store, "= ANY(?)", [keys])
        return
    for start in range(0, len(keys), _ASKED_AT_ONCE):
        some = keys[start : start + _ASKED_AT_ONCE]
        yield from _read(store, f"IN ({','.join('?' * len(some))})", some)


def _read(store: Store, which: str, params: Sequence[object]) -> Iterator[tuple[int, tuple[int, ...]]]:
    for bucket, samples in store.all(f"SELECT bucket, samples FROM picture_bucket WHERE bucket {which}", params):
        yield bucket, _unpacked(bytes(samples))


def _unpacked(samples: bytes) -> tuple[int, ...]:
    return Struct(f">{len(samples) // _SAMPLE.size}Q").unpack(samples)


def _views(store: Store, samples: Sequence[int]) -> list[tuple[str, int, str, bytes]]:
    """(event, index, view, hash) of the pictures with these samples."""
    if not samples:
        return []
    of_one = (
        "SELECT event, place, view, hash FROM picture_view WHERE sample = ?"
        f" ORDER BY at, event, place, view LIMIT {MOST_OF_SAMPLE}"
    )
    every = " UNION ALL ".join([f"SELECT * FROM ({of_one}) AS earliest"] * len(samples))
    rows = store.all(every, [_signed(sample) for sample in samples])
    return [(event, place, view, bytes(kept)) for event, place, view, kept in rows]


def _pictures(
    store: Store, forum: str, found: Mapping[tuple[str, int], tuple[int, str]]
) -> tuple[AlikePicture, ...]:
    nearest = sorted(found, key=lambda one: found[one][0])[: MOST_OF_SAMPLE * MOST_ALIKE]
    if not nearest:
        return ()
    rows = store.all(
        "SELECT m.event, m.place, m.forum, m.report, r.directive, m.person, m.unit, m.received_at, m.verdict,"
        " m.destroyed, r.state, m.grid FROM media m LEFT JOIN report r ON r.forum = m.forum AND r.number = m.report"
        f" WHERE m.event IN ({','.join('?' * len(nearest))}) AND m.forum <> ?",
        [*(event for event, _ in nearest), f"{forum}{PREVIEW}"],
    )
    known = [
        AlikePicture(
            distance=found[row[0], row[1]][0],
            view=found[row[0], row[1]][1],
            event=row[0],
            index=row[1],
            forum=row[2],
            report=row[3],
            directive=row[4],
            person=row[5],
            unit=row[6],
            received_at=row[7],
            verdict=row[8],
            destroyed=bool(row[9]),
            report_state=row[10] or "",
            grid=row[11],
        )
        for row in rows
        if (row[0], row[1]) in found
    ]
    known.sort(key=lambda one: (one.distance, one.received_at, one.event, one.index))
    return tuple(known[:MOST_ALIKE])


def _bands(value: int) -> Iterator[int]:
    for band in range(BANDS):
        yield (value >> (WIDTH * band)) & 0xFFFF


def _bucket(kind: int, band: int, bits: int) -> int:
    return (kind * BANDS + band) << WIDTH | bits


def _signed(sample: int) -> int:
    """As a database keeps 64 bits."""
    return sample - (1 << 64) if sample >> 63 else sample
