"""The client against a Discord on a real socket: it comes, stays, comes back, and says why when it cannot."""

from __future__ import annotations

import asyncio
import logging
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from bot.client import STEADY_S, Openings
from bot.clock import SystemClock
from bot.errors import ConfigError
from bot.model.creator import CreatorState
from sandbox.discord.server import Discord, wall_s
from sandbox.discord.world import Change
from tests.doubles.clock import FakeClock
from tests.doubles.community import Community


async def test_the_bot_asks_for_guilds_and_nothing_else(tmp_path: Path) -> None:
    async with Community.open(tmp_path) as community:
        await community.start()
        (session,) = community.discord.gateway.sessions.values()
        assert session.intents == 1


# --- commands --------------------------------------------------------------------------------------------------------------


async def test_commands_are_sent_once_and_not_again_at_a_restart(tmp_path: Path) -> None:
    async with Community.open(tmp_path) as community:
        await community.start()
        assert {command.name for command in community.discord.commands} >= {"about", "watch", "settings", "doctor"}
        assert community.discord.command_writes == 1
        await community.stop()
        await community.start()
        assert community.discord.command_writes == 1


async def test_a_changed_command_list_is_sent_whole(tmp_path: Path) -> None:
    async with Community.open(tmp_path) as community:
        community.extensions = ["cogs.about"]
        await community.start()
        await community.stop()
        community.extensions = ["cogs.about", "cogs.subscriptions"]
        await community.start()
        assert community.discord.command_writes == 2
        assert {"about", "watch", "unwatch", "watching"} <= {command.name for command in community.discord.commands}


async def test_a_command_list_that_was_not_taken_is_sent_at_the_next_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Community.open(tmp_path) as community:
        community.discord.faults.fail(400, when=lambda method, _path: method == "PUT")
        await community.start()
        assert community.discord.commands == []
        assert "Discord did not take the command list" in caplog.text
        await community.stop()
        await community.start()
        assert "watch" in {command.name for command in community.discord.commands}


# --- the token -------------------------------------------------------------------------------------------------------------


async def test_a_wrong_token_ends_the_bot_with_one_sentence(tmp_path: Path) -> None:
    async with Community.open(tmp_path, token="wrong-token") as community:
        community.begin()
        said = await community.ended()
    assert said.startswith("Discord refused the token. Copy it anew from discord.com/developers")
    assert "wrong-token" not in said


async def test_a_token_that_is_reset_while_the_bot_runs_ends_it_too(tmp_path: Path) -> None:
    clock = FakeClock()
    async with Community.open(tmp_path, clock=clock) as community:
        await community.start()
        community.discord.state.token = "another"
        community.discord.invalidate_gateway()
        await clock.until(lambda: community.running is not None and community.running.done())
        assert "Discord refused the token" in await community.ended()


async def test_without_a_token_nothing_is_tried(tmp_path: Path) -> None:
    async with Community.open(tmp_path) as community:
        community.settings = community.settings.model_copy(update={"token": type(community.settings.token)("")})
        bot = community.build()
        with pytest.raises(ConfigError, match=r"discord\.token is not set"):
            await bot.run()
        await bot.close()
        assert community.discord.requests == []


# --- coming back -----------------------------------------------------------------------------------------------------------


async def test_an_event_that_cannot_be_read_is_skipped_and_the_session_lives(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Community.open(tmp_path) as community:
        await community.start()
        guild = community.live.guild
        community.discord.gateway.dispatch("INTERACTION_CREATE", {"id": "1", "token": "secret-token"}, guild=guild)
        assert "TikTok LIVE" in await community.asked("about")
        assert community.discord.gateway.identifies == 1
    assert "Discord sent a INTERACTION_CREATE that cannot be read; it is skipped" in caplog.text
    assert "secret-token" not in caplog.text


async def test_the_client_starts_anew_after_what_it_cannot_survive(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    async with Community.open(tmp_path, clock=clock) as community:
        await community.start()
        community.discord.gateway.dispatch("READY", {}, guild=community.live.guild)
        await clock.until(lambda: community.discord.gateway.identifies == 2)
        await community.discord.online()
        assert "TikTok LIVE" in await community.asked("about")
        assert community.discord.command_writes == 1
    assert "the Discord client ended unexpectedly; next start in 1 s" in caplog.text


async def test_an_unreachable_discord_is_tried_again_ever_more_slowly(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "bot.client")
    clock = FakeClock()
    async with Community.open(tmp_path, clock=clock) as community:
        base = community.settings.api_base
        community.settings = community.settings.model_copy(update={"api_base": "http://127.0.0.1:1/api/v10"})
        community.begin()
        await clock.until(lambda: len(caplog.records) >= 6)
    pauses = [float(record.getMessage().split("next try in ")[1].removesuffix(" s")) for record in caplog.records[:6]]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 10 * pauses[0]
    assert base not in caplog.text


async def test_a_lost_connection_is_resumed_without_a_new_session(tmp_path: Path) -> None:
    async with Community.open(tmp_path) as community:
        await community.start()
        community.discord.drop_gateway()
        await community.discord.until(lambda: not community.discord.is_online)
        await community.discord.online()
        assert community.discord.gateway.identifies == 1
        assert "TikTok LIVE" in await community.asked("about")


async def test_an_invalid_session_is_replaced_at_the_address_that_discord_gave(tmp_path: Path) -> None:
    clock = FakeClock()
    async with Community.open(tmp_path, clock=clock) as community:
        await community.start()
        community.discord.invalidate_gateway()
        await clock.until(lambda: community.discord.gateway.identifies == 2)
        assert "TikTok LIVE" in await community.asked("about")


async def test_identify_waits_only_for_what_is_left_of_five_seconds(tmp_path: Path) -> None:
    clock = FakeClock()
    async with Community.open(tmp_path, clock=clock) as community:
        bot = community.build()
        await bot.before_identify_hook(0, initial=True)
        assert clock.monotonic() == 0
        await clock.advance(3)
        second = asyncio.ensure_future(bot.before_identify_hook(0))
        await clock.advance(1.9)
        assert not second.done()
        await clock.advance(0.2)
        assert second.done()


async def test_a_client_that_never_began_can_be_closed(tmp_path: Path) -> None:
    async with Community.open(tmp_path) as community:
        await community.build().close()


# --- guilds ----------------------------------------------------------------------------------------------------------------


async def test_a_guild_that_is_not_served_is_refused_politely_and_not_left(tmp_path: Path) -> None:
    async with Community.open(tmp_path, allowed_guilds=(42,)) as community:
        await community.start()
        answer = await community.asked("watching")
        assert answer.startswith("This bot is private and does not serve this server.")
        assert f"`{community.live.guild.id}`" in answer
        assert community.live.guild.has_bot


async def test_coming_and_going_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot.client")
    async with Community.open(tmp_path, allowed_guilds=(42,)) as community:
        await community.start()
        guild = community.live.guild
        await until(lambda: f"guild={guild.id} is not in discord.allowed_guilds" in caplog.text)
        guild.kick_bot()
        await until(lambda: f"guild={guild.id} left" in caplog.text)
        guild.invite_bot()
        await until(lambda: f"guild={guild.id} joined" in caplog.text)


# --- answers ---------------------------------------------------------------------------------------------------------------


async def test_an_answer_that_comes_too_late_is_one_line_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    skew_s = [0.0]
    discord = Discord(now=lambda: wall_s() + skew_s[0])
    async with Community.open(tmp_path, discord=discord) as community:
        await community.start()
        await community.use("watching")
        skew_s[0] = 4.0  # on Discord's side, four seconds go by before the answer arrives
        await until(lambda: "could not be answered" in caplog.text)
        skew_s[0] = 0.0
        assert "Nothing is watched" in await community.asked("watching")
    assert "Traceback" not in caplog.text


async def test_a_refusal_that_comes_too_late_is_one_line_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    skew_s = [0.0]
    discord = Discord(now=lambda: wall_s() + skew_s[0])
    async with Community.open(tmp_path, discord=discord, allowed_guilds=(42,)) as community:
        await community.start()
        await community.use("watching")
        skew_s[0] = 4.0
        await until(lambda: "could not be answered" in caplog.text)
    assert "Traceback" not in caplog.text
    assert "never retrieved" not in caplog.text


async def test_an_answer_after_a_quarter_of_an_hour_is_one_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    skew_s = [0.0]
    discord = Discord(now=lambda: wall_s() + skew_s[0])
    async with Community.open(tmp_path, discord=discord) as community:
        await community.start()
        interaction = await community.use("watch", creator="alice", channel=community.live)
        await interaction.says("checking")
        skew_s[0] = 1000.0  # the interaction's token is dead when TikTok's word comes
        await community.tiktok_says("alice", CreatorState.LIVE)
        await until(lambda: "could not be answered" in caplog.text)
    assert "Traceback" not in caplog.text


async def test_a_command_that_still_waits_ends_with_the_client(tmp_path: Path) -> None:
    async with Community.open(tmp_path) as community:
        await community.start()
        interaction = await community.use("watch", creator="alice", channel=community.live)
        await interaction.says("checking")
        assert commands_at_work()
        await community.stop()
        assert not commands_at_work()


def commands_at_work() -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "CommandTree-invoker"]


async def until(condition: object, timeout_s: float = 5.0) -> None:
    """Wait for something that only the log shows."""
    assert callable(condition)
    async with asyncio.timeout(timeout_s):
        while not condition():
            await SystemClock().sleep(0.01)


# --- a gateway that takes sessions and cuts them ---------------------------------------------------------------------------


async def test_a_gateway_that_cuts_every_session_is_met_with_growing_pauses_and_in_the_end_a_new_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FakeClock()
    async with Community.open(tmp_path, clock=clock) as community:
        discord, opened_at = community.discord, list[float]()

        def cut(change: Change) -> None:
            if change.kind == "bot_connected":
                opened_at.append(clock.monotonic())
                asyncio.get_running_loop().call_later(0.01, discord.drop_gateway)

        stop_cutting = discord.subscribe(cut)
        community.begin()
        await clock.until(lambda: "the gateway cuts every connection" in caplog.text, step_s=0.25)
        first = opened_at.copy()
        await clock.until(lambda: len(opened_at) > len(first), step_s=0.25)
        stop_cutting()
        await clock.until(lambda: discord.is_online, step_s=0.25)
    pauses = [later - earlier for earlier, later in pairwise(first)]
    assert len(first) == Openings.MOST_OPENINGS
    assert pauses[-1] > 5
    assert sum(pauses) > 10
    assert "next try in" in caplog.text


async def test_a_stop_between_two_tries_ends_the_client(tmp_path: Path) -> None:
    clock = FakeClock()
    async with Community.open(tmp_path, clock=clock) as community:
        discord = community.discord

        def cut(change: Change) -> None:
            if change.kind == "bot_connected":
                asyncio.get_running_loop().call_later(0.01, discord.drop_gateway)

        discord.subscribe(cut)
        community.begin()
        await until(lambda: clock.sleepers == 1)  # it waits to open the next socket, and nobody moves the clock
        assert community.running is not None
        community.running.cancel()
        ended, _ = await asyncio.wait([community.running], timeout=5)
        assert ended


def test_sockets_are_counted_for_each_shard_and_forgotten_after_a_while() -> None:
    rng = Random(1)
    one, hundred = Openings(), Openings()
    assert [one.pause_s(0.0, shards=1, rng=rng) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert (one.pause_s(0.0, shards=1, rng=rng) or 0.0) > 0
    assert {hundred.pause_s(0.0, shards=100, rng=rng) for _ in range(300)} == {0.0}
    while one.pause_s(1.0, shards=1, rng=rng) is not None:
        pass
    assert one.pause_s(STEADY_S + 60, shards=1, rng=rng) == 0.0
