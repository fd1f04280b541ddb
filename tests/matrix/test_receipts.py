"""Receipts in a sync response: the latest of each account, whatever else stands there."""

from __future__ import annotations

import json

import pytest

from bridge.matrix.receipts import receipts_of

ROOM = "!forum:x"


def answer(*contents: object) -> bytes:
    events = [{"type": "m.receipt", "content": content} for content in contents]
    return json.dumps({"rooms": {"join": {ROOM: {"ephemeral": {"events": events}}}}}).encode()


def test_the_latest_of_each_account_counts() -> None:
    body = answer(
        {"$a": {"m.read": {"@x:x": {"ts": 5}, "@y:x": {"ts": 7, "thread_id": "main"}}}},
        {"$b": {"m.read": {"@x:x": {"ts": 9, "thread_id": "$t"}}, "m.read.private": {"@z:x": {"ts": 3}}}},
    )
    assert receipts_of(body, ROOM) == {"@x:x": 9, "@y:x": 7}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"rooms": 3}',
        answer(None, 3, {"$a": 1}, {"$a": {"m.read": []}}, {"$a": {"m.read": {"@x:x": {"ts": "9"}}}}),
        answer({"$a": {"m.read": {"@x:x": {"ts": True}, "@y:x": {"ts": -1}, "@z:x": {"ts": 2**60}}}}),
    ],
)
def test_what_is_ill_typed_counts_as_absent(body: bytes) -> None:
    assert receipts_of(body, ROOM) == {}
