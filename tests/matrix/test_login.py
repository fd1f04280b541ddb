"""Becoming a device."""

from __future__ import annotations

import pytest
import structlog.testing

from bridge.matrix.login import WrongAccount, log_in, log_out
from bridge.model.ports import Forbidden, TokenRevoked, Unreachable
from tests.fakes.homeserver import FakeHomeserver


async def test_a_password_makes_the_named_device(fake: FakeHomeserver) -> None:
    """The device id that the settings name is the one that we become, shown as Tudang."""
    fake.user("bot", "geheim-rahasia")
    found = await log_in(fake.url, "bot", password="geheim-rahasia", device_id="TUDANG1")
    assert (found.user_id, found.device_id) == ("@bot:fake.test", "TUDANG1")
    assert fake.tokens[found.access_token] == ("@bot:fake.test", "TUDANG1")
    assert fake.calls[-1].json()["initial_device_display_name"] == "Tudang"


async def test_a_token_is_asked_whose_it_is(fake: FakeHomeserver) -> None:
    """whoami tells account and device; the full id and the localpart both name the account."""
    token = fake.token(fake.user("bot"), "DEV")
    for name in ("bot", "@bot:fake.test", "Bot"):
        found = await log_in(fake.url, name, access_token=token)
        assert (found.user_id, found.device_id, found.access_token) == ("@bot:fake.test", "DEV", token)


async def test_a_token_of_somebody_else_is_refused(fake: FakeHomeserver) -> None:
    """Another account's or device's token is refused with a sentence that names both."""
    token = fake.token(fake.user("ani"), "DEV")
    with pytest.raises(WrongAccount, match=r"@ani:fake\.test, not to bot"):
        await log_in(fake.url, "bot", access_token=token)
    with pytest.raises(WrongAccount, match="DEV, not to OTHER"):
        await log_in(fake.url, "ani", access_token=token, device_id="OTHER")


async def test_refusals_keep_their_kind(fake: FakeHomeserver) -> None:
    """A wrong password, a dead token and a proxy's page are told apart."""
    fake.user("bot", "right")
    with pytest.raises(Forbidden):
        await log_in(fake.url, "bot", password="wrong")
    with pytest.raises(TokenRevoked):
        await log_in(fake.url, "bot", access_token="dead")
    fake.fail("POST */login", "html", status=403)
    with pytest.raises(Unreachable):
        await log_in(fake.url, "bot", password="right")
    with pytest.raises(ValueError, match="either a password or an access token"):
        await log_in(fake.url, "bot")


async def test_secrets_are_not_shown(fake: FakeHomeserver) -> None:
    """Neither logs nor reprs show the password or the token."""
    fake.user("bot", "geheim-rahasia")
    with structlog.testing.capture_logs() as logged:
        found = await log_in(fake.url, "bot", password="geheim-rahasia")
    assert logged
    for text in (repr(logged), repr(found), str(found)):
        assert "geheim-rahasia" not in text
        assert found.access_token not in text


async def test_logging_out_ends_the_token(fake: FakeHomeserver) -> None:
    """After a log-out the token is worth nothing."""
    fake.user("bot", "right")
    found = await log_in(fake.url, "bot", password="right")
    await log_out(found)
    with pytest.raises(TokenRevoked):
        await log_in(fake.url, "bot", access_token=found.access_token)
