"""Content URIs are read strictly: what passes is safe in a request's path."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.evidence import InvalidMxc, Mxc, parse_mxc


@pytest.mark.parametrize(
    ("uri", "server", "media_id"),
    [
        ("mxc://example.org/abcDEF-_123", "example.org", "abcDEF-_123"),
        ("mxc://matrix.soppeng.example:8448/x", "matrix.soppeng.example:8448", "x"),
        ("mxc://localhost/a", "localhost", "a"),
        ("mxc://10.0.0.1:80/a", "10.0.0.1:80", "a"),
        ("mxc://[2001:db8::1]/a", "[2001:db8::1]", "a"),
        ("mxc://[::1]:8448/a", "[::1]:8448", "a"),
    ],
)
def test_addresses_of_the_specification_are_read(uri: str, server: str, media_id: str) -> None:
    """Names, ports, IPv4 and IPv6; and written again they are the same."""
    assert parse_mxc(uri) == Mxc(server, media_id)
    assert str(parse_mxc(uri)) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "mxc://",
        "mxc:///abc",
        "mxc://example.org",
        "mxc://example.org/",
        "MXC://example.org/abc",
        "https://example.org/abc",
        " mxc://example.org/abc",
        "mxc://example.org/abc\n",
        "mxc://127.0.0.1/../../../some_service/etc/passwd",
        "mxc://example.org/..",
        "mxc://example.org/a/b",
        "mxc://example.org/a%2e%2e",
        "mxc://example.org/abc?width=1",
        "mxc://example.org/abc#fragment",
        "mxc://../abc",
        "mxc://./abc",
        "mxc://example..org/abc",
        "mxc://.example.org/abc",
        "mxc://user@example.org/abc",
        "mxc://example.org:/abc",
        "mxc://example.org:99999/abc",
        "mxc://example.org:80:80/abc",
        "mxc://exa mple.org/abc",
        "mxc://exämple.org/abc",
        "mxc://example.org/ａｂｃ",
        "mxc://example.org:٨٠/abc",
        "mxc://[::1/abc",
        "mxc://::1/abc",
        "mxc://[example.org]/abc",
        "mxc://example.org\\x/abc",
        "mxc://" + "a." * 200 + "org/abc",
        "mxc://example.org/" + "a" * 300,
    ],
)
def test_tricks_are_refused(uri: str) -> None:
    """Traversal, queries, fragments, user parts, foreign digits, control characters, excess."""
    with pytest.raises(InvalidMxc):
        parse_mxc(uri)


@given(
    st.one_of(
        st.text(),
        st.text().map(lambda text: "mxc://" + text),
        st.from_regex(r"mxc://[^/]+/.+"),
        st.from_regex(r"mxc://[a-z0-9.]{1,20}(:[0-9]{1,5})?/[A-Za-z0-9_-]{1,40}", fullmatch=True),
    )
)
def test_whatever_passes_is_harmless_in_a_path(uri: str) -> None:
    """Either an error, or two parts without separators, dots alone, escapes or space."""
    try:
        mxc = parse_mxc(uri)
    except InvalidMxc:
        return
    assert re.fullmatch(r"[A-Za-z0-9_-]+", mxc.media_id)
    assert re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", mxc.server)
    assert mxc.server.strip(".")
    assert str(mxc) == uri
