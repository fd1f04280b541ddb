"""What matrix-nio's machine does where ours must not: the reason for having our own, with counterparts."""

from __future__ import annotations

from pathlib import Path

import pytest
from nio import Client, LoginResponse, SyncResponse
from nio.crypto import Olm
from nio.store import SqliteStore

from bridge.model.event import Json
from tests.matrix.crypto.peers import Peer

USER, DEVICE = "@bot:here", "BRIDGE"


def nio_machine(folder: Path) -> Olm:
    """nio's machine on the store in ``folder``, as after a start."""
    store = SqliteStore(USER, DEVICE, str(folder), pickle_key="secret")
    return Olm(USER, DEVICE, store)


def test_nio_forgets_keys_that_it_uploads(tmp_path: Path) -> None:
    """Killed between upload and answer, nio makes other keys under the same ids; the server keeps the lost ones."""
    first = nio_machine(tmp_path).share_keys()["one_time_keys"]
    again = nio_machine(tmp_path).share_keys()["one_time_keys"]
    assert first
    assert first.keys() == again.keys()
    assert all(first[name]["key"] != again[name]["key"] for name in first)


async def test_ours_uploads_the_same_keys_again(bot: Peer) -> None:
    """The counterpart: after the same kill our keys are the same."""
    uploads: list[Json] = []
    bot.server.one_time[bot.device].clear()
    send = bot.line.json

    async def killed(method: str, path: str, *, body: Json | None = None) -> Json:
        if body and "one_time_keys" in body:
            uploads.append(body["one_time_keys"])
            raise KeyboardInterrupt
        return await send(method, path, body=body)

    bot.line.json = killed  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            await bot.settle()
        bot.restart()
    assert uploads[0] == uploads[1]
    assert len(uploads[0]) == 50


def test_nio_ignores_a_count_of_zero(tmp_path: Path) -> None:
    """Told that the server has no keys left, nio sees no reason to upload any. Ours: test_upkeep."""
    client = Client(USER, DEVICE, store_path=str(tmp_path))
    client.receive_response(LoginResponse(USER, DEVICE, "token"))
    client.olm.account.shared = True
    client.olm.uploaded_key_count = 50
    sync = SyncResponse.from_dict(
        {
            "next_batch": "s1",
            "rooms": {},
            "to_device": {"events": []},
            "device_one_time_keys_count": {"signed_curve25519": 0},
        }
    )
    assert isinstance(sync, SyncResponse)
    client.receive_response(sync)
    assert not client.should_upload_keys
