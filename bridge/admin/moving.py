"""`tudang migrate` and `tudang rebuild`: the ledger taken elsewhere, and its tables derived from the facts anew.

Both need the bridge to be stopped: they hold the lock of its keys meanwhile.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from bridge.admin.commands import Outcome
from bridge.admin.keys import held_keys
from bridge.admin.saying import AdminProblem, catalogue_for, shown
from bridge.database import database_of
from bridge.lang.catalogue import Catalogue
from bridge.ledger import moving, projections
from bridge.ledger.databases import Database
from bridge.ledger.store import LedgerError
from bridge.policy.types import Language
from bridge.settings import DatabaseSettings, Settings, SettingsError, database_url

BACK = "sqlite"
"""In place of an address: the file in the state directory."""


def migrate(
    settings: Settings,
    to: str,
    *,
    password_file: Path | None,
    rebuild: bool,
    lang: Language | None,
    environment: Mapping[str, str] = os.environ,
) -> Outcome:
    """Move the ledger to ``to``: the address of an empty PostgreSQL database, or `sqlite`."""
    catalogue = catalogue_for(settings, lang)
    try:
        source = database_of(settings, environment)
        target = _target(settings, to, password_file, environment)
        if target.name == source.name:
            raise AdminProblem("migrate.there", place=target.name)
        with _stopped(settings):
            moved = moving.move(source, target, rebuild=rebuild)
    except AdminProblem as problem:
        return Outcome(problem.sentence(catalogue), 1)
    except (LedgerError, SettingsError) as error:
        return Outcome(catalogue.say("migrate.failed", why=str(error)).plain, 1)
    lines = [catalogue.say("migrate.done", place=target.name, rows=moved.rows, facts=moved.facts).plain]
    lines += [
        catalogue.say("migrate.head", forum=forum, position=position, hash=link).plain
        for forum, position, link in moved.heads
    ]
    return Outcome("\n".join([*lines, *_advice(catalogue, to, password_file, source)]), 0)


def rebuild_tables(settings: Settings, *, lang: Language | None) -> Outcome:
    """Derive every table that follows from the facts anew."""
    catalogue = catalogue_for(settings, lang)
    try:
        database = database_of(settings)
        if not database.exists():
            raise AdminProblem("backup.no_ledger", path=database.name)
        with _stopped(settings):
            store = database.open()
            try:
                with store.transaction():
                    facts = projections.rebuild(store)
            finally:
                store.close()
    except AdminProblem as problem:
        return Outcome(problem.sentence(catalogue), 1)
    except (LedgerError, SettingsError) as error:
        return Outcome(catalogue.say("migrate.failed", why=str(error)).plain, 1)
    return Outcome(catalogue.say("rebuild.done", facts=facts).plain, 0)


def _target(settings: Settings, to: str, password_file: Path | None, environment: Mapping[str, str]) -> Database:
    """The place that settings with ``to`` in them would name."""
    there: DatabaseSettings | None = None
    if to != BACK:
        try:
            database_url(to)
        except ValueError as error:
            raise AdminProblem("migrate.address", why=str(error)) from None
        there = DatabaseSettings(url=to, password_file=password_file)
    return database_of(settings.model_copy(update={"database": there}), environment)


@contextlib.contextmanager
def _stopped(settings: Settings) -> Iterator[None]:
    """Only while no bridge runs. Raises :class:`AdminProblem`."""
    # A bridge that runs has keys.
    with held_keys(settings) if settings.keys.exists() else contextlib.nullcontext():
        yield


def _advice(catalogue: Catalogue, to: str, password_file: Path | None, source: Database) -> list[str]:
    """What is to be written into bridge.yaml, and what becomes of the old place."""
    if to == BACK:
        lines = [catalogue.say("migrate.write_sqlite").plain]
    else:
        named = [f"  password_file: {shown(password_file)}"] if password_file is not None else []
        lines = [catalogue.say("migrate.write").plain, "", "database:", f'  url: "{to}"', *named, ""]
    return [*lines, catalogue.say("migrate.old", place=source.name).plain]
