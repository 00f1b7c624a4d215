from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.config import Retention
from bot.eventlog.sql import SqlEventLog
from bot.events import CommentEvent, Common, Handle, MessageId, RoomId, ViewerId
from bot.model.comment import CommentRow
from bot.modes.upkeep import HOUR_MS, Upkeep
from bot.storage import comments, creators, schema
from bot.storage.database import Database
from tests.doubles.clock import FakeClock


@pytest.fixture
async def db(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path / 'relay.db'}"
    schema.prepare(url, clock)
    opened = await Database.open(url, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def comment(number: int, received_at_ms: int) -> CommentEvent:
    return CommentEvent(Common(MessageId(str(number)), RoomId("r"), received_at_ms=received_at_ms), text="hi")


async def test_what_is_past_its_time_goes_and_the_rest_stays(db: Database, clock: FakeClock, tmp_path: Path) -> None:
    now_ms = clock.now_ms()
    alice = await db.write(creators.ensure, Handle("alice"), now_ms=now_ms)
    log = SqlEventLog(db)
    writer = await log.writer(alice.id)
    for number, received_at_ms in enumerate((now_ms - 49 * HOUR_MS, now_ms - 47 * HOUR_MS)):
        [entry] = await writer.append([comment(number, received_at_ms)], source="test")
        row = CommentRow(alice.id, entry.seq, RoomId("r"), MessageId(str(number)), ViewerId("v"), "hi", 0, received_at_ms)
        await db.write(comments.add, [row])

    await Upkeep(db, log, clock=clock, retention=Retention(log_hours=48, comment_days=2)).once()
    with closing(sqlite3.connect(tmp_path / "relay.db")) as file:
        kept = file.execute("SELECT message_id FROM comment").fetchall()

    left = await SqlEventLog(db).read(alice.id, after=0)
    assert [entry.event.message_id for entry in left] == ["1"]
    assert kept == [("1",)]
    assert await log.last_seq(alice.id) == 2, "a seq is never used again"
