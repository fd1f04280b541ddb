"""The key store, held by a command that needs the bridge to be stopped."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bridge.admin.saying import AdminProblem
from bridge.ledger.keyring import KeyringBroken, KeyringInUse, SqliteKeyring
from bridge.settings import Settings


@contextlib.contextmanager
def held_keys(settings: Settings) -> Iterator[SqliteKeyring]:
    """Hold the lock that a running bridge holds. Raises :class:`AdminProblem`, also while one runs."""
    try:
        keyring = SqliteKeyring(settings.keys)
    except KeyringInUse:
        raise AdminProblem("device.in_use") from None
    except KeyringBroken as error:
        raise AdminProblem("device.broken", why=str(error)) from error
    try:
        yield keyring
    finally:
        keyring.close()
