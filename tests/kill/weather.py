"""What else goes wrong while the bot is killed. Each is entered while the bot runs, and over when it is left.

The full disk is a limit on the size of a file (RLIMIT_FSIZE, set from outside): every write that would let the database grow
fails, as on a disk without room, and no privilege is needed. SQLite says "disk I/O error" to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import sqlite3
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from sandbox.app import Sandbox
from sandbox.discord.world import Message

LOCK_PATIENCE_S = 15.0
STORED_WITHIN_S = 4.0
"""A bot that still starts posts nothing for a while."""

SPARE_BYTES = 32 * 1024

Weather = Callable[[Sandbox, Process, Path], AbstractAsyncContextManager[None]]


@contextlib.asynccontextmanager
async def calm(_sandbox: Sandbox, _bot: Process, _database: Path) -> AsyncIterator[None]:
    """Only the kill."""
    yield


@contextlib.asynccontextmanager
async def errors(sandbox: Sandbox, _bot: Process, _database: Path) -> AsyncIterator[None]:
    """Discord answers every third or so message with 500, 502, 503."""
    for status in (500, 502, 503, 500, 500, 502):
        sandbox.discord.faults.fail(status, 3, when=lambda _method, path: "/messages" in path)
    yield
    sandbox.discord.faults.clear()


@contextlib.asynccontextmanager
async def cuts(sandbox: Sandbox, _bot: Process, _database: Path) -> AsyncIterator[None]:
    """Discord stores posts and edits, and the connection dies before it says so."""
    sandbox.discord.faults.cut_after_store(4)
    sandbox.discord.faults.cut_after_edit(2)
    yield
    sandbox.discord.faults.clear()


@contextlib.asynccontextmanager
async def unanswered(sandbox: Sandbox, _bot: Process, _database: Path) -> AsyncIterator[None]:
    """Discord stores posts and holds its answers back: it begins once it holds one."""
    async with silence(sandbox) as held:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STORED_WITHIN_S):
                while not held:
                    await asyncio.sleep(0.02)
        yield


@contextlib.asynccontextmanager
async def silence(sandbox: Sandbox, about: Callable[[Message], bool] = lambda _: True) -> AsyncIterator[Sequence[Message]]:
    """Discord stores posts and says nothing about some of them: about which, is what is given."""
    faults, answering = sandbox.discord.faults, asyncio.Event()

    def choose(message: Message) -> None:
        faults.hold_create = answering if about(message) else None

    faults.on_stored = choose
    try:
        yield faults.held
    finally:
        faults.clear()
        answering.set()


@contextlib.asynccontextmanager
async def limits(sandbox: Sandbox, _bot: Process, _database: Path) -> AsyncIterator[None]:
    """Discord pauses the whole token."""
    sandbox.discord.faults.limit_globally(0.4, 2)
    yield
    sandbox.discord.faults.clear()


@contextlib.asynccontextmanager
async def lost_sessions(sandbox: Sandbox, _bot: Process, _database: Path) -> AsyncIterator[None]:
    """The gateway forgets the session, and does not take the next."""
    sandbox.discord.faults.invalid_sessions = 1
    sandbox.discord.invalidate_gateway()
    yield
    sandbox.discord.faults.clear()


@contextlib.asynccontextmanager
async def held(database: Path) -> AsyncIterator[None]:
    """Another program holds the database's write lock. Taken in a thread: who has it now may need this loop to let go of it."""
    connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False, timeout=LOCK_PATIENCE_S)
    await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


def locked(_sandbox: Sandbox, _bot: Process, database: Path) -> AbstractAsyncContextManager[None]:
    """Nothing can be written."""
    return held(database)


@contextlib.asynccontextmanager
async def full(_sandbox: Sandbox, bot: Process, database: Path) -> AsyncIterator[None]:
    """There is hardly room left for the database."""
    files = [database, database.with_name(f"{database.name}-wal")]
    most = max(file.stat().st_size for file in files if file.exists()) + SPARE_BYTES
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    yield
    if bot.returncode is None:
        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


EVERY: Mapping[str, Weather] = {
    "calm": calm,
    "errors": errors,
    "cuts": cuts,
    "unanswered": unanswered,
    "limits": limits,
    "lost sessions": lost_sessions,
    "locked": locked,
    "full": full,
}
