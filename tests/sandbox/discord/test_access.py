"""What is out of the bot's reach, and by which code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.discord import access
from sandbox.discord.errors import ApiError
from sandbox.discord.world import World


@pytest.fixture
def world() -> World:
    return World(lambda: 1_790_000_000.0)


def _code(act: Callable[[], object]) -> int:
    with pytest.raises(ApiError) as refused:
        act()
    return refused.value.code


def test_unknown_unseen_and_left_behind_are_told_apart(world: World) -> None:
    guild = world.guild("fans")
    live, hidden = guild.channel("live"), guild.channel("hidden")
    hidden.deny_bot("view_channel")
    assert access.channel(world, live.id) is live
    assert _code(lambda: access.channel(world, 1)) == 10003
    assert _code(lambda: access.channel(world, hidden.id)) == 50001
    guild.kick_bot()
    assert _code(lambda: access.channel(world, live.id)) == 50001
    assert _code(lambda: access.guild(world, guild.id)) == 10004


def test_a_missing_permission_is_50013(world: World) -> None:
    live = world.guild("fans").channel("live")
    access.require(live, "send_messages")
    assert _code(lambda: access.require(live, "manage_messages")) == 50013


def test_a_message_belongs_to_its_channel(world: World) -> None:
    guild = world.guild("fans")
    live, other = guild.channel("live"), guild.channel("other")
    message = live.say(guild.owner, "x")
    assert access.message(live, message.id) is message
    assert _code(lambda: access.message(other, message.id)) == 10008
    world.delete(message)
    assert _code(lambda: access.message(live, message.id)) == 10008
