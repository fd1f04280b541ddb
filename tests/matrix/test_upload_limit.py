"""How large a file may be, asked of the homeserver: where the specification has it today, then where it had it."""

from __future__ import annotations

import pytest

from bridge.model.ports import Unreachable
from tests.fakes.homeserver import FakeHomeserver
from tests.matrix.conftest import Bot


async def test_the_limit_is_asked_once(fake: FakeHomeserver, bot: Bot) -> None:
    """What the homeserver says holds as long as the bridge runs."""
    fake.upload_limit = 1234
    assert [await bot.client.upload_limit(), await bot.client.upload_limit()] == [1234, 1234]
    assert len(fake.calls_to("GET */media/config")) == 1


async def test_an_older_homeserver_is_asked_in_the_older_place(fake: FakeHomeserver, bot: Bot) -> None:
    """Before specification 1.11 the limit stood under /_matrix/media/v3."""
    fake.fail("GET */client/v1/media/config", "status", status=404, errcode="M_UNRECOGNIZED")
    assert await bot.client.upload_limit() == fake.upload_limit
    assert len(fake.calls_to("GET */media/v3/config")) == 1


async def test_a_homeserver_that_says_nothing_has_no_limit_that_we_know(fake: FakeHomeserver, bot: Bot) -> None:
    """Neither place, nor a number that is none, is taken for a limit of zero."""
    fake.fail("GET *media*/config", "status", times=2, status=404, errcode="M_UNRECOGNIZED")
    assert await bot.client.upload_limit() is None


async def test_a_homeserver_that_does_not_answer_is_asked_again(fake: FakeHomeserver, bot: Bot) -> None:
    """An absent answer is no answer: the errand waits, and the next try asks anew."""
    fake.fail("GET */media/config", "html", status=502)
    with pytest.raises(Unreachable):
        await bot.client.upload_limit()
    assert await bot.client.upload_limit() == fake.upload_limit
