"""The chain of records: what it proves and what it survives."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import chain
from bridge.model.facts import Message, Opened, Record, Stage


def run_of(count: int) -> list[Record]:
    head = chain.START
    records = []
    for number in range(1, count + 1):
        fact = Message(
            event=f"$e{number}",
            room="!r",
            sender="@a:x",
            sent_at=number,
            received_at=number,
            text="Siap, dilaksanakan – 👍",
        )
        record = chain.append(head, fact, at=number, salt=bytes([number]) * 16)
        records.append(record)
        head = chain.head_of(record)
    return records


def test_the_link_is_what_the_record_says_it_is() -> None:
    """The definition that stands with Record, computed here by hand."""
    first, second = run_of(2)
    assert first.body is not None and first.salt is not None
    assert first.content_hash == hashlib.sha256(first.salt + first.body).digest()
    expected = hashlib.sha256(bytes(32) + (1).to_bytes(8, "big") + b"message\x00" + first.content_hash)
    assert first.link == expected.digest()
    again = hashlib.sha256(first.link + (2).to_bytes(8, "big") + b"message\x00" + second.content_hash)
    assert second.link == again.digest()


def test_canonical_json_has_sorted_keys_and_no_spaces() -> None:
    """Two machines write the same bytes for the same fact."""
    assert chain.canonical(Stage(stage="tag", was="watch", by="p1", at=5, cause="$c")) == (
        b'{"at":5,"by":"p1","cause":"$c","kind":"stage","stage":"tag","was":"watch"}'
    )


def test_a_destroyed_content_still_verifies() -> None:
    """Retention may take a content away without breaking the chain."""
    records = run_of(3)
    records[1] = chain.destroyed(records[1])
    assert chain.verify(records) == chain.head_of(records[2])


def test_a_run_continues_from_a_head() -> None:
    """A week is checked without the weeks before it."""
    records = run_of(5)
    assert chain.verify(records[2:], chain.head_of(records[1])).position == 5


def other(record: Record, **changes: object) -> Record:
    return msgspec.structs.replace(record, **changes)


def test_each_way_of_breaking_it_is_named() -> None:
    """Removed, swapped, changed, re-labelled, re-formed and half destroyed records are told apart."""
    one, two, three = run_of(3)
    assert two.body is not None and two.salt is not None
    spaced = two.body.replace(b'":', b'": ')
    opened = chain.canonical(Opened(event="$e2", at=1))
    broken: list[tuple[list[Record], int, str]] = [
        ([one, three], 3, "position"),
        ([one, three, two], 3, "position"),
        ([one, two, two], 2, "position"),
        ([one, other(two, body=two.body.replace(b"Siap", b"Sial"))], 2, "content"),
        ([one, other(two, link=bytes(32))], 2, "link"),
        ([one, other(two, body=spaced, content_hash=chain.content_hash(two.salt, spaced))], 2, "form"),
        ([one, other(two, body=b"[]", content_hash=chain.content_hash(two.salt, b"[]"))], 2, "form"),
        ([one, other(two, body=opened, content_hash=chain.content_hash(two.salt, opened))], 2, "kind"),
        ([one, other(two, salt=None)], 2, "salt"),
        ([one, other(two, kind="opened")], 2, "kind"),
        ([other(one, content_hash=bytes(32), body=None, salt=None)], 1, "link"),
    ]
    for records, position, why in broken:
        with pytest.raises(chain.Broken) as caught:
            chain.verify(records)
        assert (caught.value.position, caught.value.why) == (position, why)


def test_a_short_salt_is_refused() -> None:
    """A salt that could be guessed would give a destroyed content away."""
    with pytest.raises(ValueError, match="16 bytes"):
        chain.append(chain.START, Opened(event="$e", at=1), at=1, salt=b"short")


@given(st.text(st.characters(exclude_categories=["Cs"])), st.binary(min_size=16, max_size=16))
def test_whatever_people_write_comes_back(text: str, salt: bytes) -> None:
    """A body decodes to the fact that it was made from, and verifies."""
    fact = Message(event="$e", room="!r", sender="@a:x", sent_at=1, received_at=1, text=text)
    record = chain.append(chain.START, fact, at=1, salt=salt)
    assert record.body is not None
    assert chain.decode(record.body) == fact
    assert chain.verify([record]).position == 1
