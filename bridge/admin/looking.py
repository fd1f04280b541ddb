"""The ledger looked at from outside, beside a running bridge or without one: open, read, closed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from bridge.admin.saying import AdminProblem
from bridge.database import database_of
from bridge.ledger import meta, rooms
from bridge.ledger.databases import MOVED
from bridge.ledger.migrations import NEWEST
from bridge.ledger.store import LedgerError, Store
from bridge.matrix.login import Credentials
from bridge.settings import Settings, SettingsError


class NothingThere(Exception):
    """The ledger knows nothing of the forum."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The rooms of a forum as the running bridge would know them."""

    rooms: Mapping[str, str]
    """`forum`, `control`, `audit` to room ids."""
    groups: Mapping[str, str]
    """Names of working groups to room ids."""
    space: str = ""


@contextlib.contextmanager
def seen(settings: Settings) -> Iterator[Store]:
    """The ledger in one state, for reading. Raises :class:`AdminProblem` where there is none to be read."""
    try:
        database = database_of(settings)
        if not database.exists():
            raise AdminProblem("look.no_ledger", place=database.name)
        store = database.look()
    except (LedgerError, SettingsError) as error:
        raise AdminProblem("look.unreadable", why=str(error)) from error
    try:
        if int(meta.get(store, "schema") or 0) != NEWEST:
            raise AdminProblem("look.other_schema", place=database.name)
        moved = meta.get(store, MOVED)
        if moved is not None:
            raise AdminProblem("look.moved", place=database.name, to=moved)
        with store.snapshot():
            yield store
    finally:
        store.close()


def rooms_of(store: Store, settings: Settings) -> Placed:
    """The rooms that the settings name, by the ids under which the ledger has them."""
    found: dict[str, str] = {}
    groups: dict[str, str] = {}
    space = ""
    for wanted in settings.forum.rooms.wanted():
        address = wanted.address
        named = meta.get(store, f"alias:{address}") if address.startswith("#") else address
        if named is None:
            continue
        room = rooms.newest(store, named)
        if wanted.kind == "group":
            groups[wanted.name] = room
        elif wanted.kind == "space":
            space = room
        else:
            found[wanted.kind] = room
    return Placed(found, groups, space)


def own_user(settings: Settings) -> str:
    """The bot's user id: that of its session, else the one in the settings."""
    try:
        kept = msgspec.json.decode((settings.state / "session.json").read_bytes(), type=Credentials)
    except (OSError, msgspec.MsgspecError):
        return settings.homeserver.user
    return kept.user_id
