"""The chain: what makes one record follow from the one before. Pure functions, no storage.

The definition stands with :class:`bridge.model.facts.Record`. The ledger appends with :func:`append`, a bundle and
its verification walk a run of records with :func:`follow`. ``Record.at`` is not part of the chain, so nothing that
must be believed may rest on it; the times inside a body are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from bridge.model.facts import AnyFact, Record

SALT_BYTES = 16
HASH_BYTES = 32

_encoder = msgspec.json.Encoder(order="sorted")
_decoder: msgspec.json.Decoder[AnyFact] = msgspec.json.Decoder(AnyFact)


class Head(msgspec.Struct, frozen=True):
    """Where a chain stands: the position of its newest record and that record's link."""

    position: int
    link: bytes


START = Head(0, bytes(HASH_BYTES))
"""Before the first record: position 0 and 32 zero bytes."""


class Broken(Exception):
    """A run of records is not a chain.

    ``why`` is one of `position` (missing, repeated or out of order), `content` (the body is not what its hash
    says), `link` (it does not follow from the record before), `kind` (the body is of another kind), `form` (the
    body is not the canonical JSON of a fact), `salt` (body and salt must be there or destroyed together).
    """

    def __init__(self, position: int, why: str) -> None:
        super().__init__(f"record {position}: {why}")
        self.position = position
        self.why = why


def canonical(fact: AnyFact) -> bytes:
    """The canonical JSON of a fact: keys sorted at every depth, no spaces, UTF-8, `kind` among the keys."""
    return _encoder.encode(fact)


def kind_of(fact: AnyFact) -> str:
    """The kind of a fact, as its record carries it."""
    return str(fact.__struct_config__.tag)


def decode(body: bytes) -> AnyFact:
    """The fact of a body. Raises ``msgspec.MsgspecError`` (a ValueError) when it is none."""
    return _decoder.decode(body)


def content_hash(salt: bytes, body: bytes) -> bytes:
    """``SHA-256(salt || body)``."""
    return hashlib.sha256(salt + body).digest()


def link(previous: bytes, position: int, kind: str, content: bytes) -> bytes:
    """``SHA-256(previous link || position, 8 bytes big-endian || kind, UTF-8 || 0x00 || content hash)``."""
    return hashlib.sha256(previous + position.to_bytes(8, "big") + kind.encode() + b"\x00" + content).digest()


def append(head: Head, fact: AnyFact, *, at: int, salt: bytes) -> Record:
    """The record that comes after ``head``. ``salt`` is 16 fresh random bytes.

    Raises ValueError for a salt of another length, and UnicodeEncodeError for text that is not Unicode.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    body = canonical(fact)
    kind = kind_of(fact)
    content = content_hash(salt, body)
    position = head.position + 1
    return Record(
        position=position,
        kind=kind,
        at=at,
        body=body,
        salt=salt,
        content_hash=content,
        link=link(head.link, position, kind, content),
    )


def head_of(record: Record) -> Head:
    """The chain's head when ``record`` is its newest."""
    return Head(record.position, record.link)


def destroyed(record: Record) -> Record:
    """The same record with its content gone for good; the chain still verifies."""
    return msgspec.structs.replace(record, body=None, salt=None)


def check_content(record: Record) -> None:
    """Whether a record's body is the canonical JSON of a fact of its kind and hashes as it says.

    A destroyed content passes: there is nothing left to compare. Raises :class:`Broken`.
    """
    if (record.body is None) != (record.salt is None):
        raise Broken(record.position, "salt")
    if record.body is None or record.salt is None:
        return
    if content_hash(record.salt, record.body) != record.content_hash:
        raise Broken(record.position, "content")
    try:
        fact = decode(record.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Broken(record.position, "form") from error
    if kind_of(fact) != record.kind:
        raise Broken(record.position, "kind")
    if canonical(fact) != record.body:
        raise Broken(record.position, "form")


def step(head: Head, record: Record) -> Head:
    """The head after ``record``, when it follows from ``head``. Raises :class:`Broken`."""
    if record.position != head.position + 1:
        raise Broken(record.position, "position")
    check_content(record)
    if link(head.link, record.position, record.kind, record.content_hash) != record.link:
        raise Broken(record.position, "link")
    return head_of(record)


def follow(records: Iterable[Record], head: Head = START) -> Iterator[Record]:
    """Yield the records of a run while checking each against the one before. Raises :class:`Broken`."""
    for record in records:
        head = step(head, record)
        yield record


def verify(records: Iterable[Record], head: Head = START) -> Head:
    """Check a run of records that continues ``head``; the head after the last. Raises :class:`Broken`."""
    for record in records:
        head = step(head, record)
    return head


def runs(positions: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending positions as (first, last) of those that follow one another."""
    found: list[tuple[int, int]] = []
    for position in positions:
        if found and found[-1][1] == position - 1:
            found[-1] = (found[-1][0], position)
        else:
            found.append((position, position))
    return found
