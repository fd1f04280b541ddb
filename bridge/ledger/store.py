"""One connection, and the two kinds of thread that use one: the writer and the readers.

The writer thread owns the only writing connection. Callables queue up for it and are committed together, each in a
savepoint of its own, so that durability costs one fsync for many and a failing callable does not sink its group.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import peewee as pw

T = TypeVar("T")
Row = tuple[Any, ...]

GROUP_LIMIT = 200
"""Callables committed together at most; enough to make FULL durability cheap, few enough to answer promptly."""

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "journal_size_limit": 64 * 1024 * 1024,
    # Pages. A checkpoint writes all over the database; a burst is to pay for few of them.
    "wal_autocheckpoint": 8000,
    "temp_store": "memory",
    "cache_size": -16 * 1024,
}


PREPARED = 512
"""Statements that SQLite keeps prepared; those with lists of several lengths must not push out all others."""


STORAGE_STATES = ("08", "53", "57P", "58", "25006")
"""Beginnings of PostgreSQL's error codes that tell of connection, disk, memory, shutdown, I/O or read-only."""


NUL_SHOWN = "\ufffd"
"""What stands for a NUL character in texts on PostgreSQL."""


UNREACHED = ("OperationalError", "InterfaceError", "ConnectionTimeout")
"""What psycopg raises without a code when the server cannot be reached."""


class LedgerError(Exception):
    """The ledger cannot be used; the message says what to do."""


class StoreFull(LedgerError):
    """The disk is full or not writable, or the server is gone: to be tried again, from what is there then.

    Nothing of the failed transaction was kept, but for one case: a server that is lost while it commits may have
    kept all of it. That is what a kill after the commit leaves, and is lived through in the same way.
    """


@lru_cache(maxsize=1024)
def _numbered(sql: str) -> str:
    # Our statements never hold a literal question mark, so that this is a safe translation.
    return sql.replace("%", "%%").replace("?", "%s")


def _without_nul(value: object) -> object:
    # PostgreSQL's text holds every character but this one, which anybody may send; a fact's body has it escaped.
    return value.replace("\x00", NUL_SHOWN) if isinstance(value, str) and "\x00" in value else value


class Store:
    """One database connection, used by one thread. Statements are written with ``?`` for parameters."""

    def __init__(self, database: pw.Database) -> None:
        self.database = database
        self.is_postgres = not isinstance(database, pw.SqliteDatabase)
        self._connection: Any = database.connection()  # type: ignore[no-untyped-call]

    def run(self, sql: str, params: Sequence[object] = ()) -> Any:
        """Execute a statement and return its cursor."""
        if self.is_postgres:
            if not params:
                return self._connection.execute(sql)
            return self._connection.execute(_numbered(sql), [_without_nul(value) for value in params])
        return self._connection.execute(sql, params)

    def many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Execute a statement for each row of parameters."""
        if not rows:
            return
        if self.is_postgres:
            with self._connection.cursor() as cursor:
                cursor.executemany(_numbered(sql), [[_without_nul(value) for value in row] for row in rows])
        else:
            self._connection.executemany(sql, rows)

    def one(self, sql: str, params: Sequence[object] = ()) -> Row | None:
        """The first row, or None."""
        return cast(Row | None, self.run(sql, params).fetchone())

    def all(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        """All rows."""
        return cast(list[Row], self.run(sql, params).fetchall())

    def count(self, sql: str, params: Sequence[object] = ()) -> int:
        """The first column of the first row as a number; 0 when there is none."""
        row = self.one(sql, params)
        return int(row[0] or 0) if row else 0

    def pages(self, sql: str, size: int) -> Iterator[list[Row]]:
        """All rows of a query in lists of at most ``size``. Within a transaction; one such query at a time."""
        if self.is_postgres:
            self.run(f"DECLARE pages NO SCROLL CURSOR FOR {sql}")
            fetch = f"FETCH {size} FROM pages"
            while rows := self.all(fetch):
                yield rows
            self.run("CLOSE pages")
        else:
            cursor = self.run(sql)
            while rows := cursor.fetchmany(size):
                yield rows

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read one state of the database, whatever others write meanwhile."""
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if self.is_postgres else "BEGIN")
        try:
            yield
        finally:
            self.rollback()

    @property
    def lost(self) -> bool:
        """Whether the server has ended the connection, so that nothing can be asked through it any more."""
        return self.is_postgres and bool(self._connection.closed)

    @contextlib.contextmanager
    def savepoint(self, name: str) -> Iterator[None]:
        """Keep all of the block's writes or none, within the transaction."""
        self.run(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException as error:
            try:
                self.run(f"ROLLBACK TO SAVEPOINT {name}")
                self.run(f"RELEASE SAVEPOINT {name}")
            except Exception:
                # A full disk ends the whole transaction: whatever would be written next would stand alone.
                raise _full(error) from error
            raise
        self.run(f"RELEASE SAVEPOINT {name}")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all of the block's writes or none. Raises :class:`LedgerError` when the database itself fails."""
        try:
            self.begin()
            yield
            self.commit()
        except BaseException as error:
            self.rollback()
            if concerns_storage(error) and not isinstance(error, LedgerError):
                raise LedgerError(f"{_unwritten(error)}; nothing was changed.") from error
            raise

    def begin(self) -> None:
        self.run("BEGIN" if self.is_postgres else "BEGIN IMMEDIATE")

    def commit(self) -> None:
        self.run("COMMIT")

    def rollback(self) -> None:
        with contextlib.suppress(Exception):
            self.run("ROLLBACK")

    def close(self) -> None:
        self.database.close()
        if self.is_postgres:
            # peewee closes what its own thread has opened; a reader's connection is closed by whoever ends it.
            self._connection.close()


def sqlite_database(path: Path, *, read_only: bool = False) -> pw.SqliteDatabase:
    """A SQLite database of ours at ``path``; made private (0600) before anything is written to it."""
    if read_only:
        return pw.SqliteDatabase(f"file:{path}?mode=ro", uri=True, pragmas={"busy_timeout": 5000})
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    return pw.SqliteDatabase(str(path), pragmas=PRAGMAS, cached_statements=PREPARED)


class _Job:
    __slots__ = ("future", "loop", "work")

    def __init__(
        self, work: Callable[[Store], Any], loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any]
    ) -> None:
        self.work = work
        self.loop = loop
        self.future = future

    def answer(self, result: object, error: BaseException | None) -> None:
        def settle() -> None:
            if self.future.cancelled():
                return
            if error is None:
                self.future.set_result(result)
            else:
                self.future.set_exception(error)

        # A loop that was closed meanwhile has nobody left to be answered.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(settle)


class Writer:
    """The writer thread. ``await writer(work)`` runs ``work(store)`` there and returns once it is durable."""

    def __init__(self, connect: Callable[[], Store]) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._connect = connect
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            raise self._failed

    async def __call__(self, work: Callable[[Store], T]) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(work, loop, future))
        return await future

    @property
    def waiting(self) -> int:
        """How many callables wait for the writer."""
        return self._jobs.qsize()

    def close(self) -> None:
        """Finish what is queued and end the thread."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            store = self._connect()
        except BaseException as error:
            self._failed = error
            self._ready.set()
            return
        self._ready.set()
        going = True
        while going:
            job = self._jobs.get()
            if job is None:
                break
            group = [job]
            while len(group) < GROUP_LIMIT:
                try:
                    more = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    going = False
                    break
                group.append(more)
            store = self._group(store, group)
        store.close()

    def _group(self, store: Store, group: list[_Job]) -> Store:
        """Do these in one transaction and answer each; returns the connection to go on with."""
        answers: list[tuple[_Job, object, BaseException | None]] = []
        try:
            store = self._begun(store)
            for job in group:
                try:
                    with store.savepoint("job"):
                        result = job.work(store)
                    answers.append((job, result, None))
                except Exception as error:
                    if concerns_storage(error):
                        raise
                    answers.append((job, None, error))
            store.commit()
        except BaseException as error:
            # The transaction as a whole failed (disk full, I/O error): nobody may believe that his part was kept.
            store.rollback()
            known = _storage_error(error)
            answers = [(job, None, known) for job in group]
        for job, result, failure in answers:
            job.answer(result, failure)
        return store

    def _begun(self, store: Store) -> Store:
        """Begin a transaction, through a new connection where the server has ended this one."""
        try:
            store.begin()
        except Exception:
            if not store.lost:
                raise
            fresh = self._connect()
            store.close()
            fresh.begin()
            return fresh
        return store


def concerns_storage(error: BaseException) -> bool:
    """Whether the database itself failed, so that nothing of the transaction can be trusted."""
    if isinstance(error, StoreFull):
        return True
    if hasattr(error, "sqlstate"):
        # psycopg gives no code for what never reached the server: the connection is gone, or ours is the mistake.
        state = error.sqlstate
        return state.startswith(STORAGE_STATES) if state else type(error).__name__ in UNREACHED
    if not isinstance(error, sqlite3.OperationalError | sqlite3.DatabaseError | pw.OperationalError):
        return False
    return any(
        part in str(error) for part in ("full", "readonly", "disk I/O", "unable to open", "locked", "malformed")
    )


def _storage_error(error: BaseException) -> BaseException:
    # A LedgerError is that of a new connection, which says what to do; it is tried again like a full disk.
    unusable = concerns_storage(error) or isinstance(error, LedgerError)
    return _full(error) if unusable and not isinstance(error, StoreFull) else error


def _full(error: BaseException) -> StoreFull:
    return StoreFull(f"{_unwritten(error)}; nothing was lost and the bridge tries again.")


def _unwritten(error: BaseException) -> str:
    """What failed, and what to do about it."""
    ours = isinstance(error, sqlite3.Error | pw.PeeweeException | OSError)
    mend = "Free disk space or mend the permissions" if ours else "See to the database server"
    if ours and "locked" in str(error):
        mend = "Another program holds it: end that one"
    if ours and "malformed" in str(error):
        mend = "The file is damaged: keep it and restore a backup"
    return f"The ledger could not be written ({error}). {mend}"


class Readers:
    """A few threads with a read-only connection each. ``await readers(work)`` runs ``work(store)`` on one."""

    def __init__(self, connect: Callable[[], Store], threads: int = 2) -> None:
        self._connect = connect
        self._local = threading.local()
        self._stores: list[Store] = []
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="ledger-reader")

    async def __call__(self, work: Callable[[Store], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.now, work)

    def now(self, work: Callable[[Store], T]) -> T:
        """The same on the calling thread."""
        store = self._mine()
        try:
            return work(store)
        except Exception:
            if not store.lost:
                raise
            # The server was started anew: what only reads may be asked once more.
            return work(self._mine())

    def _mine(self) -> Store:
        store: Store | None = getattr(self._local, "store", None)
        if store is None or store.lost:
            store = self._local.store = self._connect()
            self._stores.append(store)
        return store

    def close(self) -> None:
        self._pool.shutdown(wait=True)
        for store in self._stores:
            store.close()
