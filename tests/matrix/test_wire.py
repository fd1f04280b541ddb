"""Hostile JSON spoils itself, and nothing around it."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.matrix.wire import DEEPEST, Unreadable, decode_object, mend

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=30,
)


@given(values)
def test_mending_changes_nothing_that_is_well_formed(value: object) -> None:
    """Well-formed JSON of ordinary depth survives mending unchanged."""
    body = msgspec.json.encode({"value": value})
    assert msgspec.json.decode(mend(body)) == {"value": value}


@given(st.binary(max_size=300))
def test_any_bytes_are_an_object_or_unreadable(body: bytes) -> None:
    """No bytes raise anything but Unreadable."""
    with contextlib.suppress(Unreadable):
        assert isinstance(decode_object(body), dict)


@pytest.mark.parametrize("depth", [300, 5000])
@pytest.mark.parametrize(("opening", "inside", "closing"), [("[", "", "]"), ('{"a":', "1", "}")])
def test_a_deep_value_takes_nothing_with_it(opening: str, inside: str, closing: str, depth: int) -> None:
    """What nests too deeply is cut there, in every Python at the same depth; its neighbours are read."""
    deep = opening * depth + inside + closing * depth
    found = decode_object(f'{{"before":"[{{","deep":{deep},"after":2}}'.encode())
    assert (found["before"], found["after"]) == ("[{", 2)
    level, value = 0, found["deep"]
    while value is not None and value != 1:
        value = value[0] if isinstance(value, list) else value["a"]
        level += 1
    assert level == DEEPEST - 1


def test_lone_surrogates_and_odd_numbers_are_replaced() -> None:
    """Surrogates, broken UTF-8 and numbers that JSON does not have leave a readable document."""
    body = (
        b'{"a":"x\\ud800y","b":NaN,"c":1e999,"d":' + b"9" * 5000 + b',"e":"\xff","f":18446744073709551615,"g":"ok"}'
    )
    found = decode_object(body)
    assert (found["a"], found["b"], found["c"], found["d"], found["g"]) == ("x?y", None, None, None, "ok")
    msgspec.json.encode(found)


def test_a_truncated_document_is_not_completed() -> None:
    """Half a document is unreadable, never a smaller document."""
    for body in (b'{"a":[1,2', b'{"a":' + b"[" * 3000, b"", b"<html>", b"[]", b"null"):
        with pytest.raises(Unreadable):
            decode_object(body)
