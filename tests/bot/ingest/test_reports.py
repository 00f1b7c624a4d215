"""What is told of a creator: in memory for this process, in storage for others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.events import Handle, RoomId
from bot.ingest.reports import Reports
from bot.model.creator import CreatorState
from bot.model.ids import CreatorId
from bot.storage import creators
from bot.storage.database import Database
from tests.doubles.clock import FakeClock
from tests.doubles.database import opened, prepared

ALICE = Handle("alice")


async def known(db: Database) -> CreatorId:
    return (await db.write(creators.ensure, ALICE, now_ms=1)).id


async def test_what_is_said_is_stored_and_the_next_process_takes_it_up_without_the_stream(tmp_path: Path) -> None:
    clock = FakeClock()
    async with opened(tmp_path) as db:
        reports = Reports(await known(db), db, clock)
        reports.learn_age_restriction(is_restricted=True)
        await reports.say(ALICE, CreatorState.LIVE, room_id=RoomId("100"), title="hi", is_connected=True, next_try_s=60)
        stored = await db.read(creators.status, reports.status.creator_id)
        assert stored == reports.status
        assert stored.is_age_restricted
        assert stored.next_try_at is not None
        assert stored.next_try_at.timestamp() * 1000 == clock.now_ms() + 60_000

        later = Reports(stored.creator_id, db, clock)
        assert (await later.resume()).room_id == "100"
        assert not (await db.read(creators.status, stored.creator_id)).connected

        await later.say(ALICE, CreatorState.OFFLINE, next_try_s=60)
        assert later.status.is_age_restricted, "what TikTok said of their last LIVE stays known"
        await later.leave(is_dismissed=True)
        left = await db.read(creators.status, stored.creator_id)
        assert left == replace(later.status, next_try_at=None)


async def test_a_storage_that_fails_costs_the_report_not_the_room(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    db = await Database.open(prepared(tmp_path), clock=SystemClock())
    reports = Reports(await known(db), db, FakeClock())
    await db.close()
    await reports.say(ALICE, CreatorState.OFFLINE)
    assert reports.status.state is CreatorState.OFFLINE
    assert "could not be stored" in caplog.text
