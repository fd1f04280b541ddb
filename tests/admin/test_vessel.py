"""The sealed stream: what goes in comes out, and every other thing is told apart."""

from __future__ import annotations

import io

import pytest

from bridge.admin.vessel import CHUNK, Cost, Damaged, Opener, Sealer, WrongPassphrase, is_sealed

PASSPHRASE = "kata sandi yang panjang"
CHEAP = Cost(rounds=1, memory=8192)


def sealed(data: bytes, passphrase: str = PASSPHRASE) -> bytes:
    file = io.BytesIO()
    sealer = Sealer(file, passphrase, cost=CHEAP)
    for at in range(0, len(data), 10_000):
        sealer.write(data[at : at + 10_000])
    sealer.close()
    return file.getvalue()


def opened(data: bytes, passphrase: str = PASSPHRASE) -> bytes:
    opener = Opener(io.BytesIO(data), passphrase)
    found = opener.read()
    opener.finish()
    return found


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_goes_in_comes_out(size: int) -> None:
    """Of any size, whole chunks or not."""
    data = bytes(i % 251 for i in range(size))
    assert is_sealed(sealed(data))
    assert opened(sealed(data)) == data


def test_the_same_content_looks_different_each_time() -> None:
    """Salt and header are fresh, so that two backups cannot be compared."""
    assert sealed(b"x" * 100)[60:] != sealed(b"x" * 100)[60:]


def test_a_wrong_passphrase_is_told_from_damage() -> None:
    """Whoever mistyped should not throw the backup away."""
    with pytest.raises(WrongPassphrase):
        opened(sealed(b"isi"), "kata sandi yang lain")


@pytest.mark.parametrize("keep", [10, 80, 100, CHUNK + 110, 2 * CHUNK + 126])
def test_a_missing_end_is_found(keep: int) -> None:
    """Wherever it was cut: in the head, inside a chunk, or exactly between two."""
    whole = sealed(b"a" * (3 * CHUNK))
    cuts = {keep, 78 + 17 + CHUNK}
    for cut in cuts:
        with pytest.raises(Damaged) as damaged:
            opened(whole[:cut])
        assert damaged.value.why == "truncated"


@pytest.mark.parametrize("at", [90, CHUNK, 2 * CHUNK])
def test_a_changed_byte_is_found(at: int) -> None:
    """In any chunk."""
    whole = bytearray(sealed(b"a" * (3 * CHUNK)))
    whole[at] ^= 1
    with pytest.raises(Damaged) as damaged:
        opened(bytes(whole))
    assert damaged.value.why == "changed"


def test_chunks_cannot_be_swapped() -> None:
    """Each is bound to its place."""
    whole = sealed(b"a" * CHUNK + b"b" * CHUNK + b"c")
    size = CHUNK + 17
    first, second = whole[78 : 78 + size], whole[78 + size : 78 + 2 * size]
    with pytest.raises(Damaged):
        opened(whole[:78] + second + first + whole[78 + 2 * size :])


@pytest.mark.parametrize(("size", "why"), [(CHUNK, "longer"), (3, "truncated")])
def test_an_addition_is_found(size: int, why: str) -> None:
    """Nothing after the end belongs to it; after a short last chunk it looks like a changed end."""
    with pytest.raises(Damaged) as damaged:
        opened(sealed(b"a" * size) + b"x")
    assert damaged.value.why == why


@pytest.mark.parametrize("at", range(14, 54))
def test_a_changed_head_never_opens(at: int) -> None:
    """Costs, salt and check value: a change is never believed, and never eats the machine's memory."""
    whole = bytearray(sealed(b"isi"))
    whole[at] ^= 0x80
    with pytest.raises((WrongPassphrase, Damaged)):
        opened(bytes(whole))
