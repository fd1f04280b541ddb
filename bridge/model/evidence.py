"""What other rooms see of a photo or a video: its verdict, its fingerprint, where its bytes are kept.

Nothing in here reads a file. A verdict is a code; the sentence that a person reads is made from it in `lang/`.
"""

import re
from collections.abc import AsyncIterator
from enum import StrEnum
from io import BufferedReader
from pathlib import Path
from typing import Protocol

import msgspec

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEDIA_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
_DNS_OR_IPV4 = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")
_IPV6 = re.compile(r"\[[0-9A-Fa-f:.]{2,45}\]")
_PORT = re.compile(r"[0-9]{1,5}")


class Verdict(StrEnum):
    """What the inspection of one file came to. Everything but `OK` means: does not count as a picture."""

    OK = "ok"
    EMPTY = "empty"
    """Zero bytes."""
    NOT_MEDIA = "not_media"
    """Neither a picture, a video nor a document, whatever it was called; or a "video" that is only sound."""
    UNSUPPORTED = "unsupported"
    """A picture or a video, but of a kind that is not accepted (HEIC, AVI, a still GIF ...)."""
    TRUNCATED = "truncated"
    """Damaged: cut off while it was uploaded (reason `cut`) or not decodable for another cause (`damaged`)."""
    BOMB = "bomb"
    """Decoding it would take more pixels or memory than allowed, whatever its size as a file."""
    TOO_LARGE = "too_large"
    """More bytes or minutes than allowed."""
    TOO_SMALL = "too_small"
    """Smaller or shorter than the configuration asks for: a sticker, a thumbnail, a blink of a video."""
    ANIMATED = "animated"
    """Decodes, but is an animation (GIF, animated WebP, APNG)."""
    LOCKED = "locked"
    """A document that cannot be read without a password."""
    NO_CONTENT = "no_content"
    """A document in which nothing stands."""
    BLANK = "blank"
    """Nearly one colour: a covered lens, a black video."""
    TIMEOUT = "timeout"
    """Decoding took longer than allowed and was stopped."""
    CRASHED = "crashed"
    """The decoder died on this file, twice."""


class Reason(StrEnum):
    """Why, where the verdict alone leaves it open. `NONE` where there is nothing to add."""

    NONE = ""
    BYTES = "bytes"
    PIXELS = "pixels"
    MEMORY = "memory"
    METADATA = "metadata"
    """Compressed text inside the picture that unpacks to megabytes."""
    DURATION = "duration"
    CUT = "cut"
    DAMAGED = "damaged"
    CODEC = "codec"
    NO_VIDEO_STREAM = "no_video_stream"
    WALL_TIME = "wall_time"
    CPU_TIME = "cpu_time"


class Sign(StrEnum):
    """What is noticed of a picture beside its verdict. None of them accuses anybody: what follows is the policy's.

    Those up to `seal_broken` are seen in the bytes alone; the others need to know when and by whom it was sent.
    """

    SCREENSHOT = "screenshot"
    """Looks like a picture of a screen."""
    DARK = "dark"
    """So dark or plain that little can be seen, but not blank."""
    AI_MARKED = "ai_marked"
    """Claims by a mark that it was made by a generator. That there is none says nothing."""
    EDITED = "edited"
    """Claims by a program's name, or a statement (C2PA), that it was edited."""
    SIGNED = "signed"
    """Carries a signed statement of its origin (C2PA) that fits it; who signed is not looked up."""
    SEAL_BROKEN = "seal_broken"
    """Carries such a statement that does not fit it any more: one of them was changed after it was signed."""
    SMALL = "small"
    """Smaller than it should be, but not too small to be looked at."""
    OLD = "old"
    """Taken long before it was sent, by the camera's clock."""
    FUTURE = "future"
    """Taken after it was sent, by the camera's clock."""
    OUTSIDE = "outside"
    """Taken outside the area, by the place that is written in the file."""
    FAR = "far"
    """Taken far from the place that its report or its order names, by the place that is written in the file."""
    UNPLACED = "unplaced"
    """A place is named, and the file does not say where it was taken: as of most that are sent."""
    SIMILAR = "similar"
    """The same picture as another one that was sent before."""
    ALIGNED = "aligned"
    """Lies exactly upon an earlier picture of the same task, but for one part that changed."""
    RESEMBLING = "resembling"
    """Near to another picture, but not so near that it must be the same."""
    MACROS = "macros"
    """A document that holds small programs."""
    FORWARDED = "forwarded"
    """Passed on from another chat, as its message says."""


DOCUMENTS = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.ms-word.document.macroenabled.12": "docm",
    "application/vnd.ms-excel.sheet.macroenabled.12": "xlsm",
    "application/vnd.ms-powerpoint.presentation.macroenabled.12": "pptm",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
}
"""Documents that are read, by their types, with the endings of their names."""

DOCUMENT_LIKE = frozenset(DOCUMENTS) | {"application/zip", "application/x-ole-storage"}
"""What was meant as a document, though which kind may not be known: it is damaged, locked or of an older kind."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What the inspection of one file may use, and what counts as a picture at all.

    The pixel limit admits the 50- and 64-megapixel modes of ordinary phones; the memory limit holds such a
    picture even as a progressive JPEG.
    """

    max_bytes: int = 100_000_000
    min_bytes: int = 8_000
    max_pixels: int = 100_000_000
    max_frame_pixels: int = 36_000_000
    """For one frame of a video, of which a decoder holds several at once."""
    min_long_edge: int = 480
    min_duration_ms: int = 2_000
    max_duration_ms: int = 15 * 60 * 1000
    blank_std: float = 6.0
    """Standard deviation of the grey values (0 to 127) below which a picture is blank."""
    wall_seconds: float = 30.0
    cpu_seconds: int = 15
    memory_bytes: int = 1_280 * 1024 * 1024
    """Address space of one decoding process, Python and its libraries included."""
    jobs_per_worker: int = 500
    workers: int = 1


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What the bytes of one file say.

    `taken_at` (ISO 8601 without zone, as the camera wrote it) and `has_gps` come from metadata that anybody can
    write and most clients remove: a hint, never a proof, and their absence means nothing.
    """

    verdict: Verdict
    reason: Reason = Reason.NONE
    mime: str = "application/octet-stream"
    """The real type, from the bytes."""
    width: int | None = None
    """Pixels as shown, that is after the orientation was applied; so is `height`."""
    height: int | None = None
    duration_ms: int | None = None
    frames_checked: int = 0
    taken_at: str | None = None
    has_gps: bool = False
    taken_offset: str = ""
    """The zone of `taken_at` as the camera wrote it, `+08:00`; empty where it wrote none."""
    position: tuple[float, float] | None = None
    """Where by the file's own account: degrees of latitude and longitude, north and east positive."""
    software: str = ""
    """The program that wrote the file, by its own account; cut to 80 characters."""
    signs: tuple[Sign, ...] = ()
    """What the bytes alone show."""
    quality: int = 0
    """Of the picture's PDQ hash, 0 to 100; below 50 there are no `views`."""
    views: tuple[str, ...] = ()
    """PDQ hashes by which the picture is recognised, each as `name:hash`: the name of a view of it, as `whole`, and
    256 bits in 64 hexadecimal digits. The first is the whole picture; of a video they are those of frames."""
    grid: str = ""
    """The picture's grid, see :mod:`bridge.model.grids`; empty where there are no `views`, and of videos."""


class Inspection(Judged, frozen=True, kw_only=True):
    """What is known of one file: which it is, and what its bytes say."""

    sha256: str
    size: int
    claimed: str = ""
    """The type that the sender's client stated."""

    @property
    def ok(self) -> bool:
        """Whether the file is a picture or a video that a person could look at."""
        return self.verdict is Verdict.OK


class Stored(msgspec.Struct, frozen=True):
    """A file that is safely in the archive. `new` is False if it was there before."""

    sha256: str
    size: int
    new: bool


class EvidenceError(Exception):
    """Base of everything that the archive and the inspection raise on purpose."""


class ArchiveFull(EvidenceError):
    """No room (or no quota) left for the archive. Nothing half-written stayed behind; try again later."""


class ArchiveUnwritable(EvidenceError):
    """The archive could not be read or written for another reason: permissions, a failing disk."""


class ObjectTooLarge(EvidenceError):
    """The incoming file passed the size cap and was dropped."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the file is larger than {limit} bytes")
        self.limit = limit


class ObjectMissing(EvidenceError):
    """The archive has no file with this SHA-256."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"the archive has no file {sha256}")
        self.sha256 = sha256


class ObjectCorrupt(EvidenceError):
    """The archived bytes are no longer those that were stored."""

    def __init__(self, sha256: str, found: str) -> None:
        super().__init__(f"the archived file {sha256} was changed: its bytes now hash to {found}")
        self.sha256 = sha256
        self.found = found


class InspectorUnavailable(EvidenceError):
    """The decoding process cannot be started. This says nothing about the file: inspect it again later."""


class EvidenceArchive(Protocol):
    """Plaintext bytes of evidence, kept by their SHA-256 (64 lower-case hexadecimal digits).

    A digest that is not one raises ValueError: names given by clients never reach a path. `store` is for the
    event loop; the others may block on a disk or a network and want a thread.
    """

    async def store(self, chunks: AsyncIterator[bytes]) -> Stored:
        """Keep what the iterator yields. Raises ObjectTooLarge, ArchiveFull, ArchiveUnwritable, or whatever
        the iterator raises; in each case nothing is left behind."""
        ...

    def exists(self, sha256: str) -> bool:
        """Whether these bytes are kept (without looking at them: see `verify`)."""
        ...

    def path(self, sha256: str) -> Path:
        """A local file with these bytes, to be read only. Raises ObjectMissing."""
        ...

    def open(self, sha256: str) -> BufferedReader:
        """The bytes as a binary file. Raises ObjectMissing, ArchiveUnwritable."""
        ...

    def verify(self, sha256: str) -> Stored:
        """Hash the kept bytes again. Raises ObjectMissing, ObjectCorrupt, ArchiveUnwritable."""
        ...

    def remove(self, sha256: str) -> bool:
        """Take these bytes out, durably; False when they were not there. Raises ArchiveUnwritable."""
        ...


class EvidenceInspector(Protocol):
    """Judges files by their bytes, in a process that a hostile file can only kill."""

    async def inspect(self, path: Path, claimed: str, stored: Stored | None = None) -> Inspection:
        """Judge one file. `claimed` is the type stated by the sender's client; `stored` saves hashing the
        file again. Raises InspectorUnavailable, and OSError if the file itself cannot be read."""
        ...


class Mxc(msgspec.Struct, frozen=True):
    """A Matrix content URI, `mxc://<server>/<media_id>`, whose parts are safe to put into a URL's path."""

    server: str
    media_id: str

    def __str__(self) -> str:
        return f"mxc://{self.server}/{self.media_id}"


class InvalidMxc(ValueError):
    """Not a Matrix content URI. The message names the part that is wrong, not its content."""


def parse_mxc(uri: str) -> Mxc:
    """Read a content URI strictly (client-server API, "Matrix Content (mxc://) URIs" and the content
    repository's security considerations; server names by the appendix "Server Name").

    Media ids have only `A-Z a-z 0-9 _ -`; the server is a DNS name, an IPv4 or a bracketed IPv6 address with
    an optional port. So neither part can climb directories, add a query or name another host. Raises
    InvalidMxc.
    """
    if not uri.startswith("mxc://"):
        raise InvalidMxc("not an mxc:// address")
    server, slash, media_id = uri.removeprefix("mxc://").partition("/")
    if not slash or not _MEDIA_ID.fullmatch(media_id):
        raise InvalidMxc("the media id is missing or has characters that are not allowed")
    if not _is_server_name(server):
        raise InvalidMxc("the server name is missing or malformed")
    return Mxc(server, media_id)


def is_sha256(text: str) -> bool:
    """Whether this is a SHA-256 as the archive writes it: 64 lower-case hexadecimal digits."""
    return _SHA256.fullmatch(text) is not None


def _is_server_name(name: str) -> bool:
    if len(name) > 255:
        return False
    host, port = name, None
    if not name.endswith("]") and ":" in name:
        host, _, port = name.rpartition(":")
    if port is not None and (not _PORT.fullmatch(port) or int(port) > 65535):
        return False
    return (_IPV6 if host.startswith("[") else _DNS_OR_IPV4).fullmatch(host) is not None
