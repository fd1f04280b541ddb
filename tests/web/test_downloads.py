"""One-time links: a file for whoever has the link, once, and nothing that tells a used link from a wrong one."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bridge.web.downloads import Downloads
from bridge.web.health import Health, HealthPage

TOKEN = "t" * 43
DIGEST = hashlib.sha256(TOKEN.encode()).hexdigest()
BUNDLE = b"rekap pekan ini " * 320_000
"""Five megabytes: more than the buffers between two sockets hold."""


class OneBundle:
    """A shelf with one link."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.usable = True
        self.uses = 0

    async def bundle(self, digest: str) -> Path | None:
        return self.path if self.usable and digest == DIGEST else None

    async def used(self, digest: str) -> None:
        assert digest == DIGEST
        self.usable = False
        self.uses += 1


@pytest.fixture
def shelf(tmp_path: Path) -> OneBundle:
    """Five megabytes under one link."""
    path = tmp_path / "rekap-uji-2026-W47 “pekan”.zip"
    path.write_bytes(BUNDLE)
    return OneBundle(path)


@pytest.fixture
async def address(shelf: OneBundle) -> AsyncIterator[str]:
    """Where the page listens."""

    async def health() -> Health:
        raise AssertionError("nobody asks")

    page = HealthPage(health, Downloads(shelf, lambda: "Mohon minta berkasnya kepada admin forum.").routes())
    await page.start("127.0.0.1", 0)
    yield f"http://127.0.0.1:{page.port}/bundle/"
    await page.stop()


async def test_a_link_gives_the_file_once(shelf: OneBundle, address: str) -> None:
    """Whole, under its own name, kept nowhere; the second time there is nothing."""
    async with aiohttp.ClientSession() as session:
        async with session.get(address + TOKEN) as answer:
            assert (answer.status, await answer.read()) == (200, BUNDLE)
            assert answer.headers["Content-Type"] == "application/zip"
            disposition = answer.content_disposition
            assert disposition is not None
            assert (disposition.type, disposition.filename) == ("attachment", shelf.path.name)
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"
        async with session.get(address + TOKEN) as answer:
            assert answer.status == 404
            assert "Mohon" in await answer.text()
    assert shelf.uses == 1


async def test_wrong_used_and_malformed_links_look_the_same(shelf: OneBundle, address: str) -> None:
    """Status, headers and sentence tell nobody whether there ever was such a link."""
    seen = []
    async with aiohttp.ClientSession() as session:
        for token in ("u" * 43, "t" * 42, "..%2f..%2fstate%2fsigning.key", "%00", "t" * 5000, "é"):
            async with session.get(address + token) as answer:
                seen.append((answer.status, await answer.text(), sorted(answer.headers)))
        shelf.usable = False
        async with session.get(address + TOKEN) as answer:
            seen.append((answer.status, await answer.text(), sorted(answer.headers)))
    assert seen[0][0] == 404
    assert all(one == seen[0] for one in seen)


async def test_looking_does_not_use_a_link_up(shelf: OneBundle, address: str) -> None:
    """HEAD tells the size; a homeserver that fetches links for previews gets nothing; both leave the link whole."""
    async with aiohttp.ClientSession() as session:
        async with session.head(address + TOKEN) as answer:
            assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(BUNDLE)))
        preview = {"User-Agent": "Synapse (bot; +https://github.com/matrix-org/synapse)"}
        async with session.get(address + TOKEN, headers=preview) as answer:
            assert answer.status == 404
        assert shelf.uses == 0
        async with session.get(address + TOKEN) as answer:
            assert await answer.read() == BUNDLE
    assert shelf.uses == 1


async def test_a_download_that_breaks_off_may_be_repeated(shelf: OneBundle, address: str) -> None:
    """Only the last byte uses a link up."""
    host, port = "127.0.0.1", int(address.split(":")[2].split("/")[0])
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET /bundle/{TOKEN} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert len(await reader.readexactly(100_000)) == 100_000
    writer.transport.abort()
    async with aiohttp.ClientSession() as session, session.get(address + TOKEN) as answer:
        assert await answer.read() == BUNDLE
    assert shelf.uses == 1


async def test_of_two_downloads_at_once_one_is_whole(shelf: OneBundle, address: str) -> None:
    """A link that was passed on in the middle of a download gives no second copy."""
    host, port = "127.0.0.1", int(address.split(":")[2].split("/")[0])
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET /bundle/{TOKEN} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    started = await reader.readexactly(1000)
    async with aiohttp.ClientSession() as session, session.get(address + TOKEN) as answer:
        assert await answer.read() == BUNDLE
    rest = await reader.read(-1)
    body = (started + rest).partition(b"\r\n\r\n")[2]
    assert 0 < len(body) < len(BUNDLE)
    assert shelf.uses == 1
    writer.close()
