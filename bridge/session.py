"""Who the bridge is on its homeserver: the keys of one device, and the session that is kept between two runs."""

from __future__ import annotations

import asyncio
import os

import msgspec

from bridge.ledger.keyring import SqliteKeyring, secret_key
from bridge.matrix.login import Credentials, log_in
from bridge.settings import Secrets, Settings


class Keys:
    """The key store of one device and who we are with it. Made when missing, one process at a time."""

    def __init__(self, settings: Settings) -> None:
        settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.keyring = SqliteKeyring(settings.keys)
        self.secret = secret_key(settings.state / "keys.secret")
        self._session = settings.state / "session.json"

    async def credentials(self, settings: Settings, secrets: Secrets) -> Credentials:
        """The device's session: kept from the last run, or a new log-in. Raises MatrixError kinds."""
        homeserver = settings.homeserver
        kept = self._kept(settings)
        if secrets.access_token is not None:
            return await log_in(
                homeserver.url,
                homeserver.user,
                access_token=secrets.access_token,
                device_id=kept.device_id if kept else None,
            )
        if kept is not None:
            return kept
        fresh = await log_in(homeserver.url, homeserver.user, password=secrets.password)
        await asyncio.to_thread(self._keep, fresh)
        return fresh

    def _keep(self, credentials: Credentials) -> None:
        temporary = self._session.with_suffix(".new")
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
            file.write(msgspec.json.encode(credentials))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._session)

    def _kept(self, settings: Settings) -> Credentials | None:
        try:
            kept = msgspec.json.decode(self._session.read_bytes(), type=Credentials)
        except (OSError, msgspec.MsgspecError):
            return None
        # The server may have moved; the device is the same.
        return msgspec.structs.replace(kept, homeserver=settings.homeserver.url)

    def forget_session(self) -> None:
        """The token was revoked: the next start logs in anew."""
        self._session.unlink(missing_ok=True)

    def close(self) -> None:
        """Let another process in."""
        self.keyring.close()
