"""JSON as it comes over the wire: fast when it is well-formed, and mended when somebody tried to poison it.

One event with a lone surrogate or a thousand nested lists must not make the whole sync response unreadable for
ever. What a strict decoder refuses is mended once: values nested deeper than `DEEPEST` become null, lone surrogates
and broken UTF-8 become replacement characters, and numbers that JSON does not have become null.
"""

from __future__ import annotations

import json
import math
import re
from typing import TypeVar

import msgspec

from bridge.model.event import Json

T = TypeVar("T")

DEEPEST = 200
"""Deeper than any Matrix schema nests, shallower than any decoder's limit, which is another one in every Python."""

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_REFUSALS = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


class Unreadable(ValueError):
    """Not JSON, or not of the shape asked for, even after mending."""


def decode(body: bytes, shape: type[T]) -> T:
    """Decode ``body`` strictly, or else mended. Raises :class:`Unreadable`."""
    try:
        return msgspec.json.decode(body, type=shape)
    except _REFUSALS:
        pass
    try:
        return msgspec.json.decode(mend(body), type=shape)
    except _REFUSALS as refused:
        raise Unreadable(type(refused).__name__) from None


def decode_object(body: bytes) -> Json:
    """Decode a JSON object, at most `DEEPEST` deep. Raises :class:`Unreadable` for anything else."""
    return decode(prune(body) if may_be_deep(body) else body, Json)


def may_be_deep(body: bytes) -> bool:
    """Whether there are brackets enough to nest deeper than `DEEPEST`."""
    return body.count(b"{") + body.count(b"[") > DEEPEST


def mend(body: bytes) -> bytes:
    """The same document as strict JSON of bounded depth. Raises :class:`Unreadable` when it is no JSON at all."""
    try:
        value = json.loads(
            prune(body).decode("utf-8", "replace"),
            parse_constant=lambda _: None,
            parse_float=_finite,
            parse_int=_integer,
            strict=False,
        )
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    except (ValueError, RecursionError) as refused:
        raise Unreadable(type(refused).__name__) from None


def prune(body: bytes) -> bytes:
    """Replace every list and object nested deeper than :data:`DEEPEST` by null, in one pass without recursion."""
    kept: list[bytes] = []
    depth = 0
    resume = 0
    for token in _TOKEN.finditer(body):
        mark = token.group()
        if mark in (b"[", b"{"):
            depth += 1
            if depth == DEEPEST + 1:
                kept += (body[resume : token.start()], b"null")
        elif mark in (b"]", b"}"):
            if depth == DEEPEST + 1:
                resume = token.end()
            depth -= 1
    if depth > DEEPEST:
        raise Unreadable("truncated")
    kept.append(body[resume:])
    return b"".join(kept)


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _integer(text: str) -> int | None:
    """Integers past 64 bits mean nothing in Matrix, whose canonical JSON ends at 2**53."""
    value = int(text) if len(text) <= 20 else None
    return value if value is not None and -(2**63) <= value < 2**63 else None
