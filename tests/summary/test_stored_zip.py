"""The zip writer: readable by others, and the same bytes everywhere."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bridge.summary import stored_zip
from bridge.summary.stored_zip import Member, same_zip, write_zip


def packed(members: list[Member]) -> bytes:
    out = io.BytesIO()
    write_zip(out, members)
    return out.getvalue()


def test_others_read_it() -> None:
    """The standard library finds every file, its bytes and no fault; without compression."""
    members = [Member.of_bytes("a/x.txt", b"halo"), Member.of_bytes("a/kosong", b""), Member.of_bytes("a/é", b"1")]
    with zipfile.ZipFile(io.BytesIO(packed(members))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a/x.txt", "a/kosong", "a/é"]
        assert archive.read("a/x.txt") == b"halo"
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


def test_the_bytes_are_fixed() -> None:
    """A change of these bytes would make every bundle a different one."""
    data = packed([Member.of_bytes("rekap/a.txt", b"halo"), Member.of_bytes("rekap/b.txt", b"dunia" * 50)])
    assert hashlib.sha256(data).hexdigest() == "6a0dd999a62f20056bdda0c16edaf99f7f372409f3f0bf5b38db5c82035e9cd0"


def test_large_files_use_zip64() -> None:
    """Past four gigabytes sizes and offsets go to the extra fields (APPNOTE 4.5.3)."""
    big = Member.of_bytes("a", b"x" * 50)

    def endless() -> Iterator[bytes]:
        return iter(())

    huge = msgspec.structs.replace(big, size=5 << 30, open=endless)
    header = stored_zip._local(huge)
    assert header[18:26] == b"\xff" * 8
    assert header[-16:] == (5 << 30).to_bytes(8, "little") * 2
    central = stored_zip._central(big, 6 << 30)
    assert central[42:46] == b"\xff" * 4
    assert central[-8:] == (6 << 30).to_bytes(8, "little")
    end = stored_zip._end(70_000, 10, 6 << 30)
    assert end.startswith(b"PK\x06\x06") and b"PK\x06\x07" in end and end[-22:-18] == b"PK\x05\x06"


def test_a_content_that_changes_while_packing_is_an_error() -> None:
    """Rather no bundle than one whose sums lie."""
    contents = iter([b"before", b"after!"])
    member = Member.measured("a", lambda: iter((next(contents),)))
    with pytest.raises(OSError, match="changed while"):
        packed([member])


def test_same_zip_sees_every_byte(tmp_path: Path) -> None:
    """Also bytes that come before, after, or in fields that nobody reads."""
    members = [Member.of_bytes("a/x.txt", b"halo")]
    data = packed(members)
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    assert same_zip(path, members)
    for changed in (data + b"\x00", b"\x00" + data, data[:-1], data[:10] + b"\x01" + data[11:]):
        path.write_bytes(changed)
        assert not same_zip(path, members)
