"""The one connection that writes, behind a queue, and the connections that read.

A unit is a plain function that takes a `Connection` first and does one thing; it is a transaction of its own to whoever
calls it. Writes of many callers are committed together (group commit), each in its own savepoint.

Units run in threads of ours, a whole group in one trip: a driver that comes back to the loop after each statement makes every
statement wait for whatever the loop is busy with, which in a thousand rooms is most of a commit.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, Engine, Transaction
from sqlalchemy.exc import DBAPIError

from bot.clock import Clock
from bot.errors import DatabaseError
from bot.storage import engines
from bot.storage.driver import rollback
from bot.storage.group import FoldedWish, Outcome, Wish, run_group
from bot.storage.pacing import MOST_UNITS, Pace

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A")

QUEUE = 2 * MOST_UNITS
"""Writes that may wait. When the queue is full, the next caller waits for a place: nothing is dropped here."""

MOST_TRIES = engines.BUSY_TIMEOUT_S // engines.WRITE_TIMEOUT_S
"""How often the writer tries to begin while somebody else holds the file."""

_log = logging.getLogger(__name__)


class Database:
    """A prepared database file. Build with `open`, end with `close`."""

    def __init__(self, writer: Engine, readers: Engine, clock: Clock) -> None:
        self._writer = writer
        self._readers = readers
        self._clock = clock
        self._pace = Pace()
        self._queue: asyncio.Queue[Wish | FoldedWish | None] = asyncio.Queue(QUEUE)
        self._closing = False
        self._writing_thread = ThreadPoolExecutor(1, thread_name_prefix="database-writer")
        self._reading_threads = ThreadPoolExecutor(engines.READERS, thread_name_prefix="database-reader")
        # Held here and awaited in close(); its only errors are its callers'.
        self._writing = asyncio.get_running_loop().create_task(self._write_groups(), name="database writer")

    @classmethod
    async def open(cls, url: str, *, clock: Clock) -> Self:
        """Open a file that `schema.prepare` has prepared. Raises `DatabaseError` with the next step."""
        file = engines.file_of(url)
        if not file.is_file():
            msg = f"there is no database at {file}. `python -m bot db upgrade` creates it."
            raise DatabaseError(msg)
        writer, readers = engines.writer_engine(file), engines.reader_engine(file)
        try:
            # The writer first: it creates the WAL's index, which a read-only connection could not.
            for engine in (writer, readers):
                await asyncio.to_thread(_touch, engine)
        except (DBAPIError, sqlite3.Error) as error:
            writer.dispose()
            readers.dispose()
            if engines.is_busy(error):
                raise DatabaseError(engines.BUSY) from error
            msg = f"{file} cannot be used: {_plainly(error)}. Check that it is the bot's and that this user may write there."
            raise DatabaseError(msg) from error
        return cls(writer, readers, clock)

    async def read(self, unit: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit that only reads, on one snapshot."""
        self._need_open()
        work = partial(_read, self._readers, partial(_call, unit, args, kwargs))
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reading_threads, work)
        except (DBAPIError, sqlite3.Error) as error:
            raise _ours(error) from error

    async def write(self, unit: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit and return once it is durable. Its exception is raised here and undoes only this unit.

        Whoever is cancelled while waiting does not know whether it was done: it is either done whole or not at all.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        await self._put(Wish(partial(_call, unit, args, kwargs), future))
        return await future

    async def submit(self, unit: Callable[[Connection, Sequence[A]], Sequence[T]], item: A) -> asyncio.Future[T]:
        """Queue an item for a unit that takes many at once, one answer each; the future resolves once it is durable.

        Items of one unit that meet in a group are one call. If that call fails, each is tried alone.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        await self._put(FoldedWish(unit, item, future))
        return future

    async def close(self) -> None:
        """Commit what is queued, then close. Later writes are refused."""
        if not self._closing:
            self._closing = True
            await self._queue.put(None)
        await self._writing
        for threads, engine in ((self._reading_threads, self._readers), (self._writing_thread, self._writer)):
            await asyncio.to_thread(threads.shutdown)
            engine.dispose()

    async def _put(self, wish: Wish | FoldedWish) -> None:
        self._need_open()
        await self._queue.put(wish)

    def _need_open(self) -> None:
        if self._closing or self._writing.done():
            msg = "the database is closed: the bot is shutting down"
            raise DatabaseError(msg)

    async def _write_groups(self) -> None:
        """Take, gather, commit, tell; until the None that `close` queues, and then whatever stood behind it."""
        connection = await self._in_writer(self._writer.connect)
        while True:
            group = await self._take()
            if group:
                await self._commit(connection, group)
            if self._closing and self._queue.empty():
                await self._in_writer(connection.close)
                return

    async def _in_writer(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writing_thread, work)

    async def _take(self) -> list[Wish | FoldedWish]:
        """The next group: what is queued, and for a moment what still comes, if that has been paying."""
        group: list[Wish | FoldedWish | None] = [await self._queue.get()]
        self._take_queued(group)
        wait_s = 0.0 if self._closing else self._pace.wait_s(self._clock.monotonic())
        if wait_s > 0 and len(group) < MOST_UNITS:
            before = len(group)
            try:
                # The loop's own timer, not the clock's: this is how we use a disk, not something the product times.
                async with asyncio.timeout(wait_s):
                    while len(group) < MOST_UNITS and group[-1] is not None:
                        group.append(await self._queue.get())
            except TimeoutError:
                self._take_queued(group)
            self._pace.waited(arrived=len(group) - before)
        # A caller who was cancelled before we began wants nothing any more.
        return [wish for wish in group if wish is not None and not wish.future.cancelled()]

    def _take_queued(self, group: list[Wish | FoldedWish | None]) -> None:
        while len(group) < MOST_UNITS and not self._queue.empty():
            group.append(self._queue.get_nowait())

    async def _commit(self, connection: Connection, group: Sequence[Wish | FoldedWish]) -> None:
        started = self._clock.monotonic()
        try:
            outcomes = await self._in_writer(partial(self._committed, connection, group))
        except Exception as error:  # noqa: BLE001  # the edge of the writer: a group fails, its callers hear why, we go on
            if len(group) > 1:
                _log.error("a group of %d writes could not be committed: %s", len(group), error)
            outcomes = [Outcome(wish.future, error=error) for wish in group]
            await self._in_writer(partial(_clear, connection))
        self._pace.committed(started=started)
        for outcome in outcomes:
            if outcome.error is not None:
                outcome.error = _ours(outcome.error)
            outcome.tell()

    def _committed(self, connection: Connection, group: Sequence[Wish | FoldedWish]) -> list[Outcome]:
        with self._begun(connection):
            return run_group(connection, group)

    def _begun(self, connection: Connection) -> Transaction:
        """Begin as a writer. Nothing of the group has run yet, so waiting for somebody else costs it only time."""
        for left in reversed(range(MOST_TRIES)):
            try:
                return connection.begin()
            except sqlite3.OperationalError as error:
                if not engines.is_busy(error) or self._closing or not left:
                    raise
        raise AssertionError  # the last try returns or raises


def _touch(engine: Engine) -> None:
    """Make its first connection."""
    engine.connect().close()


def _read(engine: Engine, unit: Callable[[Connection], T]) -> T:
    with engine.connect() as connection:
        return unit(connection)


def _clear(connection: Connection) -> None:
    """After a failed COMMIT SQLite still has the transaction open, and SQLAlchemy thinks that it is over: end it."""
    try:
        rollback(connection)
    except Exception as error:  # noqa: BLE001  # whatever it is, a new connection has no transaction
        _log.error("the writer's connection is given up for a new one: %s", error)
        connection.invalidate()


def _call(unit: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object], connection: Connection) -> T:
    return unit(connection, *args, **kwargs)


def _ours(error: Exception) -> Exception:
    """SQL's own errors stay in this package; whatever else a unit raised is its caller's business as it is."""
    if engines.is_busy(error):
        return DatabaseError(engines.BUSY)
    if isinstance(error, DBAPIError | sqlite3.Error):
        return DatabaseError(f"the database refused: {_plainly(error)}")
    return error


def _plainly(error: DBAPIError | sqlite3.Error) -> str:
    """The engine's own words, without SQLAlchemy's statement around them: that may hold what viewers wrote."""
    return str(error.orig if isinstance(error, DBAPIError) else error)
