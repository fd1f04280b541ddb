"""Writing a sealed week as a bundle: `tudang export --week 2026-W47 [--out DIR]`."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from bridge.model.chain import Head, follow
from bridge.model.facts import Record
from bridge.summary.attest import envelope_bytes, statement
from bridge.summary.collect import collect
from bridge.summary.derive import ATTESTATION, RECORDS, bundle_name, derive, shown_media
from bridge.summary.fold import carry
from bridge.summary.jsonl import schema_bytes, to_line
from bridge.summary.keys import SigningKey
from bridge.summary.stored_zip import Member, chunks_of, zip_bytes
from bridge.summary.week import Opening, Week

MediaSource = Callable[[str], BinaryIO | None]
"""SHA-256 (hexadecimal) -> the archived bytes, opened anew each time, or None when the archive has them not."""


class History(Protocol):
    """What export needs of the ledger, for one forum."""

    def sealed_weeks(self) -> Sequence[tuple[str, int]]:
        """(ISO week, position of its seal), oldest first."""
        ...

    def records(self, after: int, upto: int) -> Iterable[Record]:
        """The records with ``after < position <= upto``, in order, read as they are asked for."""
        ...


class NotSealed(Exception):
    """A week that has no seal was asked for; ``sealed`` are those that have one."""

    def __init__(self, week: str, sealed: Sequence[str]) -> None:
        super().__init__(f"{week} is not sealed")
        self.week = week
        self.sealed = tuple(sealed)


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle on disk."""

    path: Path
    size: int
    sha256: str
    week: str
    head: Head
    missing: tuple[str, ...]
    """Media that should be in it and were not in the archive; they are listed as gaps inside."""


def export_week(
    history: History, week: str, media: MediaSource, key: SigningKey, out: Path, openings: Path | None = None
) -> Exported:
    """Export a sealed week of a forum into the folder ``out``.

    ``openings`` is a folder in which the state at each cut is kept, so that history is read once and not every
    week; empty it when contents are destroyed. Raises :class:`NotSealed`; ``bridge.model.chain.Broken`` when
    the ledger was tampered with; OSError when the bundle cannot be written.
    """
    weeks = list(history.sealed_weeks())
    names = [name for name, _ in weeks]
    if week not in names:
        raise NotSealed(week, names)
    index = names.index(week)
    cuts = [0, *(cut for _, cut in weeks)]
    opening = opening_at(history, cuts[: index + 1], openings)
    return write_bundle(opening, history.records(cuts[index], cuts[index + 1]), media, key, out)


def opening_at(history: History, cuts: Sequence[int], kept: Path | None) -> Opening:
    """The opening at the last of these cuts (0 and then every seal in order), from the nearest one kept."""
    opening, start = Opening(), 0
    if kept is not None:
        for index in range(len(cuts) - 1, 0, -1):
            found = _kept(kept, cuts[index], history)
            if found is not None:
                opening, start = found, index
                break
    for before, cut in zip(cuts[start:], cuts[start + 1 :], strict=False):
        opening = carry(follow(history.records(before, cut), opening.at), opening)
        if kept is not None:
            _keep(kept, opening)
    return opening


def _kept(folder: Path, cut: int, history: History) -> Opening | None:
    """An opening from the folder, if it is of the chain as it stands now."""
    try:
        opening = msgspec.msgpack.decode((folder / f"opening-{cut}").read_bytes(), type=Opening)
    except (OSError, msgspec.MsgspecError):
        return None
    last = next(iter(history.records(cut - 1, cut)), None)
    return opening if last is not None and opening.at == Head(cut, last.link) else None


def _keep(folder: Path, opening: Opening) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = folder / f".opening.{os.getpid()}"
    fresh.write_bytes(msgspec.msgpack.encode(opening))
    fresh.chmod(0o600)
    fresh.replace(folder / f"opening-{opening.at.position}")


def write_bundle(
    opening: Opening, records: Iterable[Record], media: MediaSource, key: SigningKey, out: Path
) -> Exported:
    """Write the bundle of the week that ``records`` (those after ``opening.at``, up to the seal) hold.

    The zip appears under its name only when whole, 0600; one of that name is replaced. Raises
    ``bridge.model.chain.Broken`` and :class:`bridge.summary.fold.NotAWeek` for records that are no week.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".bundle-") as folder:
        scratch = Path(folder)
        written = scratch / "records.jsonl"
        with written.open("wb") as lines:
            week = collect(_also_to(lines, follow(records, opening.at)), opening)
        found = archived_media(week, media)
        members = derive(
            week, opening, Member.of_file(RECORDS, written), found, key.public, scratch, schema_bytes()
        )
        members.append(Member.of_bytes(ATTESTATION, envelope_bytes(statement(week, members), key)))
        name = bundle_name(week)
        size, digest = _write(scratch / "bundle.zip", in_folder(name, members))
        path = out / f"{name}.zip"
        (scratch / "bundle.zip").replace(path)
    return Exported(
        path=path,
        size=size,
        sha256=digest,
        week=week.seal.week,
        head=week.cut,
        missing=tuple(sorted(frozenset(shown_media(week)) - frozenset(found))),
    )


def in_folder(name: str, members: Iterable[Member]) -> list[Member]:
    """The members below the bag's folder, in the zip's order."""
    placed = [msgspec.structs.replace(member, name=f"{name}/{member.name}") for member in members]
    return sorted(placed, key=lambda member: member.name)


def archived_media(week: Week, media: MediaSource) -> dict[str, Member]:
    """The media that the archive has, by file below `data/`. Bytes of another hash count as not there."""
    found = {}
    for file, sha256 in shown_media(week).items():
        stream = media(sha256)
        if stream is None:
            continue
        stream.close()
        member = Member.measured(f"data/{file}", _reopened(media, sha256))
        if member.sha256 == sha256:
            found[file] = member
    return found


def _reopened(media: MediaSource, sha256: str) -> Callable[[], Iterator[bytes]]:
    def chunks() -> Iterator[bytes]:
        stream = media(sha256)
        return iter(()) if stream is None else chunks_of(stream)

    return chunks


def _also_to(out: BinaryIO, records: Iterable[Record]) -> Iterator[Record]:
    for record in records:
        out.write(to_line(record))
        yield record


def _write(path: Path, members: Sequence[Member]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        os.fchmod(handle, 0o600)
        for piece in zip_bytes(members):
            out.write(piece)
            digest.update(piece)
            size += len(piece)
        out.flush()
        os.fsync(out.fileno())
    return size, digest.hexdigest()
