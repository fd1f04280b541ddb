"""What may happen to the bytes of a file: bits, stretches and ends."""

from __future__ import annotations

from hypothesis import strategies as st

DOINGS = ("flip", "flip", "set", "number", "insert", "delete", "zero", "repeat", "move", "cut", "tail")
NUMBERS = (
    b"\x00" * 4,
    b"\xff" * 4,
    b"\x7f\xff\xff\xff",
    b"\x80\x00\x00\x00",
    b"\x00\x00\xff\xff",
    b"\xff\xff\xff\x7f",
)

Accident = tuple[str, bool, int, int, bytes]

accidents = st.lists(
    st.tuples(
        st.sampled_from(DOINGS),
        st.booleans(),
        st.integers(0, 1_000_000),
        st.integers(0, 1_000_000),
        st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=6,
)
"""What, whether near the beginning (where formats have their structure), where, how far, and new bytes."""


def after(data: bytes, done: list[Accident]) -> bytes:
    """The bytes after these accidents."""
    for what, near, where, far, fresh in done:
        if not data:
            return data
        at = where % min(len(data), 600) if near else where % len(data)
        end = min(len(data), at + 1 + far % (64 if near else max(64, len(data) // 4)))
        match what:
            case "flip":
                data = data[:at] + bytes([data[at] ^ (1 << far % 8)]) + data[at + 1 :]
            case "set":
                data = data[:at] + fresh + data[at + len(fresh) :]
            case "number":
                data = data[:at] + NUMBERS[far % len(NUMBERS)] + data[at + 4 :]
            case "insert":
                data = data[:at] + fresh + data[at:]
            case "delete":
                data = data[:at] + data[end:]
            case "zero":
                data = data[:at] + bytes(end - at) + data[end:]
            case "repeat":
                data = data[:end] + data[at:]
            case "move":
                data = data[:at] + data[end:] + data[at:end]
            case "cut":
                data = data[:at]
            case _:
                data = data + data[at:end]
    return data
