"""HTTP errors become typed errors, and the token stays in its header."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog.testing

from bridge.matrix.requests import AuthenticationNeeded, Requests, path
from bridge.model.ports import Forbidden, LimitExceeded, MatrixError, NotFound, TokenRevoked, Unreachable
from tests.fakes.faults import Kind
from tests.fakes.homeserver import FakeHomeserver

WHOAMI = path("account", "whoami")
FAULTS: tuple[Kind, ...] = ("drop", "html", "limited", "status")


@pytest.fixture
async def requests(fake: FakeHomeserver) -> AsyncIterator[Requests]:
    made = Requests(fake.url, fake.token(fake.user("bot")))
    yield made
    await made.close()


async def test_an_answer_is_its_json_object(requests: Requests) -> None:
    """A 2xx answer comes back decoded."""
    assert (await requests.json("GET", WHOAMI))["user_id"] == "@bot:fake.test"


@pytest.mark.parametrize(
    ("status", "errcode", "kind"),
    [
        (403, "M_FORBIDDEN", Forbidden),
        (404, "M_NOT_FOUND", NotFound),
        (404, "M_UNRECOGNIZED", MatrixError),
        (400, "M_DUPLICATE_ANNOTATION", MatrixError),
        (409, "M_CANNOT_OVERWRITE_MEDIA", MatrixError),
        (500, "M_UNKNOWN", Unreachable),
        (401, "M_UNKNOWN_TOKEN", TokenRevoked),
        (401, "M_MISSING_TOKEN", TokenRevoked),
    ],
)
async def test_matrix_errors_keep_code_and_status(
    fake: FakeHomeserver, requests: Requests, status: int, errcode: str, kind: type[MatrixError]
) -> None:
    """A Matrix error raises exactly its kind, with its errcode and status."""
    fake.fail("GET *whoami", "status", status=status, errcode=errcode)
    with pytest.raises(MatrixError) as raised:
        await requests.json("GET", WHOAMI)
    assert type(raised.value) is kind
    assert (raised.value.errcode, raised.value.status) == (errcode, status)


@pytest.mark.parametrize("status", [200, 401, 403, 404, 500, 502])
async def test_a_proxys_page_is_never_an_answer(fake: FakeHomeserver, requests: Requests, status: int) -> None:
    """An HTML page is "unreachable" whatever its status: never "forbidden", never "there is none"."""
    fake.fail("GET *whoami", "html", status=status)
    with pytest.raises(Unreachable):
        await requests.json("GET", WHOAMI)


@pytest.mark.parametrize("kind", ["truncated", "drop", "not_json"])
async def test_half_an_answer_is_no_answer(fake: FakeHomeserver, requests: Requests, kind: Kind) -> None:
    """A cut connection, a truncated body and broken JSON are "unreachable"."""
    fake.fail("GET *whoami", kind, status=200)
    with pytest.raises(Unreachable):
        await requests.json("GET", WHOAMI)


async def test_silence_is_unreachable(fake: FakeHomeserver, requests: Requests) -> None:
    """A homeserver that takes the request and says nothing is given up on."""
    fake.fail("GET *whoami", "hang")
    with pytest.raises(Unreachable) as raised:
        await requests.json("GET", WHOAMI, seconds=0.05)
    assert raised.value.errcode == "timeout"


async def test_a_slow_answer_is_waited_for(fake: FakeHomeserver, requests: Requests) -> None:
    """Slow is not silent: within its time an answer counts whenever it comes."""
    fault = fake.fail("GET *whoami", "slow")
    waiting = asyncio.create_task(requests.json("GET", WHOAMI))
    await fault.struck.wait()
    assert not waiting.done()
    fault.released.set()
    assert (await waiting)["user_id"] == "@bot:fake.test"


async def test_an_endless_answer_is_cut(fake: FakeHomeserver, requests: Requests) -> None:
    """An answer past its limit is given up on without being kept in memory."""
    fake.fail("GET *whoami", "endless")
    with pytest.raises(Unreachable) as raised:
        await requests.json("GET", WHOAMI, limit=1024 * 1024)
    assert raised.value.errcode == "too_large"


async def test_nobody_listens() -> None:
    """A refused connection is unreachable."""
    requests = Requests("http://127.0.0.1:1")
    with pytest.raises(Unreachable):
        await requests.json("GET", WHOAMI)
    await requests.close()


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        ({"retry_after_ms": 2500}, 2500),
        ({"retry_after_ms": 1.5}, 1),
        ({"header": "7"}, 7000),
        ({"header": "0"}, 0),
        ({"header": "soon"}, 5000),
        ({"retry_after_ms": None}, 5000),
        ({"retry_after_ms": -3}, 0),
        ({"retry_after_ms": 1e300}, 24 * 3600 * 1000),
    ],
)
async def test_a_429_says_how_long(
    fake: FakeHomeserver, requests: Requests, fault: dict[str, Any], wait: int
) -> None:
    """The wait comes from the body, else from Retry-After, else is five seconds; it is never absurd."""
    fake.fail("GET *whoami", "limited", **fault)
    with pytest.raises(LimitExceeded) as raised:
        await requests.json("GET", WHOAMI)
    assert raised.value.retry_after_ms == wait


async def test_no_request_is_repeated(fake: FakeHomeserver, requests: Requests) -> None:
    """A lost answer is reported at once; whether the effect is repeated is the outbox's decision."""
    await requests.json("GET", WHOAMI)  # a connection is open now, which aiohttp would have used to retry
    room = fake.room(fake.user("bot"))
    fake.fail("PUT */state/*", "drop", after=True)
    with pytest.raises(Unreachable):
        await requests.json("PUT", path("rooms", room, "state", "m.room.topic"), body={"topic": "once"})
    assert len(fake.calls_to("PUT */state/*")) == 1
    assert fake.content(room, "m.room.topic") == {"topic": "once"}


async def test_authentication_is_asked_for_with_its_session(fake: FakeHomeserver, requests: Requests) -> None:
    """A 401 with flows is a challenge, not a revoked token."""
    upload = path("keys", "device_signing", "upload")
    await requests.json("POST", upload, body={"master_key": {"keys": {"a": "1"}}})
    with pytest.raises(AuthenticationNeeded) as raised:
        await requests.json("POST", upload, body={"master_key": {"keys": {"b": "2"}}})
    assert raised.value.session == "uia"
    assert raised.value.flows == (("m.login.password",),)


async def test_the_token_is_in_the_header_only(fake: FakeHomeserver, caplog: pytest.LogCaptureFixture) -> None:
    """No URL, log line, error or repr shows the access token, even when the server repeats it."""
    token = fake.token(fake.user("bot"))
    requests = Requests(fake.url, token)
    seen: list[str] = [repr(requests), repr(vars(requests.json))]
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as logged:
        await requests.json("GET", WHOAMI, query={"a": "b"})
        for fault in FAULTS:
            fake.fail("GET *whoami", fault, errcode=token)
            with pytest.raises(MatrixError) as raised:
                await requests.json("GET", WHOAMI)
            seen += [str(raised.value), repr(raised.value)]
    await requests.close()
    seen += [caplog.text, repr(logged), *(repr((call.path, call.query)) for call in fake.calls)]
    assert logged
    assert not [text for text in seen if token in text]


@pytest.mark.parametrize(
    "url", ["matrix.org", "ftp://a", "https://", "https://u:p@host", "https://host/?access_token=x", "file:///x"]
)
def test_homeserver_urls_are_checked(url: str) -> None:
    """A URL that is not one, or that carries secrets, is refused with a sentence."""
    with pytest.raises(ValueError, match="homeserver URL"):
        Requests(url)


def test_path_segments_cannot_escape() -> None:
    """A hostile id stays inside its path segment."""
    assert path("rooms", "!a/../b?c#d%2f", "x") == "/_matrix/client/v3/rooms/%21a%2F..%2Fb%3Fc%23d%252f/x"
