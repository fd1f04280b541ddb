"""Hostile JSON: honest documents with some places changed, and the values that are put there.

A change is three small numbers (what is done, where, with which value), so that hypothesis draws and shrinks
quickly. Values that no JSON library writes (a lone surrogate, `1e999`, a key twice, ten thousand brackets) are
raw bytes in the document.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st

from bridge.model.event import Json

Where = tuple[Any, str | int]
"""A list or mapping, and a place in it."""


def _raw(text: bytes) -> msgspec.Raw:
    return msgspec.Raw(text)


WORDS: tuple[str, ...] = (
    "",
    " ",
    "\u0000",
    "a\u0000b",
    "\u200b",
    "\u200b\u200c\u200d\u2060\ufeff",
    "\u202e\u2066",
    "!",
    "!\u200bbantuan",
    "e\u0301" * 40,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "<b>&amp;</b>\n<script>",
    "{forum} {0} %s %(x)s",
    "P-1",
    "P-99999999999999999999",
    "L-\u0663",
    "2026-W99",
    "-1",
    "m.room.member",
    "m.replace",
    "m.annotation",
    "m.thread",
    "$",
    "@",
    "@:",
    "@tudang:desk",
    "@bupati:desk",
    "mxc://",
    "mxc://a/../../etc/passwd",
    "mxc://desk/" + "x" * 300,
    "../../../../tmp/x",
    "Seluruh OPD laksanakan kerja bakti hari ini, laporkan dengan foto",
    "Jl. " * 3000,
    "x" * 60_000,
    "\u0130\u0131\u017f\ufb03" * 20,
    "\u0660\u0661:\u0662\u0663",
)
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**53,
    2**63 - 1,
    -(2**63),
    0.5,
    -0.0,
    1e300,
    [],
    {},
    [[]],
    {"": ""},
    [None],
    {"body": {"body": {}}},
    ["x"] * 300,
    {str(number): number for number in range(300)},
    _raw(b'"\\ud800"'),
    _raw(b'"x\\udfff\\ud800y"'),
    _raw(b'"\\u0000"'),
    _raw(b"1e999"),
    _raw(b"-1e999"),
    _raw(b"9" * 400),
    _raw(b"[" * 150 + b"]" * 150),
    _raw(b"[" * 10_000 + b"]" * 10_000),
    _raw(b'{"a":' * 400 + b"1" + b"}" * 400),
    _raw(b'{"body":1,"body":"twice","msgtype":"m.text","msgtype":null}'),
)
VALUES: tuple[Any, ...] = (*ODD, *WORDS)
KEYS = (
    "body",
    "msgtype",
    "formatted_body",
    "format",
    "filename",
    "m.relates_to",
    "m.new_content",
    "m.mentions",
    "user_ids",
    "room",
    "event_id",
    "rel_type",
    "key",
    "m.in_reply_to",
    "is_falling_back",
    "url",
    "file",
    "info",
    "mimetype",
    "size",
    "membership",
    "displayname",
    "reason",
    "users",
    "users_default",
    "events",
    "state_key",
    "redacts",
    "unsigned",
    "redacted_because",
    "transaction_id",
    "prev_content",
    "sender",
    "origin_server_ts",
    "type",
    "content",
    "payload",
    "room_id",
    "tudang.cause",
    "tudang.ref",
    "\u0000",
    "",
)
DOINGS = ("replace", "replace", "delete", "add", "wrap", "repeat", "rename")

changes = st.lists(
    st.tuples(
        st.sampled_from(DOINGS), st.integers(0, 40), st.integers(0, len(VALUES) - 1), st.integers(0, len(KEYS) - 1)
    ),
    max_size=5,
)
"""What is changed in a document: for :func:`changed`."""


def changed(document: Json, doings: Sequence[tuple[str, int, int, int]]) -> Json:
    """A copy of a document with changes made, one after the other."""
    copied = copy.deepcopy(document)
    for what, where, value, key in doings:
        places = _places(copied)
        if places:
            holder, place = places[where % len(places)]
            _change(what, holder, place, copy.deepcopy(VALUES[value]), KEYS[key])
    return copied


def _change(what: str, holder: Any, place: Any, value: Any, key: str) -> None:
    match what:
        case "replace":
            holder[place] = value
        case "delete":
            del holder[place]
        case "wrap":
            holder[place] = [holder[place]]
        case "repeat":
            holder[place] = [holder[place]] * 3 if isinstance(holder, list) else {str(place): holder[place]}
        case "rename" if isinstance(holder, dict):
            holder[key] = holder.pop(place)
        case _ if isinstance(holder, dict):
            holder[key] = value
        case _:
            holder.append(value)


def _places(value: Any) -> list[Where]:
    """Every place of a document, breadth first: those near the top, which matter most, have the small numbers."""
    found: list[Where] = []
    level = [value]
    while level:
        below = []
        for holder in level:
            pairs = holder.items() if isinstance(holder, dict) else enumerate(holder)
            for place, inner in list(pairs)[:30]:
                found.append((holder, place))
                if isinstance(inner, dict | list):
                    below.append(inner)
        level = below if len(found) < 200 else []
    return found


def written(document: object) -> bytes:
    """A document as it goes over the wire, raw parts and all."""
    return msgspec.json.encode(document)
