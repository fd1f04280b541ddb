"""The archive keeps whole files under their fingerprints, or says in one sentence why not."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.evidence.archive import DiskArchive
from bridge.model.evidence import (
    ArchiveFull,
    ArchiveUnwritable,
    EvidenceArchive,
    ObjectCorrupt,
    ObjectMissing,
    ObjectTooLarge,
    Stored,
)
from bridge.rehearsal.pictures import photo

PHOTO = photo(1)
DIGEST = hashlib.sha256(PHOTO).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def archive(root: Path) -> DiskArchive:
    archive = DiskArchive(root, max_bytes=10_000_000)
    archive.prepare()
    return archive


async def chunks(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def everything(root: Path) -> list[Path]:
    return [root, *sorted(root.rglob("*"))]


def files(root: Path) -> list[Path]:
    return [path for path in everything(root) if path.is_file()]


async def test_what_is_stored_comes_back(archive: DiskArchive) -> None:
    """The bytes are found by their SHA-256, whole and unchanged."""
    stored = await archive.store(chunks(PHOTO))
    assert stored == Stored(DIGEST, len(PHOTO), new=True)
    assert archive.exists(DIGEST)
    assert archive.path(DIGEST).read_bytes() == PHOTO
    with archive.open(DIGEST) as kept:
        assert kept.read() == PHOTO
    assert archive.verify(DIGEST).size == len(PHOTO)


async def test_it_is_the_archive_that_others_expect(archive: DiskArchive) -> None:
    """The disk archive fits the port, by which an object store can take its place."""
    port: EvidenceArchive = archive
    assert (await port.store(chunks(b""))).size == 0


async def test_the_name_is_the_fingerprint(archive: DiskArchive, root: Path) -> None:
    """One directory level, then the digest; nothing else is left lying about."""
    await archive.store(chunks(PHOTO))
    assert files(root) == [root / DIGEST[:2] / DIGEST]


async def test_only_the_owner_can_look(archive: DiskArchive, root: Path) -> None:
    """Photos of encrypted rooms lie here in plain: 0700 and 0600, whatever the umask."""
    before = os.umask(0)
    try:
        await archive.store(chunks(PHOTO))
    finally:
        os.umask(before)
    assert files(root)
    for path in everything(root):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


async def test_storing_twice_is_success(archive: DiskArchive, root: Path) -> None:
    """The same bytes again are no error and take no room."""
    await archive.store(chunks(PHOTO))
    assert await archive.store(chunks(PHOTO, 77)) == Stored(DIGEST, len(PHOTO), new=False)
    assert len(files(root)) == 1


async def test_many_at_once_is_success(archive: DiskArchive, root: Path) -> None:
    """Several downloads of one picture at the same time end in one file."""
    await asyncio.gather(*(archive.store(chunks(PHOTO)) for _ in range(8)))
    assert len(files(root)) == 1
    assert archive.verify(DIGEST)


async def test_a_spoilt_file_is_noticed_and_mended(archive: DiskArchive) -> None:
    """One changed byte is a named error; the same picture coming in again mends it."""
    await archive.store(chunks(PHOTO))
    place = archive.path(DIGEST)
    place.write_bytes(PHOTO[:-1] + b"?")
    with pytest.raises(ObjectCorrupt) as caught:
        archive.verify(DIGEST)
    assert caught.value.sha256 == DIGEST
    assert caught.value.found != DIGEST
    await archive.store(chunks(PHOTO))
    assert archive.verify(DIGEST)


async def test_too_large_is_stopped_on_the_way(root: Path) -> None:
    """A download without end is cut off soon after the cap, and nothing stays."""
    archive = DiskArchive(root, max_bytes=3_000_000)
    archive.prepare()
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 100_000
            yield bytes(100_000)

    with pytest.raises(ObjectTooLarge):
        await archive.store(endless())
    assert taken < 5_000_000
    assert files(root) == []


async def test_a_download_that_fails_leaves_nothing(archive: DiskArchive, root: Path) -> None:
    """The downloader's own error comes through, and no half file stays."""

    async def broken() -> AsyncIterator[bytes]:
        yield PHOTO
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await archive.store(broken())
    assert files(root) == []


async def test_a_cancelled_download_leaves_nothing(archive: DiskArchive, root: Path) -> None:
    """Stopping the bridge in the middle of a download leaves no half file."""
    begun = asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        yield PHOTO * 20
        begun.set()
        await asyncio.Event().wait()

    storing = asyncio.create_task(archive.store(stalled()))
    await begun.wait()
    storing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await storing
    assert files(root) == []


async def test_nothing_has_a_name_before_it_is_whole(archive: DiskArchive, root: Path) -> None:
    """While a file comes in, nobody can find a part of it."""

    async def watched() -> AsyncIterator[bytes]:
        yield PHOTO * 20
        assert [path.parent for path in files(root)] == [root / "incoming"]
        yield PHOTO

    await archive.store(watched())


@pytest.mark.parametrize("where", ["write", "fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "error"),
    [(errno.ENOSPC, ArchiveFull), (errno.EDQUOT, ArchiveFull), (errno.EIO, ArchiveUnwritable)],
)
async def test_a_full_or_failing_disk_is_one_clear_error(
    archive: DiskArchive,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    number: int,
    error: type[Exception],
) -> None:
    """At whatever point the disk refuses, there is one named error and nothing half-written."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken:
        broken.setattr(Path if where == "replace" else os, where, refuse)
        with pytest.raises(error):
            await archive.store(chunks(PHOTO))
    assert files(root) == []
    assert not archive.exists(DIGEST)
    assert (await archive.store(chunks(PHOTO))).new


async def test_an_archive_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    """A root that is a file, or was never prepared, is named as the archive's trouble."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveUnwritable):
        DiskArchive(tmp_path / "file", max_bytes=10).prepare()
    with pytest.raises(ArchiveUnwritable):
        await DiskArchive(tmp_path / "never", max_bytes=10).store(chunks(b"x"))


async def test_leftovers_are_swept_at_start(archive: DiskArchive, root: Path) -> None:
    """What a kill left behind is removed at the next start; what has a name stays."""
    await archive.store(chunks(PHOTO))
    (root / "incoming" / "half.part").write_bytes(PHOTO[:100])
    assert DiskArchive(root, max_bytes=10).prepare() == 1
    assert files(root) == [root / DIGEST[:2] / DIGEST]


def test_what_is_missing_is_named(archive: DiskArchive) -> None:
    """An unknown fingerprint is its own error everywhere."""
    assert not archive.exists(DIGEST)
    for look in (archive.path, archive.open, archive.verify):
        with pytest.raises(ObjectMissing):
            look(DIGEST)


@pytest.mark.parametrize(
    "name",
    ["", "../../etc/passwd", DIGEST.upper(), DIGEST + "0", DIGEST[:-1] + "/", DIGEST[:-1] + "\0", DIGEST + "\n"],
)
def test_only_a_fingerprint_becomes_a_path(archive: DiskArchive, name: str) -> None:
    """Whatever is no SHA-256 is refused before the disk is asked."""
    for look in (archive.exists, archive.path, archive.open, archive.verify):
        with pytest.raises(ValueError, match="SHA-256"):
            look(name)


async def test_a_link_in_the_archive_is_not_followed(archive: DiskArchive, tmp_path: Path) -> None:
    """Somebody who can plant a link cannot make the archive hand out another file."""
    secret = tmp_path / "secret"
    secret.write_text("key")
    await archive.store(chunks(PHOTO))
    place = archive.path(DIGEST)
    place.unlink()
    place.symlink_to(secret)
    with pytest.raises(ArchiveUnwritable):
        archive.open(DIGEST)
