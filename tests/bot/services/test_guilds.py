"""The bot comes and goes over a real gateway: what stands still, what goes on, what is erased, and when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model.guild import GuildSettings
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.model.watch import PauseReason
from bot.storage import watches
from tests.bot.storage.builders import ADMIN
from tests.doubles.community import Community
from tests.doubles.town import DAY_S, Town, opened


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with opened(tmp_path) as town:
        yield town
        assert town.community.discord.violations == []


async def active(town: Town) -> int:
    return len(await town.community.db.read(watches.active))


async def test_a_removal_lets_its_watches_stand_still_at_once(town: Town) -> None:
    placed = await town.watch()
    await town.look()
    assert await active(town) == 1
    await town.community.bell.wait(0)
    town.fans.kick_bot()
    await town.look()
    (kept,) = await town.kept()
    assert (kept.id, kept.paused_why) == (placed.id, PauseReason.LEFT)
    assert await active(town) == 0
    assert await town.community.bell.wait(0), "whoever follows creators hears of it"
    assert (await town.known())[0].left_at is not None


async def test_an_outage_is_no_removal_however_long_it_lasts(town: Town) -> None:
    await town.watch()
    town.fans.begin_outage()
    await town.until(lambda: not town.is_available(town.fans))
    for _ in range(3):
        await town.later(3600)
    assert await active(town) == 1
    assert (await town.known())[0].left_at is None
    town.fans.end_outage()
    await town.until(lambda: town.is_available(town.fans))
    await town.look()
    assert await active(town) == 1
    assert town.fans.channel("live").messages == []


async def test_a_start_during_an_outage_is_no_removal_either(tmp_path: Path) -> None:
    async with Community.open(tmp_path) as community:
        town = Town(community)
        _ = town.fans
        await town.start()
        await town.watch()
        await town.stop()
        town.fans.begin_outage()
        again = Town(community)
        await again.start()
        await again.look()
        assert not again.is_available(again.fans)
        assert await active(again) == 1
        await again.stop()


async def test_a_removal_while_the_bot_was_off_is_found_at_the_first_ready(tmp_path: Path) -> None:
    async with Community.open(tmp_path) as community:
        town = Town(community)
        await town.start()
        await town.watch()
        await town.stop()
        town.fans.kick_bot()
        again = Town(community)
        await again.start()
        await again.look()
        assert await active(again) == 0
        assert (await again.known())[0].left_at is not None
        await again.stop()


async def test_nobody_is_taken_for_gone_before_discord_has_named_all_servers(tmp_path: Path) -> None:
    async with Community.open(tmp_path) as community:
        town = Town(community)
        await town.start()
        await town.watch()
        town.servers.reset()
        assert town.servers.present() is None
        await town.look()
        assert await active(town) == 1
        await town.stop()


async def test_a_lost_and_resumed_session_knows_its_servers_still(town: Town) -> None:
    await town.watch()
    town.community.discord.drop_gateway()
    await town.community.discord.until(lambda: not town.community.discord.is_online)
    await town.community.discord.online()
    await town.look()
    assert await active(town) == 1


async def test_a_removal_during_a_lost_session_is_found_by_the_next_one(town: Town) -> None:
    await town.watch()
    discord = town.community.discord
    discord.faults.gateway_down = True
    discord.drop_gateway()
    await discord.until(lambda: not discord.is_online)
    discord.gateway.sessions.clear()
    town.fans.kick_bot()
    discord.faults.gateway_down = False
    await discord.online(20)
    await town.until(lambda: town.servers.present() == frozenset())
    await town.look()
    assert await active(town) == 0


async def test_who_comes_back_stands_paused_and_goes_on_at_the_tail_when_asked(town: Town) -> None:
    kept, asked = await town.watch(), await town.watch("bob")
    await town.community.db.write(watches.pause, [asked.id], why=PauseReason.ASKED, by=ADMIN, now_ms=1)
    town.fans.kick_bot()
    await town.look()
    town.fans.invite_bot()
    await town.later(29 * DAY_S)
    assert await active(town) == 0
    assert (await town.known())[0].left_at is None
    guild_id, watching = GuildId(town.fans.id), town.community.watching
    for expected in ([kept.id], []):
        resumed, staying = await watching.resume_all(
            guild_id, None, PauseReason.LEFT, DiscordUserId(7), may_write=lambda _channel_id: True
        )
        assert [each.id for each in resumed] == expected, "what somebody paused by hand stays paused"
        assert staying == []


async def test_after_thirty_days_everything_is_erased_without_a_restart(town: Town) -> None:
    await town.watch()
    await town.guilds.change(GuildId(town.fans.id), lambda _: GuildSettings(locale="es"), ADMIN)
    town.fans.kick_bot()
    await town.look()
    town.clock.shift_s += 29.9 * DAY_S
    await town.guilds.erase_due()
    assert len(await town.known()) == 1
    town.clock.shift_s += 0.2 * DAY_S
    await town.guilds.erase_due()
    assert await town.known() == []
    town.fans.invite_bot()
    await town.look()
    assert town.guilds.settings(GuildId(town.fans.id)) == GuildSettings()
    assert town.community.live.messages == [], "a stranger's server is not welcomed back"


async def test_nothing_is_erased_before_discord_has_said_who_came_back(tmp_path: Path) -> None:
    async with Community.open(tmp_path) as community:
        town = Town(community)
        await town.start()
        await town.watch()
        town.fans.kick_bot()
        await town.look()
        await town.stop()
        town.fans.invite_bot()
        again = Town(community)
        await again.start()
        again.clock.shift_s = 31 * DAY_S
        await again.guilds.erase_due()
        assert len(await again.kept()) == 1
        await again.look()
        await again.guilds.erase_due()
        assert len(await again.kept()) == 1, "it came back in time, while the bot was off"
        await again.stop()


async def test_settings_hold_at_once_and_after_a_restart(town: Town) -> None:
    chosen = GuildSettings(admin_channel_id=ChannelId(5), locale="es")
    guild_id = GuildId(town.fans.id)
    await town.guilds.change(guild_id, lambda _: chosen, ADMIN)
    assert town.guilds.settings(guild_id) == chosen
    assert town.guilds.settings(None) == town.guilds.settings(GuildId(1)) == GuildSettings()
    await town.stop()
    again = Town(town.community)
    await again.start()
    assert again.guilds.settings(guild_id) == GuildSettings()
    await again.guilds.load()
    assert again.guilds.settings(guild_id) == chosen
    await again.stop()
