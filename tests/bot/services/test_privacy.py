"""Asking to be forgotten, and a server's own data."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.clock import Bell
from bot.errors import BadInput
from bot.events import CommentEvent, Common
from bot.events.ids import Handle, MessageId
from bot.ingest.opted_out import OptOuts
from bot.model.guild import GuildSettings
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.services import privacy as privacy_module
from bot.services.guilds import Guilds
from bot.services.privacy import MOST_AN_HOUR, Privacy
from bot.storage import creators, guilds, privacy, watches
from tests.doubles.archive import ADMIN, EVE, GUILD, ROOM, Archive, opened
from tests.doubles.clock import START_MS, FakeClock

SHE, HE = DiscordUserId(1), DiscordUserId(2)


@dataclass
class Counter:
    """Where people ask."""

    archive: Archive
    clock: FakeClock
    guilds: Guilds
    opt_outs: OptOuts
    service: Privacy

    async def erased(self) -> None:
        """The server's admin erases everything; time passes."""
        await self.over(self.service.erase(GUILD, ADMIN))

    async def over(self, erasure: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(erasure)
        await self.clock.until(task.done)
        await task


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    clock = FakeClock()
    async with opened(tmp_path, clock) as archive:
        opt_outs, bell = OptOuts(), Bell()
        desk = Guilds(archive.db, bell, clock=clock)
        service = Privacy(archive.db, desk, opt_outs, bell, clock=clock, instance_days=7, log_hours=48, rng=Random(1))
        opt_outs.fill(key=await archive.db.write(privacy.key), digests=[], codes={})
        yield Counter(archive, clock, desk, opt_outs, service)


async def test_a_code_works_at_once_and_its_successor_ends_it(counter: Counter) -> None:
    first = await counter.service.ask(SHE)
    second = await counter.service.ask(SHE)
    assert first.code != second.code
    said = [
        CommentEvent(Common(MessageId(code), ROOM, received_at_ms=START_MS, user=EVE), f"forget me {code}")
        for code in (first.code, second.code)
    ]
    assert counter.opt_outs.screen(said) == said[:1]
    assert (await counter.service.status(SHE)) == second
    assert await counter.service.status(HE) is None


async def test_nobody_asks_too_often(counter: Counter) -> None:
    for _ in range(MOST_AN_HOUR):
        await counter.service.ask(SHE)
    with pytest.raises(BadInput, match="within an hour"):
        await counter.service.ask(SHE)
    await counter.service.ask(HE)
    await counter.clock.advance(3601.0)
    await counter.service.ask(SHE)


async def test_what_a_server_sees_is_bounded_by_the_operator(counter: Counter) -> None:
    assert counter.service.look_back_days(GUILD) == 7
    await counter.service.keep(GUILD, 3, ADMIN)
    assert counter.service.look_back_days(GUILD) == 3
    await counter.service.keep(GUILD, 30, ADMIN)
    assert counter.service.look_back_days(GUILD) == 7
    assert counter.guilds.settings(GUILD) == GuildSettings(comment_days=30)


async def test_a_file_that_is_large_is_packed_and_one_that_is_too_large_is_refused(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await counter.archive.fill()
    name, body = await counter.service.export(GUILD)
    assert name == f"relay-{GUILD}.json"
    assert json.loads(body)["guild_id"] == str(GUILD)
    assert b"\n" not in body, "blanks cost more time than all the rest"
    monkeypatch.setattr(privacy_module, "MOST_PLAIN_BYTES", 10)
    name, packed = await counter.service.export(GUILD)
    assert name.endswith(".json.gz")
    assert gzip.decompress(packed) == body
    monkeypatch.setattr(privacy_module, "MOST_BYTES", 10)
    with pytest.raises(BadInput, match="too much"):
        await counter.service.export(GUILD)


async def test_erasing_a_server_leaves_nothing_of_it_and_all_of_another(counter: Counter) -> None:
    archive, db = counter.archive, counter.archive.db
    await archive.fill()
    other = await db.write(creators.ensure, Handle("other"), now_ms=START_MS)
    ids = {"guild_id": GuildId(77), "channel_id": ChannelId(78), "creator_id": other.id, "by": DiscordUserId(79)}
    await db.write(watches.place, **ids, now_ms=START_MS, cursor_seq=0)  # type: ignore[arg-type]

    await counter.erased()

    of_guild = ("watch", "config_audit", '"case"', "rule", "viewer_note")
    assert [archive.rows(f"SELECT DISTINCT guild_id FROM {table}") for table in of_guild] == [[(77,)], [(77,)], [], [], []]  # noqa: S608
    assert archive.rows("SELECT id FROM guild") == [(77,)]
    for table in ("post", "post_line", "card", "intent", "case_step"):
        assert archive.rows(f"SELECT * FROM {table}") == [], table  # noqa: S608
    assert archive.rows("SELECT consumer FROM cursor") == [("watch:2",)]
    assert archive.rows("SELECT key FROM state WHERE key LIKE 'erase:%'") == []
    assert (await db.read(watches.of_guild, GuildId(77))) != []


async def test_an_erasure_that_a_crash_cut_short_is_finished_by_the_next_process(counter: Counter) -> None:
    archive = counter.archive
    await archive.fill()
    await archive.db.write(guilds.ask_erasure, GUILD, now_ms=START_MS)
    await counter.over(counter.service.erase_asked())
    assert archive.rows("SELECT * FROM guild") == []
    await counter.service.erase_asked()
