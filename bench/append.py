"""How much of SQLite's own speed does a durable append through the log keep?

Both sides write the same events to the same kind of file (WAL, synchronous=FULL) in this run, and commit after each batch:

- raw: `sqlite3` in this thread, `executemany` of one row for each event, its encoded bytes as they are;
- log: `SqlEventLog.append`, which drops duplicates, seals, encodes, and stores one row for the batch.

"one room" awaits each append before the next; "50 rooms" append at the same time and share commits. The limit to compare
with: Discord takes about 1,400 lines/s for each bot token (scale.md, section 0.8).

    python -m bench.append
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import uvloop

from bot.clock import SystemClock
from bot.eventlog.log import LogWriter
from bot.eventlog.sql import SqlEventLog
from bot.eventlog.window import seal
from bot.events import CommentEvent, Common, Handle, MessageId, RoomId, User, ViewerId
from bot.events.codec import encode
from bot.model.ids import CreatorId
from bot.storage import schema
from bot.storage.database import Database

EVENTS = {1: 1_500, 50: 30_000, 500: 100_000}
"""Events for each batch size: about a second each."""

ROOMS = 50


def comments(room: int, first: int, count: int) -> list[CommentEvent]:
    """Chat of the usual size, no two alike."""
    return [
        CommentEvent(
            Common(
                message_id=MessageId(str(7_300_000_000_000_000_000 + number)),
                room_id=RoomId(str(7_200_000_000_000_000_000 + room)),
                creator=Handle("alice"),
                created_at_ms=1_700_000_000_000 + number,
                received_at_ms=1_700_000_000_050 + number,
                user=User(
                    id=ViewerId(str(6_900_000_000_000_000_000 + number % 997)),
                    handle=Handle(f"viewer.{number % 997}"),
                    nickname=f"Viewer number {number % 997}",
                    avatar_url="https://p16-sign.tiktokcdn.com/aweme/100x100/tos-useast2a-avt-0068/" + "0" * 60,
                    sec_uid="MS4wLjABAAAA" + "x" * 64,
                ),
            ),
            text=f"hello from number {number}, this is a line of the usual length",
            language="en",
        )
        for number in range(first, first + count)
    ]


def raw(directory: Path, batch: int) -> float:
    """Events per second of the driver alone."""
    bodies = [
        encode([each]) for each in seal(comments(0, 0, EVENTS[batch]), creator_id=CreatorId(1), epoch=1, after=0, source="")
    ]
    with closing(sqlite3.connect(directory / f"raw{batch}.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE event (creator_id INTEGER, seq INTEGER, body BLOB, PRIMARY KEY (creator_id, seq))")
        started = time.perf_counter()
        for first in range(0, len(bodies), batch):
            connection.execute("BEGIN IMMEDIATE")
            rows = [(1, seq, body) for seq, body in enumerate(bodies[first : first + batch], start=first + 1)]
            connection.executemany("INSERT INTO event VALUES (?, ?, ?)", rows)
            connection.execute("COMMIT")
        return len(bodies) / (time.perf_counter() - started)


async def through_log(directory: Path, batch: int, rooms: int) -> float:
    """Events per second through the log, from so many rooms at once."""
    url = f"sqlite:///{directory}/log{batch}x{rooms}.db"
    clock = SystemClock()
    schema.prepare(url, clock)
    db = await Database.open(url, clock=clock)
    try:
        log = SqlEventLog(db)
        rounds = max(1, EVENTS[batch] // batch // rooms)
        loads = [[comments(room, number * batch, batch) for number in range(rounds)] for room in range(rooms)]
        writers = [await log.writer(CreatorId(room + 1)) for room in range(rooms)]
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for writer, load in zip(writers, loads, strict=True):
                group.create_task(append_all(writer, load))
        return rooms * rounds * batch / (time.perf_counter() - started)
    finally:
        await db.close()


async def append_all(writer: LogWriter, batches: Sequence[Sequence[CommentEvent]]) -> None:
    for events in batches:
        await writer.append(events, source="bench")


def main() -> None:
    print(f"sqlite {sqlite3.sqlite_version}, python {sys.version.split()[0]}; events/s, and their ratio to raw")  # noqa: T201
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for batch in EVENTS:
            limit = raw(directory, batch)
            one = uvloop.run(through_log(directory, batch, 1))
            many = uvloop.run(through_log(directory, batch, ROOMS))
            print(  # noqa: T201
                f"batch {batch:>3}: raw {limit:>9,.0f}   one room {one:>9,.0f} ({one / limit:4.0%})   "
                f"{ROOMS} rooms {many:>9,.0f} ({many / limit:4.0%})"
            )


if __name__ == "__main__":
    main()
