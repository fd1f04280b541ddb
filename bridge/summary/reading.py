"""Opening a bundle that somebody hands us: a zip that may be damaged, hostile, or a bag of something else."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from bridge.summary.derive import (
    ATTESTATION,
    BAG_INFO,
    BAGIT,
    BAGIT_TEXT,
    MANIFEST,
    PUBLIC_KEY,
    TAG_MANIFEST,
    public_key_bytes,
)
from bridge.summary.stored_zip import CHUNK, Member

SMALL = 1 << 26
"""Tag files and JSON files other than the records are read whole up to this size."""

FILES_LIMIT = 1_000_000
RATIO_LIMIT = 200

_SAFE = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
_MANIFEST_LINE = re.compile(r"([0-9a-f]{64})  ([^\r\n]+)")
_BROKEN = (zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, RuntimeError, ValueError)


class Fault(Exception):
    """What is wrong with a bundle: a key of `verify.` in the bundle's language, and its values."""

    def __init__(self, key: str, **values: str | int) -> None:
        super().__init__(f"{key} {values}" if values else key)
        self.key = key
        self.values = values


class Bag(msgspec.Struct, frozen=True):
    """The files of a bag by name, each measured (size, CRC, SHA-256) by reading it."""

    path: Path
    folder: str
    members: Mapping[str, Member]

    def small(self, name: str) -> bytes:
        """A small file whole. Raises :class:`Fault` when it is missing or not small."""
        member = self.members.get(name)
        if member is None or member.size > SMALL:
            raise Fault("no_bag", name=name)
        return b"".join(member.open())

    @property
    def payload(self) -> list[str]:
        return [name for name in self.members if name.startswith("data/")]

    def info(self) -> dict[str, str]:
        """`bag-info.txt` as a mapping; lines in another form are left out."""
        text = self.small(BAG_INFO).decode("utf-8", "replace")
        return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)

    def public_key(self) -> bytes:
        """The public key in the bag. Raises :class:`Fault`."""
        data = self.small(PUBLIC_KEY)
        try:
            public = bytes.fromhex(data.split(b"\n", 1)[0].decode("ascii"))
        except (UnicodeDecodeError, ValueError) as error:
            raise Fault("no_bag", name=PUBLIC_KEY) from error
        if len(public) != 32 or public_key_bytes(public) != data:
            raise Fault("no_bag", name=PUBLIC_KEY)
        return public


def open_bag(path: Path) -> Bag:
    """Read a zip's directory, refuse what no bundle has, and measure every file. Raises :class:`Fault`.

    Nothing is unpacked to disk, and no more bytes are read of a file than the zip says it has.
    """
    if not path.is_file():
        raise Fault("no_file", name=path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not _plain_folder(entry)]
            end = 22 + len(archive.comment)
    except _BROKEN as error:
        raise Fault("not_zip") from error
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(size - end)
        if file.read(4) != b"PK\x05\x06":  # cut off: what was found is the directory of the workbook inside
            raise Fault("not_zip")
    _sane(entries, size)
    folders = {entry.filename.split("/", 1)[0] for entry in entries}
    if len(folders) != 1 or any("/" not in entry.filename for entry in entries):
        raise Fault("no_bag", name=BAGIT)
    (folder,) = folders
    members = {}
    for entry in entries:
        name = entry.filename.split("/", 1)[1]
        members[name] = _measured(path, entry, name)
    bag = Bag(path, folder, members)
    for name in (BAGIT, BAG_INFO, MANIFEST, TAG_MANIFEST, PUBLIC_KEY):
        if name not in members:
            raise Fault("no_bag", name=name)
    if bag.small(BAGIT) != BAGIT_TEXT:
        raise Fault("no_bag", name=BAGIT)
    return bag


def _plain_folder(entry: zipfile.ZipInfo) -> bool:
    """An entry for a folder, as other packers write them; ours has none."""
    return entry.filename.endswith("/") and entry.file_size == 0 and bool(_SAFE.fullmatch(entry.filename[:-1]))


def folder_of(path: Path) -> str:
    """The first folder that a zip names, unchecked; empty when it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return next(iter(archive.namelist()), "").split("/", 1)[0]
    except _BROKEN:
        return ""


def _sane(entries: list[zipfile.ZipInfo], size: int) -> None:
    seen: set[str] = set()
    total = 0
    for entry in entries:
        name = entry.filename
        parts = name.split("/")
        unsafe = not _SAFE.fullmatch(name) or any(set(part) == {"."} for part in parts)
        link = entry.create_system == 3 and (entry.external_attr >> 16) & 0o170000 not in (0, 0o100000)
        if unsafe or link or entry.orig_filename != name:
            raise Fault("zip_name", name=printable(name))
        if name.lower() in seen:
            raise Fault("zip_twice", name=name)
        seen.add(name.lower())
        if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Fault("zip_member", name=name)
        total += entry.file_size
    if not entries:
        raise Fault("not_zip")
    if len(entries) > FILES_LIMIT or total > size * RATIO_LIMIT:
        raise Fault("zip_bomb")


def _measured(path: Path, entry: zipfile.ZipInfo, name: str) -> Member:
    """A member read at its place in the file: opening the zip anew for each would read its directory each time."""

    def chunks() -> Iterator[bytes]:
        left = entry.file_size
        try:
            for chunk in _content(path, entry):
                left -= len(chunk)
                if left < 0:
                    raise Fault("zip_bomb")
                yield chunk
        except _BROKEN as error:
            raise Fault("zip_member", name=printable(name)) from error
        if left:
            raise Fault("zip_member", name=printable(name))

    return Member.measured(name, chunks)


def _content(path: Path, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a member, stored or deflated, in chunks of bounded size."""
    with path.open("rb") as file:
        file.seek(entry.header_offset)
        header = file.read(30)
        if len(header) < 30 or header[:4] != b"PK\x03\x04":
            raise zipfile.BadZipFile("no local header")
        file.seek(sum(struct.unpack("<HH", header[26:30])), 1)
        left = entry.compress_size
        inflate = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type == zipfile.ZIP_DEFLATED else None
        while left and (data := file.read(min(CHUNK, left))):
            left -= len(data)
            if inflate is None:
                yield data
                continue
            while data:
                yield inflate.decompress(data, CHUNK)
                data = inflate.unconsumed_tail
        if inflate is not None:
            yield inflate.flush()


def printable(name: str) -> str:
    """A hostile name as it may be shown: no control characters, not endless."""
    shown = "".join(char if char.isprintable() else "?" for char in name)
    return shown if len(shown) <= 80 else f"{shown[:79]}…"


def check_manifests(bag: Bag) -> None:
    """Every file against its manifest and every manifest against the files. Raises :class:`Fault`."""
    tags = [name for name in bag.members if name not in (*bag.payload, TAG_MANIFEST, ATTESTATION)]
    for manifest, names in ((TAG_MANIFEST, tags), (MANIFEST, bag.payload)):
        listed = _manifest(bag, manifest)
        for name in sorted(listed.keys() - set(names)):
            raise Fault("file_missing", name=printable(name))
        for name in sorted(set(names) - listed.keys()):
            raise Fault("file_extra", name=printable(name))
        for name in sorted(names):
            if bag.members[name].sha256 != listed[name]:
                raise Fault("file_changed", name=printable(name))


def _manifest(bag: Bag, name: str) -> dict[str, str]:
    try:
        lines = bag.small(name).decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise Fault("no_bag", name=name) from error
    listed: dict[str, str] = {}
    for line in lines:
        match = _MANIFEST_LINE.fullmatch(line)
        if match is None or match[2] in listed:
            raise Fault("no_bag", name=name)
        listed[match[2]] = match[1]
    return listed
