"""Files come whole and verified, or not at all."""

from __future__ import annotations

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nio import AsyncClient, DownloadResponse
from nio.crypto.attachments import decrypt_attachment, encrypt_attachment

from bridge.matrix import media
from bridge.matrix.media import parse_file, parse_mxc
from bridge.matrix.requests import TooLarge
from bridge.model.event import Json
from bridge.model.ports import MatrixError, NotFound, Unreachable
from tests.attachments import sealed
from tests.fakes.homeserver import FakeHomeserver
from tests.matrix.conftest import Bot

MEGABYTE = 1024 * 1024


async def fetch(bot: Bot, mxc: str, file: Json | None = None, limit: int = 8 * MEGABYTE) -> tuple[bytes, bool]:
    """What came, and whether it came to its end."""
    got = io.BytesIO()
    try:
        async for chunk in bot.client.download(mxc, file=file, limit=limit):
            got.write(chunk)
    except MatrixError:
        return got.getvalue(), False
    return got.getvalue(), True


@pytest.mark.parametrize("size", [0, 1, 65536, 300_001])
async def test_a_clear_file_comes_as_it_is(fake: FakeHomeserver, bot: Bot, size: int) -> None:
    """Every byte, whatever the size, with the token in the header."""
    data = os.urandom(size)
    assert await fetch(bot, fake.upload(data, "image/jpeg")) == (data, True)
    assert fake.calls[-1].path.startswith("/_matrix/client/v1/media/download/")
    assert fake.calls[-1].query == {}


@pytest.mark.parametrize("size", [0, 1, 65536, 300_001])
async def test_an_encrypted_file_is_decrypted_while_it_comes(fake: FakeHomeserver, bot: Bot, size: int) -> None:
    """What we encrypt for others, and what they encrypt for us, is read back byte for byte."""
    data = os.urandom(size)
    ciphertext, file = await sealed(bot.client, data)
    assert ciphertext != data or not data
    assert await fetch(bot, fake.upload(ciphertext, "application/octet-stream"), file) == (data, True)


async def test_a_wrong_hash_never_yields_a_complete_file(fake: FakeHomeserver, bot: Bot) -> None:
    """One changed byte: the error comes, and the last part does not."""
    data = os.urandom(200_000)
    ciphertext, file = encrypt_attachment(data)
    for changed in (b"x" + ciphertext[1:], ciphertext[:-1] + b"x", ciphertext + b"x", ciphertext[:-1], b""):
        got, whole = await fetch(bot, fake.upload(changed, "application/octet-stream"), file)
        assert not whole
        assert len(got) < len(data)
    with pytest.raises(MatrixError) as raised:
        mxc = fake.upload(b"tiny", "application/octet-stream")
        [chunk async for chunk in bot.client.download(mxc, file=file, limit=MEGABYTE)]
    assert raised.value.errcode == "bad_hash"


@pytest.mark.parametrize("kind", ["html", "truncated", "drop", "not_json"])
async def test_a_broken_download_is_no_file(fake: FakeHomeserver, bot: Bot, kind: str) -> None:
    """A proxy's page, a cut connection and an error are never taken for the photo."""
    mxc = fake.upload(os.urandom(500_000), "image/jpeg")
    fake.fail("GET */download/*", kind, status=502)  # type: ignore[arg-type]
    with pytest.raises(Unreachable):
        [chunk async for chunk in bot.client.download(mxc, file=None, limit=MEGABYTE)]


async def test_where_nio_takes_an_error_page_for_a_photo(fake: FakeHomeserver, bot: Bot) -> None:
    """Plain nio reports a 502 page as a successful download."""
    mxc = fake.upload(b"photo", "image/jpeg")
    client = AsyncClient(fake.url, bot.user_id)
    client.access_token = fake.token(bot.user_id)
    fake.fail("GET */download/*", "html", status=502)
    answer = await client.download(mxc=mxc)
    await client.close()
    assert isinstance(answer, DownloadResponse)
    assert b"Bad Gateway" in answer.body


async def test_no_more_than_the_limit(fake: FakeHomeserver, bot: Bot) -> None:
    """A file over the limit is refused by its announced length, and an endless one while it streams."""
    mxc = fake.upload(os.urandom(MEGABYTE), "image/jpeg")
    assert await fetch(bot, mxc, limit=MEGABYTE - 1) == (b"", False)
    with pytest.raises(TooLarge):
        [chunk async for chunk in bot.client.download(mxc, file=None, limit=MEGABYTE - 1)]
    fake.fail("GET */download/*", "endless")
    got, whole = await fetch(bot, mxc, limit=MEGABYTE)
    assert not whole
    assert len(got) <= MEGABYTE


async def test_missing_and_unfinished_files_differ(fake: FakeHomeserver, bot: Bot) -> None:
    """Gone is NotFound; "not yet uploaded" is worth another try."""
    with pytest.raises(NotFound):
        [chunk async for chunk in bot.client.download("mxc://fake.test/nothing", file=None, limit=1)]
    with pytest.raises(Unreachable):
        mxc = await bot.client.reserve_media()
        [chunk async for chunk in bot.client.download(mxc, file=None, limit=1)]


async def test_an_upload_into_a_reserved_place_happens_once(fake: FakeHomeserver, bot: Bot) -> None:
    """The answer was lost; the second upload finds the place taken and is content."""
    mxc = await bot.client.reserve_media()
    fake.fail("PUT */upload/*", "drop", after=True)
    with pytest.raises(Unreachable):
        await bot.client.fill_media(mxc, b"bundle", "application/zip")
    await bot.client.fill_media(mxc, b"other", "application/zip")
    assert await fetch(bot, mxc) == (b"bundle", True)


@pytest.mark.parametrize(
    "mxc",
    [
        "",
        "mxc://",
        "mxc://host",
        "mxc://host/",
        "mxc:///id",
        "MXC://host/id",
        "https://host/id",
        "mxc://host/../../admin",
        "mxc://../id",
        "mxc://host/id/more",
        "mxc://host/id?x=1",
        "mxc://host/id#x",
        "mxc://host/%2e%2e",
        "mxc://user@host/id",
        "mxc://host/id\n",
        "mxc://host /id",
        "mxc://host:port/id",
        "mxc://[::1/id",
        "mxc://host/" + "a" * 256,
    ],
)
async def test_mxc_tricks_make_no_request(fake: FakeHomeserver, bot: Bot, mxc: str) -> None:
    """Anything that is not a server name and a media id is refused before a request is made."""
    with pytest.raises(MatrixError) as raised:
        [chunk async for chunk in bot.client.download(mxc, file=None, limit=1)]
    assert raised.value.errcode == "bad_mxc"
    assert fake.calls == []


@pytest.mark.parametrize(
    "mxc", ["mxc://host/a_B-9", "mxc://host.example:8448/x", "mxc://[::1]:80/x", "mxc://1.2.3.4/x"]
)
def test_real_addresses_are_understood(mxc: str) -> None:
    """Host names, ports, IPv4 and IPv6 servers."""
    found = parse_mxc(mxc)
    assert f"mxc://{found.server}/{found.media_id}" == mxc


@given(st.binary(max_size=500))
async def test_nio_reads_what_we_send(data: bytes) -> None:
    """An attachment that we encrypt is readable by the reference implementation."""
    ciphertext, file = await sealed(media, data)
    assert decrypt_attachment(ciphertext, file["key"]["k"], file["hashes"]["sha256"], file["iv"]) == data


@pytest.mark.parametrize(
    "changes",
    [
        {"v": "v1"},
        {"key": None},
        {"key": {"kty": "oct", "alg": "A128CBC", "k": "A" * 43}},
        {"key": {"kty": "oct", "alg": "A256CTR", "k": "AAAA"}},
        {"key": {"kty": "oct", "alg": "A256CTR"}},
        {"iv": "AAAA"},
        {"iv": 5},
        {"iv": "*" * 22},
        {"hashes": {}},
        {"hashes": {"sha256": "A" * 10_000}},
        {"hashes": "sha256"},
    ],
)
def test_an_ill_formed_file_object_is_refused(changes: Json) -> None:
    """A `file` that cannot be checked is refused before anything is downloaded."""
    _, file = encrypt_attachment(b"x")
    assert parse_file(file).key
    with pytest.raises(MatrixError) as raised:
        parse_file({**file, **changes})
    assert raised.value.errcode == "bad_file"
