"""Records as they stand in a bundle: one JSON object a line, and the schema that explains it.

``fact`` is the record's body, byte for byte; ``salt``, ``hash`` and ``link`` are hexadecimal. A destroyed content
has neither salt nor fact and says ``"destroyed":true``. What is not part of the chain is not part of a bundle.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator

import msgspec

from bridge.model.chain import HASH_BYTES, SALT_BYTES, Head
from bridge.model.event import Json
from bridge.model.facts import AnyFact, Record
from bridge.summary.week import Opening

LINE_LIMIT = 1 << 24
"""No record is longer; a longer line in a bundle is not read."""


class BadLine(Exception):
    """A line that is no record; ``line`` counts from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is no record")
        self.line = line


class Line(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The form of one line."""

    position: int
    kind: str
    hash: str
    link: str
    salt: str = ""
    destroyed: bool = False
    fact: msgspec.Raw = msgspec.Raw(b"")


class SchemaLine(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """One record of the forum's ledger: `hash` is SHA-256(salt || fact as written here), `link` is
    SHA-256(previous link || position, 8 bytes big-endian || kind || 0x00 || hash)."""

    position: int
    kind: str
    hash: str
    link: str
    salt: str = ""
    destroyed: bool = False
    fact: AnyFact | msgspec.UnsetType = msgspec.UNSET


class _OpeningFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    position: int
    link: str
    records: tuple[Line, ...]


_lines = msgspec.json.Decoder(Line)


def to_line(record: Record) -> bytes:
    """A record as a line, line feed included."""
    fields = f'{{"position":{record.position},"kind":'.encode() + msgspec.json.encode(record.kind)
    sums = f',"hash":"{record.content_hash.hex()}","link":"{record.link.hex()}"'.encode()
    if record.body is None or record.salt is None:
        return fields + sums + b',"destroyed":true}\n'
    return fields + sums + f',"salt":"{record.salt.hex()}","fact":'.encode() + record.body + b"}\n"


def from_line(data: bytes, number: int) -> Record:
    """The record of a line. Raises :class:`BadLine`; the chain is not checked here."""
    try:
        line = _lines.decode(data)
        record = _record(line)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadLine(number) from error
    if to_line(record) != data:
        raise BadLine(number)
    return record


def _record(line: Line) -> Record:
    content, link, salt = bytes.fromhex(line.hash), bytes.fromhex(line.link), bytes.fromhex(line.salt)
    body = bytes(line.fact)
    gone = not body and not salt
    if line.position < 1 or line.position >= 1 << 63:
        raise ValueError("position")
    if len(content) != HASH_BYTES or len(link) != HASH_BYTES or gone != line.destroyed:
        raise ValueError("sums")
    if not gone and (len(salt) != SALT_BYTES or not body):
        raise ValueError("salt")
    return Record(
        position=line.position,
        kind=line.kind,
        at=0,
        body=None if gone else body,
        salt=None if gone else salt,
        content_hash=content,
        link=link,
    )


def read_lines(chunks: Iterable[bytes]) -> Iterator[Record]:
    """The records of a file given in chunks. Raises :class:`BadLine`, also for a last line without its end."""
    rest, number = b"", 0
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for data in whole:
            number += 1
            yield from_line(data + b"\n", number)
        if len(rest) > LINE_LIMIT:
            break
    if rest:
        raise BadLine(number + 1)


def opening_bytes(opening: Opening) -> bytes:
    """`opening.json`: the previous head and the carried records, one a line."""
    head = f'{{"position":{opening.at.position},"link":"{opening.at.link.hex()}","records":['.encode()
    lines = b",\n".join(to_line(record).rstrip(b"\n") for record in opening.records)
    return head + (b"\n" + lines + b"\n" if lines else b"") + b"]}\n"


def read_opening(data: bytes) -> Opening:
    """The opening of `opening.json`. Raises ValueError when it is not exactly in that form."""
    try:
        file = msgspec.json.decode(data, type=_OpeningFile)
        opening = Opening(
            Head(file.position, bytes.fromhex(file.link)), tuple(_record(line) for line in file.records)
        )
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError("not an opening") from error
    if opening.at.position < 0 or opening_bytes(opening) != data:
        raise ValueError("not an opening")
    return opening


def _undented(node: Json) -> Json:
    return {
        key: inspect.cleandoc(value)
        if key == "description" and isinstance(value, str)
        else _undented(value)
        if isinstance(value, dict)
        else value
        for key, value in node.items()
    }


def schema_bytes() -> bytes:
    """JSON Schema (2020-12) of a line, described by the docstrings of the facts.

    Python 3.13 takes the indentation out of docstrings and earlier ones do not, therefore it is done here.
    """
    schema = _undented(msgspec.json.schema(SchemaLine))
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A record of the forum", **schema}
    return msgspec.json.format(msgspec.json.encode(schema, order="deterministic"), indent=1) + b"\n"
