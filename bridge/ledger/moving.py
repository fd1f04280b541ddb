"""A ledger moved from one database to another, and what must hold of it there before it counts.

All of it happens in one transaction of the target: until the end of :func:`move`, and whenever it fails, nothing is
in the target.
"""

from __future__ import annotations

import msgspec

from bridge.ledger import meta, projections
from bridge.ledger.chain import Broken
from bridge.ledger.comparing import PAGE, Contents, contents, differing, select
from bridge.ledger.databases import MOVED, Database
from bridge.ledger.migrations import NEWEST, create, version_of
from bridge.ledger.records import verify_chain
from bridge.ledger.store import LedgerError, Store
from bridge.ledger.tables import ALL, Table, columns, name_of


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What was moved."""

    rows: int
    facts: int
    heads: tuple[tuple[str, int, str], ...]
    """(forum, position, link in hexadecimal) of every chain."""


def move(source: Database, target: Database, *, rebuild: bool = False) -> Moved:
    """Move the ledger in ``source`` to the empty database ``target``; neither may be in use.

    Afterwards the source says that it was moved, and is not opened for writing any more. ``rebuild``: projections
    that are not what the facts add up to are derived anew instead of being refused. Raises :class:`LedgerError`.
    """
    if not source.exists():
        raise LedgerError(f"There is no ledger in {source.name}.")
    origin = source.open()
    try:
        with origin.transaction():
            moved = _into(origin, target, rebuild=rebuild)
            meta.put(origin, MOVED, target.name)
    finally:
        origin.close()
    return moved


def copy(source: Database, target: Database) -> Moved:
    """Copy one state of a ledger into the empty database ``target`` while others write to it.

    Verified like a move, but for the projections. Raises :class:`LedgerError`.
    """
    origin = source.look()
    try:
        with origin.snapshot():
            return _into(origin, target, rebuild=None)
    finally:
        origin.close()


def _into(origin: Store, target: Database, *, rebuild: bool | None) -> Moved:
    """Fill a target; ``rebuild`` as of :func:`move`, None: the projections are taken as they are."""
    version = version_of(origin)
    if version != NEWEST:
        raise LedgerError(
            f"The ledger is of schema {version}, and this program knows {NEWEST}; start it once first."
        )
    store = target.open_empty()
    try:
        with store.transaction():
            create(store)
            moved = _copy_and_verify(origin, store)
            if rebuild is not None:
                _derive_anew(origin, store, mend=rebuild)
    except Broken as broken:
        raise LedgerError(
            f"The chain is broken at record {broken.position} ({broken.why}); nothing was moved. Keep the ledger "
            "as it is and compare it with a backup."
        ) from broken
    finally:
        store.close()
    return moved


def _copy_and_verify(origin: Store, store: Store) -> Moved:
    chains = {forum: verify_chain(origin, forum) for (forum,) in origin.all("SELECT id FROM forum ORDER BY id")}
    rows = 0
    for table in ALL:
        sent = _copy_table(origin, store, table)
        lost = sent.differing(contents(store, table))
        if lost:
            raise LedgerError(f"{lost} rows of {name_of(table)} did not arrive as they are; nothing was moved.")
        rows += sent.rows.total()
    arrived = {forum: verify_chain(store, forum) for (forum,) in store.all("SELECT id FROM forum ORDER BY id")}
    if arrived != chains:
        raise LedgerError("The chains end elsewhere than before; nothing was moved.")
    heads = tuple((forum, head.position, head.link.hex()) for forum, head in chains.items())
    return Moved(rows=rows, facts=store.count("SELECT COUNT(*) FROM fact"), heads=heads)


def _copy_table(origin: Store, store: Store, table: type[Table]) -> Contents:
    names = columns(table)
    places = ",".join("?" * len(names))
    insert = f"INSERT INTO {name_of(table)} ({', '.join(names)}) VALUES ({places})"
    sent = Contents()
    for rows in origin.pages(select(table), PAGE):
        store.many(insert, rows)
        sent.add(rows)
    return sent


def _derive_anew(origin: Store, store: Store, *, mend: bool) -> None:
    """Derive the projections from the facts that arrived; ``mend``: also where the origin's are others."""
    projections.rebuild(store)
    wrong = differing(origin, store)
    if wrong and not mend:
        said = ", ".join(f"{name} ({count} rows)" for name, count in wrong.items())
        raise LedgerError(
            f"These tables are not what the facts add up to: {said}; nothing was moved. They were changed by hand, "
            "or by a defect. `--rebuild` derives them anew from the facts."
        )
