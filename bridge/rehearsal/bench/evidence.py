"""`scripts/bench evidence`: how well pictures are known again, and how many honest ones are held.

Runs through the real decoding process, the real index and the real rule for signs, with the checks as they are
without a word in the policy.
"""

from __future__ import annotations

import asyncio
import io
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from PIL import ExifTags, Image, ImageEnhance

from bridge.evidence.inspect import Inspector
from bridge.forum import signs
from bridge.ledger import pictures
from bridge.ledger.migrations import migrate
from bridge.ledger.store import Store, sqlite_database
from bridge.model.evidence import Inspection, Limits
from bridge.model.facts import EvidenceJudged
from bridge.model.situation import AlikePicture
from bridge.policy.pictures import Checks
from bridge.rehearsal.bench import aligned
from bridge.rehearsal.bench.changes import CHANGES, Change, again, cut, jpeg, reduced

Photograph = tuple[str, Image.Image]
RECEIVED = datetime(2026, 11, 24, 9, 15, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Makassar")
EDGE = 1600
"""Every photograph is first brought to this edge, as what phones send mostly is."""


class Known(msgspec.Struct, frozen=True):
    """Of one kind of change: how many of the pairs were taken for the same, for alike, and for another picture."""

    change: str
    pairs: int
    same: int
    alike: int
    mistaken: int


class Held(msgspec.Struct, frozen=True):
    """Of one way of sending: how many honest reports were held or refused, noted, and why they were held."""

    way: str
    reports: int
    held: int
    noted: int
    reasons: tuple[str, ...]


class Found(msgspec.Struct, frozen=True):
    """Both tables and what they rest on."""

    photographs: int
    known: tuple[Known, ...]
    near: Known
    held: tuple[Held, ...]
    laid: tuple[aligned.Laid, ...] = ()
    """Pairs of one task, laid upon each other."""


def _with_exif(picture: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "samsung", "SM-A055F"
    shot = exif.get_ifd(ExifTags.IFD.Exif)
    shot[ExifTags.Base.DateTimeOriginal] = "2026:11:24 16:40:00"
    shot[ExifTags.Base.OffsetTimeOriginal] = "+08:00"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "S", (4.0, 21.0, 0.0)
    place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "E", (119.0, 53.0, 0.0)
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=92, exif=exif)
    return kept.getvalue()


WAYS: Mapping[str, Callable[[Image.Image], bytes]] = {
    "Element X, picture made smaller": lambda one: jpeg(reduced(one, 1280), 78),
    "WhatsApp": lambda one: jpeg(reduced(one, 1600), 70),
    "the camera's own file, EXIF and place": _with_exif,
    "at night (darkened to a quarter)": lambda one: jpeg(ImageEnhance.Brightness(one).enhance(0.25), 75),
}


def measure(folder: Path, photographs: Sequence[Photograph], each: int, say: Callable[[str], None]) -> Found:
    """Every change on ``each`` photographs, spread evenly, and every photograph sent in every way."""
    folder.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_measure(folder, photographs, each, say))


async def _measure(folder: Path, photographs: Sequence[Photograph], each: int, say: Callable[[str], None]) -> Found:
    photographs = [(name, reduced(picture, EDGE)) for name, picture in photographs]
    step = max(1, len(photographs) // each)
    chosen = photographs[::step][:each]
    async with Inspector(Limits(workers=2)) as inspector:
        judge = _Judge(inspector, folder)
        index = _Index(folder / "pairs.db")
        for name, judged in await judge.all([(name, jpeg(one)) for name, one in photographs]):
            index.remember(name, judged)
        known = []
        for change, made in CHANGES.items():
            known.append(await _pairs(judge, index, change, made, chosen))
            say(f"  {known[-1].same} of {known[-1].pairs}: {change}")
        near = await _panned(judge, folder, chosen)
        held = []
        for way, sent in WAYS.items():
            held.append(await _honest(judge, folder, way, sent, photographs))
            say(f"  {held[-1].held} held of {held[-1].reports}: {way}")
        laid = await aligned.measure(judge.all, lambda name: _Index(folder / name), chosen)
        for one in laid:
            say(f"  {one.noticed} of {one.pairs} laid upon each other: {one.change}")
    return Found(len(photographs), tuple(known), near, tuple(held), laid)


async def _pairs(judge: _Judge, index: _Index, change: str, made: Change, chosen: Sequence[Photograph]) -> Known:
    same = alike = mistaken = 0
    for name, judged in await judge.all([(name, jpeg(made(one))) for name, one in chosen]):
        found = index.alike(judged)
        own = min((one.distance for one in found if one.event == name), default=256)
        same += own <= 31
        alike += 31 < own <= 60
        mistaken += any(one.distance <= 31 and one.event != name for one in found)
    return Known(change, len(chosen), same, alike, mistaken)


async def _panned(judge: _Judge, folder: Path, chosen: Sequence[Photograph]) -> Known:
    """Two honest shots from one place, the camera moved on by a quarter: two parts of one photograph."""
    index = _Index(folder / "panned.db")
    firsts = [(name, jpeg(again(cut(one, 0, 0.05, 0.2, 0.05), 85))) for name, one in chosen]
    seconds = [(name, jpeg(again(cut(one, 0.2, 0.1, 0, 0), 85))) for name, one in chosen]
    for name, judged in await judge.all(firsts):
        index.remember(name, judged)
    same = alike = 0
    for _, judged in await judge.all(seconds):
        nearest = min((one.distance for one in index.alike(judged)), default=256)
        same += nearest <= 31
        alike += 31 < nearest <= 60
    return Known("two shots, the camera moved (simulated)", len(chosen), same, alike, 0)


async def _honest(
    judge: _Judge, folder: Path, way: str, sent: Callable[[Image.Image], bytes], photographs: Sequence[Photograph]
) -> Held:
    """Each photograph once as the report of another unit, beside all that were sent before it."""
    index, checks = _Index(folder / "honest.db"), Checks()
    held, noted, reasons = 0, 0, set[str]()
    for name, judged in await judge.all([(name, sent(one)) for name, one in photographs]):
        met = index.alike(judged)
        nearest = next(iter(met), None)
        # As if all were of one task.
        laid = any(aligned.upon(one, judged) for one in met)
        found = signs.noticed(judged, checks, received=RECEIVED, zone=ZONE, alike=nearest, aligned=laid)
        level = signs.strictest(found, checks) if judged.ok else "refuse"
        if level in ("hold", "refuse"):
            held += 1
            reasons |= {str(sign) for sign in found if signs.level_of(sign, checks) == level}
            reasons |= {str(judged.verdict)} if not judged.ok else set()
        noted += level == "note"
        index.remember(name, judged)
    return Held(way, len(photographs), held, noted, tuple(sorted(reasons)))


class _Judge:
    """The real decoding process, two at a time."""

    def __init__(self, inspector: Inspector, folder: Path) -> None:
        self._inspector, self._folder = inspector, folder

    async def all(self, files: Sequence[tuple[str, bytes]]) -> list[tuple[str, Inspection]]:
        return list(await asyncio.gather(*(self._one(n, name, content) for n, (name, content) in enumerate(files))))

    async def _one(self, number: int, name: str, content: bytes) -> tuple[str, Inspection]:
        path = self._folder / f"judged-{number}.jpg"
        path.write_bytes(content)
        try:
            return name, await self._inspector.inspect(path, "image/jpeg")
        finally:
            path.unlink()


class _Index:
    """The real index in a ledger of its own."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._store = Store(sqlite_database(path))
        migrate(self._store)
        self._at = RECEIVED

    def remember(self, name: str, judged: Inspection) -> None:
        self._at += timedelta(minutes=1)
        at = round(self._at.timestamp() * 1000)
        self._store.run(
            "INSERT INTO media (event, place, forum, room, person, unit, kind, mxc, received_at, report, verdict,"
            " sha256, mime, grid) VALUES (?,0,'bench','!r','one','one','image','mxc://x/1',?,'L-1','ok','','',?)",
            (name, at, judged.grid),
        )
        pictures.remember(
            self._store,
            EvidenceJudged(event=name, index=0, verdict="ok", views=judged.views, grid=judged.grid, at=at),
        )

    def alike(self, judged: Inspection) -> tuple[AlikePicture, ...]:
        return pictures.alike(self._store, "bench", judged.views, None)


def at_most(found: int, of: int) -> float:
    """The upper end of Wilson's 95 % interval of a share."""
    z, share = 1.96, found / of
    middle = share + z * z / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle + half) / (1 + z * z / of)
