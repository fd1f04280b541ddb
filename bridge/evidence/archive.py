"""The archive on disk: each file once, named by the SHA-256 of its bytes, as `<root>/<aa>/<sha256>`.

A file gets its name only after all of it is on the disk, so whatever has a name is whole. Directories are
0700 and files 0600: these are plaintext photos from encrypted rooms.
"""

import asyncio
import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from bridge.model.evidence import (
    ArchiveFull,
    ArchiveUnwritable,
    ObjectCorrupt,
    ObjectMissing,
    ObjectTooLarge,
    Stored,
    is_sha256,
)

T = TypeVar("T")

_INCOMING = "incoming"
_BLOCK = 1024 * 1024
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class DiskArchive:
    """`bridge.model.evidence.EvidenceArchive` in a directory.

    `max_bytes` caps one file. The constructor touches nothing; a bridge that is going to write calls
    `prepare` once, while it alone holds the store.
    """

    def __init__(self, root: Path, *, max_bytes: int) -> None:
        self._root = root
        self._incoming = root / _INCOMING
        self._max_bytes = max_bytes

    def prepare(self) -> int:
        """Make the directories and remove what an interrupted run left in them; returns how many files
        that was. Must not run beside another writer: it would remove what that one is writing."""
        with _disk_errors():
            for directory in (self._root, self._incoming):
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                directory.chmod(0o700)
            leftovers = list(self._incoming.iterdir())
            for leftover in leftovers:
                leftover.unlink()
        return len(leftovers)

    async def store(self, chunks: AsyncIterator[bytes]) -> Stored:
        """See `EvidenceArchive.store`. The iterator's chunks may have any size."""
        with _Incoming(self._incoming, self._max_bytes) as incoming:
            waiting = bytearray()
            async for chunk in chunks:
                waiting += chunk
                # One hop to a thread per block, not per network packet; and never more than a block in memory.
                if len(waiting) >= _BLOCK:
                    await _finish(incoming.write, bytes(waiting))
                    waiting.clear()
            await _finish(incoming.write, bytes(waiting))
            return await _finish(self._keep, incoming)

    def exists(self, sha256: str) -> bool:
        """See `EvidenceArchive.exists`."""
        return self._place(sha256).is_file()

    def path(self, sha256: str) -> Path:
        """See `EvidenceArchive.path`."""
        place = self._place(sha256)
        if not place.is_file():
            raise ObjectMissing(sha256)
        return place

    def open(self, sha256: str) -> BufferedReader:
        """See `EvidenceArchive.open`."""
        place = self._place(sha256)
        with _disk_errors():
            try:
                return os.fdopen(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
            except FileNotFoundError:
                raise ObjectMissing(sha256) from None

    def verify(self, sha256: str) -> Stored:
        """See `EvidenceArchive.verify`."""
        with self.open(sha256) as kept, _disk_errors():
            found = hashlib.file_digest(kept, "sha256").hexdigest()
            size = kept.tell()
        if found != sha256:
            raise ObjectCorrupt(sha256, found)
        return Stored(sha256, size, new=False)

    def remove(self, sha256: str) -> bool:
        """See `EvidenceArchive.remove`."""
        place = self._place(sha256)
        with _disk_errors():
            try:
                place.unlink()
            except FileNotFoundError:
                return False
            _sync_directory(place.parent)
        return True

    def _place(self, sha256: str) -> Path:
        if not is_sha256(sha256):
            raise ValueError("not a SHA-256 in lower-case hexadecimal")
        return self._root / sha256[:2] / sha256

    def _keep(self, incoming: "_Incoming") -> Stored:
        """Give a finished file its name, durably; or see that the same bytes have it already."""
        place = self._place(incoming.sha256)
        stored = Stored(incoming.sha256, incoming.size, new=not place.exists())
        # A copy that the disk has spoilt since is replaced by the good one that just came in.
        if not stored.new and not self._spoilt(stored.sha256):
            return stored
        with _disk_errors():
            incoming.sync()
            place.parent.mkdir(mode=0o700, exist_ok=True)
            incoming.rename(place)
            _sync_directory(place.parent)
            _sync_directory(self._root)
        return stored

    def _spoilt(self, sha256: str) -> bool:
        try:
            self.verify(sha256)
        except (ObjectCorrupt, ArchiveUnwritable):
            return True
        return False


class _Incoming:
    """A file that is being received. Leaving the `with` block removes it unless it was renamed."""

    def __init__(self, directory: Path, max_bytes: int) -> None:
        self._directory = directory
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()
        self.size = 0

    def __enter__(self) -> "_Incoming":
        with _disk_errors():
            self._fd, name = tempfile.mkstemp(dir=self._directory, suffix=".part")  # O_EXCL, 0600
        self._path: Path | None = Path(name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._fd)
        if self._path is not None:
            # If even this fails, `prepare` sweeps the file at the next start.
            with contextlib.suppress(OSError):
                self._path.unlink()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def write(self, block: bytes) -> None:
        self.size += len(block)
        if self.size > self._max_bytes:
            raise ObjectTooLarge(self._max_bytes)
        self._hash.update(block)
        rest = memoryview(block)
        with _disk_errors():
            while rest:
                rest = rest[os.write(self._fd, rest) :]

    def sync(self) -> None:
        os.fsync(self._fd)

    def rename(self, place: Path) -> None:
        assert self._path is not None  # noqa: S101 - renamed once, by _keep
        self._path.replace(place)
        self._path = None


async def _finish(work: Callable[..., T], *args: object) -> T:
    """Run blocking work in a thread, to its end even when cancelled: it uses a file that is closed next."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *args))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        raise


def _sync_directory(directory: Path) -> None:
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    """Turn what the disk says into the archive's errors."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise ArchiveFull("no room left on the disk that holds the archive") from error
        raise ArchiveUnwritable(f"the archive cannot be used: {error.strerror}") from error
