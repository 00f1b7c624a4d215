"""The two engines of a SQLite file: the one connection that writes, and those that only read.

SQLite 3.7.0 to 3.51.2 can corrupt a WAL that two connections write at the same time, so there is exactly one writer in the
whole system; everybody else opens the file read-only.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from bot.errors import DatabaseError
from bot.storage import driver

BUSY_TIMEOUT_S = 60
"""How long whoever needs the file waits for somebody else who holds it, before that fails: a backup tool may take a while."""

WRITE_TIMEOUT_S = 5
"""How long the running bot's writer waits at a time: in between it looks whether it is to stop."""

BUSY = (
    "the database is locked by another program: a backup tool, or `sqlite3` in some terminal with a transaction open. "
    "End that program, then try again."
)
"""What to tell the operator once waiting has not helped."""

READERS = 4

_FILE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    # Overwrites deleted content where that costs no extra write: erased text does not linger in free pages for long.
    "PRAGMA secure_delete = FAST",
)

# The timeout first of all: even to look at a file's mode one may have to wait.
_WRITER_PRAGMAS = (f"PRAGMA busy_timeout = {WRITE_TIMEOUT_S * 1000}", *_FILE_PRAGMAS, "PRAGMA foreign_keys = ON")

_MIGRATION_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}",
    # Before the file has a table, or it has no effect. Nowhere else: it takes the write lock, and a start must not wait for that.
    "PRAGMA auto_vacuum = INCREMENTAL",
    *_FILE_PRAGMAS,
    "PRAGMA foreign_keys = OFF",
)

_READER_PRAGMAS = ("PRAGMA query_only = ON", f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")


def file_of(url: str) -> Path:
    """The file that a storage URL names. Raises `DatabaseError` for a URL that we cannot serve."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        # Not quoted, and without its cause: what was typed there may hold a password.
        msg = "storage.url is not an address of a database. Write it like sqlite:///var/relay.db."
        raise DatabaseError(msg) from None
    if parsed.get_backend_name() != "sqlite":
        msg = (
            f"storage.url names {parsed.get_backend_name()}, but only SQLite is supported. Write it like sqlite:///var/relay.db."
        )
        raise DatabaseError(msg)
    if not parsed.database or parsed.database == ":memory:" or parsed.query:
        msg = "storage.url must name a plain SQLite file. Write it like sqlite:///var/relay.db."
        raise DatabaseError(msg)
    return Path(parsed.database)


def is_busy(error: Exception) -> bool:
    """Whether another program holds the file: nothing is wrong with it, and waiting helps."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    # The lowest byte is the kind; above it stands what the other one is busy with.
    return isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def read_only_uri(file: Path) -> str:
    """SQLite's own address of a file that this connection must not write."""
    return f"file:{quote(str(file.absolute()))}?mode=ro"


def writer_engine(file: Path) -> Engine:
    """A pool of one connection, whose transactions begin as writers at once, so that they can never deadlock half-way."""
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_reset_on_return=None,
        connect_args={"check_same_thread": False},
    )
    take_over_transactions(engine, begin="BEGIN IMMEDIATE", pragmas=_WRITER_PRAGMAS)
    return engine


def reader_engine(file: Path) -> Engine:
    """Connections that cannot write; each unit of reading sees one snapshot."""
    engine = create_engine(
        URL.create("sqlite", database=read_only_uri(file), query={"uri": "true"}),
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=0,
        pool_timeout=BUSY_TIMEOUT_S,
        connect_args={"check_same_thread": False},
    )
    take_over_transactions(engine, begin="BEGIN", pragmas=_READER_PRAGMAS)
    return engine


def take_over_transactions(engine: Engine, *, begin: str, pragmas: tuple[str, ...]) -> None:
    """The driver's habit of beginning transactions by itself breaks SAVEPOINT: switch it off and begin them ourselves."""

    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    def on_begin(connection: Connection) -> None:
        driver.control(connection, begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def migration_engine(file: Path) -> Engine:
    """For migrations only, while nobody else has the file: blocking, and with foreign keys off.

    SQLite changes a table by dropping it and copying; with foreign keys on, the drop would delete whatever points there.
    """
    engine = create_engine(URL.create("sqlite", database=str(file)), poolclass=NullPool)
    take_over_transactions(engine, begin="BEGIN IMMEDIATE", pragmas=_MIGRATION_PRAGMAS)
    return engine


def inspection_engine(file: Path) -> Engine:
    """For comparing a file with our tables: blocking, and it cannot write."""
    engine = create_engine(URL.create("sqlite", database=read_only_uri(file), query={"uri": "true"}), poolclass=NullPool)
    take_over_transactions(engine, begin="BEGIN", pragmas=_READER_PRAGMAS)
    return engine
