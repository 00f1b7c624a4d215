"""What the log in a table does beyond the contract: failures of the disk, cancelled callers, damage, and kill -9."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.clock import SystemClock
from bot.errors import DatabaseError
from bot.eventlog.sql import SqlEventLog
from bot.eventlog.window import seal
from bot.events import CommentEvent, Common, GapEvent, MessageId, RoomId
from bot.events.codec import encode
from bot.model.ids import CreatorId
from bot.storage import schema
from bot.storage.database import Database
from tests.doubles.database import opened, prepared

ROOT = Path(schema.__file__).parents[2]
ALICE, BOB = CreatorId(1), CreatorId(2)


def said(message: int, *, at_ms: int = 1000) -> CommentEvent:
    return CommentEvent(Common(MessageId(str(message)), RoomId("r"), received_at_ms=at_ms), text=f"text {message}")


def ids(logged: object) -> list[str]:
    return [each.event.message_id for each in logged]  # type: ignore[attr-defined]


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(tmp_path) as db:
        yield db


async def rows(db: Database) -> list[tuple[int, int, int]]:
    def select(connection: Connection) -> list[tuple[int, int, int]]:
        found = connection.execute(text("SELECT creator_id, first_seq, last_seq FROM log_batch ORDER BY 1, 2"))
        return [(row[0], row[1], row[2]) for row in found]

    return await db.read(select)


async def test_a_flush_is_one_row(db: Database) -> None:
    writer = await SqlEventLog(db).writer(ALICE)
    await writer.append([said(1), said(2)], source="test")
    await writer.append([said(3)], source="test")
    assert await rows(db) == [(ALICE, 1, 2), (ALICE, 3, 3)]


async def test_when_the_disk_refuses_nothing_moves_on_and_the_same_events_can_be_tried_again(
    db: Database, tmp_path: Path
) -> None:
    log = SqlEventLog(db)
    writer = await log.writer(ALICE)
    await writer.append([said(1)], source="test")
    await db.write(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout = 20").all())
    with closing(sqlite3.connect(tmp_path / "relay.db", isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match="locked"):
            await writer.append([said(2), said(3)], source="test")
        somebody.execute("ROLLBACK")
    assert await log.last_seq(ALICE) == 1
    assert ids(await log.read(ALICE, after=0)) == ["1"]
    assert ids(await writer.append([said(2), said(3)], source="test")) == ["2", "3"]
    assert ids(await log.read(ALICE, after=0)) == ["1", "2", "3"]


async def test_when_an_append_failed_and_was_stored_after_all_it_is_not_stored_twice(db: Database, tmp_path: Path) -> None:
    log = SqlEventLog(db)
    writer = await log.writer(ALICE)
    await db.write(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout = 20").all())
    with closing(sqlite3.connect(tmp_path / "relay.db", isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError):
            await writer.append([said(1)], source="test")
        # The disk took it, and only the answer was lost.
        body = encode(seal([said(1)], creator_id=ALICE, epoch=1, after=0, source="test"))
        somebody.execute("INSERT INTO log_batch VALUES (1, 1, 1, 1, 'test', 1, 1, 1, 1000, 1000, ?)", (body,))
        somebody.execute("COMMIT")
    assert ids(await writer.append([said(1), said(2)], source="test")) == ["2"]
    assert ids(await log.read(ALICE, after=0)) == ["1", "2"]


async def test_an_append_whose_caller_is_cancelled_is_stored_and_seen_all_the_same(db: Database) -> None:
    log = SqlEventLog(db)
    writer = await log.writer(ALICE)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(log.wait(ALICE, after=0, timeout_s=10))
        leaving = group.create_task(writer.append([said(1)], source="test"))
        for _ in range(5):
            await asyncio.sleep(0)  # long enough to be queued, too short to be committed
        leaving.cancel()
        await asyncio.wait([leaving])
    assert leaving.cancelled()
    assert waiting.result()
    assert ids(await writer.append([said(1), said(2)], source="test")) == ["2"]
    assert ids(await log.read(ALICE, after=0)) == ["1", "2"]


async def test_who_keeps_up_reads_without_the_table_and_who_fell_behind_from_it(db: Database) -> None:
    log = SqlEventLog(db)
    writer = await log.writer(ALICE)
    for first in range(0, 2000, 100):
        await writer.append([said(n) for n in range(first, first + 100)], source="test")
    newest = await log.read(ALICE, after=1900)
    # The very objects that were appended: nobody decoded them.
    assert (await log.read(ALICE, after=1900))[0] is newest[0]
    everything: list[str] = []
    while found := await log.read(ALICE, after=len(everything), limit=300):
        everything += ids(found)
    assert everything == [str(n) for n in range(2000)]


async def test_rooms_that_append_together_share_one_statement_and_a_fenced_one_spoils_nothing(db: Database) -> None:
    log = SqlEventLog(db)
    writers = [await log.writer(CreatorId(n)) for n in range(1, 31)]
    await log.writer(CreatorId(7))
    answers = await asyncio.gather(*(writer.append([said(1)], source="test") for writer in writers), return_exceptions=True)
    assert [n for n, answer in enumerate(answers, start=1) if isinstance(answer, Exception)] == [7]
    assert len(await rows(db)) == 29


@pytest.mark.parametrize(
    "damage",
    ["body = X'00'", "body = X'C1FF'", "body = X''", "body = (SELECT body FROM log_batch WHERE first_seq = 1)"],
)
async def test_a_batch_that_cannot_be_read_becomes_a_gap_that_readers_get_past(
    db: Database, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    writer = await SqlEventLog(db).writer(ALICE)
    for batch in ([said(1)], [said(2, at_ms=2000), said(3, at_ms=3000)], [said(4)]):
        await writer.append(batch, source="test")
    await db.write(lambda connection: connection.execute(text(f"UPDATE log_batch SET {damage} WHERE first_seq = 2")).rowcount)  # noqa: S608
    log = SqlEventLog(db)
    first, gap, last = await log.read(ALICE, after=0)
    assert [first.seq, gap.seq, last.seq] == [1, 3, 4]
    assert isinstance(gap.event, GapEvent)
    assert (gap.event.from_ms, gap.event.to_ms) == (2000, 3000)
    assert log.unreadable == 1
    assert "stored events 2 to 3 cannot be read" in caplog.text
    # A writer can still be opened on such a log.
    assert ids(await (await log.writer(ALICE)).append([said(4), said(5)], source="test")) == ["5"]


async def test_when_only_damage_is_left_to_read_there_is_no_endless_loop(db: Database) -> None:
    await (await SqlEventLog(db).writer(ALICE)).append([said(1)], source="test")
    await db.write(lambda connection: connection.execute(text("UPDATE log_batch SET body = X'00'")).rowcount)
    log = SqlEventLog(db)
    assert await log.wait(ALICE, after=0, timeout_s=0)
    (gap,) = await log.read(ALICE, after=0)
    assert not await log.wait(ALICE, after=gap.seq, timeout_s=0)


async def test_pruned_events_are_gone_from_memory_too(db: Database) -> None:
    log = SqlEventLog(db)
    writer = await log.writer(ALICE)
    for n in range(1200):
        await writer.append([said(n, at_ms=n)], source="test") if n % 400 == 0 else None
    assert await log.prune(received_before_ms=500, most_bytes=10**9) == 2
    assert ids(await log.read(ALICE, after=0)) == ["800"]


WRITE_UNTIL_KILLED = """
import asyncio, sys
from bot.clock import SystemClock
from bot.eventlog.sql import SqlEventLog
from bot.eventlog.window import seal
from bot.events import CommentEvent, Common, MessageId, RoomId
from bot.storage import schema
from bot.storage.database import Database

async def fill(log, creator):
    writer = await log.writer(creator)
    number = await log.last_seq(creator)
    while True:
        events = [CommentEvent(Common(MessageId(f"{number + n}"), RoomId("r")), text="x" * 200) for n in range(1, 21)]
        await writer.append(events, source="test")
        number += len(events)
        print(creator, number, flush=True)

async def main(url):
    with schema.lock(url):
        log = SqlEventLog(await Database.open(url, clock=SystemClock()))
        await asyncio.gather(*(fill(log, creator) for creator in (1, 2, 3)))

asyncio.run(main(sys.argv[1]))
"""


def write_until_killed(url: str, acknowledgements: int) -> dict[int, int]:
    """Start a process that appends without end, kill it amid its writes; the last seq that it had acknowledged to each."""
    acknowledged: dict[int, int] = {}
    command = [sys.executable, "-c", WRITE_UNTIL_KILLED, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for heard, line in enumerate(process.stdout):
            if line.endswith("\n"):  # the last one may be cut off
                creator, seq = line.split()
                acknowledged[int(creator)] = int(seq)
            if heard == acknowledgements:
                process.kill()  # what was printed meanwhile still arrives, and counts
    return acknowledged


async def test_after_kill_nine_amid_writing_the_file_opens_and_has_every_acknowledged_batch(tmp_path: Path) -> None:
    url = prepared(tmp_path)
    for acknowledgements in (10, 47, 130):
        acknowledged = write_until_killed(url, acknowledgements)
        assert sum(acknowledged.values()) > 200
        db = await Database.open(url, clock=SystemClock())
        log = SqlEventLog(db)
        for creator, seq in acknowledged.items():
            last = await log.last_seq(CreatorId(creator))
            assert last >= seq
            found = await log.read(CreatorId(creator), after=0, limit=10**6)
            assert [each.seq for each in found] == list(range(1, last + 1))
            assert ids(found) == [str(n) for n in range(1, last + 1)]
        await db.close()
    assert schema.check(url) == []
