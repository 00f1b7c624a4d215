"""Whom a look pings, and whom it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.events.ids import Handle, RoomId, ViewerId
from bot.model.alert import RemovedLine, Wipe
from bot.model.guild import GuildSettings
from bot.model.ids import ChannelId, DiscordRoleId, DiscordUserId, GuildId, WatchId
from bot.moderation.desk import CaseDesk, Hearer, Told
from bot.moderation.escalation import Escalation
from bot.storage import creators, guilds, watches
from tests.doubles.clock import START_MS as T
from tests.doubles.clock import FakeClock
from tests.doubles.database import opened

WANTED = GuildSettings(alert_channel_id=ChannelId(5), alert_role_id=DiscordRoleId(6), escalate_after_s=60)


@pytest.mark.parametrize(
    ("settings", "is_gone", "pinged"),
    [
        (WANTED, False, 1),
        (GuildSettings(alert_channel_id=ChannelId(5), escalate_after_s=60), False, 0),
        (GuildSettings(alert_role_id=DiscordRoleId(6), escalate_after_s=60), False, 0),
        (GuildSettings(alert_channel_id=ChannelId(5), alert_role_id=DiscordRoleId(6), escalate_after_s=0), False, 0),
        (WANTED, True, 0),
    ],
)
async def test_a_role_is_pinged_where_it_was_named(tmp_path: Path, settings: GuildSettings, is_gone: bool, pinged: int) -> None:
    async with opened(tmp_path) as db:
        clock, guild_id = FakeClock(), GuildId(1)
        alice = await db.write(creators.ensure, Handle("alice"), now_ms=T)
        placed, _ = await db.write(
            watches.place,
            guild_id=guild_id,
            channel_id=ChannelId(1),
            creator_id=alice.id,
            by=DiscordUserId(1),
            now_ms=T,
            cursor_seq=0,
        )
        await db.write(guilds.change, guild_id, settings=settings, by=DiscordUserId(1), now_ms=T)
        desk = CaseDesk(db, clock=clock)
        wipe = Wipe(alice.id, RoomId("r"), ViewerId("1"), 5, 5, T, T, (RemovedLine(1, "m", T, T),))
        hearer = Hearer(guild_id, ChannelId(5), WatchId(placed.id), T)
        await desk.tell(alice.id, [hearer], [Told("k", wipe)], consumer="alerts", seq=5)
        if is_gone:
            await db.write(guilds.left, guild_id, now_ms=T)
        escalation = Escalation(db, desk, clock=clock)
        await escalation.look()
        assert escalation.pinged == 0
        await clock.advance(61)
        await escalation.look()
        await escalation.look()
        assert escalation.pinged == pinged


async def test_where_nothing_is_due_nothing_is_written(tmp_path: Path) -> None:
    async with opened(tmp_path) as db:
        clock, rings = FakeClock(), 0
        for number in range(1, 20):
            await db.write(guilds.change, GuildId(number), settings=WANTED, by=DiscordUserId(1), now_ms=T)
        alice = await db.write(creators.ensure, Handle("alice"), now_ms=T)
        desk = CaseDesk(db, clock=clock)
        wipe = Wipe(alice.id, RoomId("r"), ViewerId("1"), 5, 5, T, T, (RemovedLine(1, "m", T, T),))
        placed, _ = await db.write(
            watches.place,
            guild_id=GuildId(1),
            channel_id=ChannelId(1),
            creator_id=alice.id,
            by=DiscordUserId(1),
            now_ms=T,
            cursor_seq=0,
        )
        await desk.tell(alice.id, [Hearer(GuildId(1), ChannelId(5), placed.id, T)], [Told("k", wipe)], consumer="alerts", seq=5)

        def ring() -> None:
            nonlocal rings
            rings += 1

        desk.ring = ring
        escalation = Escalation(db, desk, clock=clock)
        await escalation.look()
        assert rings == 0
        await clock.advance(61)
        await escalation.look()
        await escalation.look()
        assert (rings, escalation.pinged) == (1, 1)
