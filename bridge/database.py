"""The ledger's database, as the settings name it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from bridge.ledger.databases import Database, Postgres, SqliteFile
from bridge.settings import Settings, database_password


def database_of(settings: Settings, environment: Mapping[str, str] = os.environ) -> Database:
    """Where the ledger lies. Connects to nothing. Raises :class:`bridge.settings.SettingsError`."""
    if settings.database is None:
        return SqliteFile(settings.ledger)
    return Postgres(settings.database.url, database_password(settings, environment))
