"""Commands as they are found and offered."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord.commands import Command, Registry, find
from sandbox.discord.permissions import BITS
from sandbox.discord.world import World

TEST = {"type": 1, "name": "test", "description": "d"}


def _command(name: str, **more: Any) -> Command:
    return Command(1, 1, 1, {"name": name, "description": "d", **more})


@pytest.mark.parametrize(
    ("typed", "path"),
    [("watch", ()), ("/watch", ()), ("alerts test", ("test",)), ("alerts", None), ("alerts x", None), ("no", None)],
)
def test_a_command_is_found_by_what_is_typed(typed: str, path: tuple[str, ...] | None) -> None:
    invoked = find([_command("watch"), _command("alerts", options=[TEST])], typed)
    assert (invoked.path if invoked is not None else None) == path


def test_a_context_menu_is_no_slash_command() -> None:
    assert find([_command("watch", type=3)], "watch") is None


@pytest.mark.parametrize(
    ("need", "have", "is_offered"),
    [
        (None, [], True),
        ("32", [], False),
        ("32", ["manage_guild"], True),
        ("32", ["administrator"], True),
        ("0", ["manage_guild"], False),
        ("0", ["administrator"], True),
    ],
)
def test_a_command_is_offered_to_those_who_have_what_it_needs(need: str | None, have: list[str], is_offered: bool) -> None:
    guild = World(lambda: 1_790_000_000.0).guild("fans")
    member = guild.member("ann", permissions=have)
    command = _command("watch", default_member_permissions=need)
    assert command.is_open_to(member, guild.channel("live")) is is_offered
    assert command.json["default_member_permissions"] == need


def test_nobody_is_offered_commands_where_they_are_switched_off() -> None:
    guild = World(lambda: 1_790_000_000.0).guild("fans")
    live = guild.channel("live")
    live.overwrite(guild.everyone, deny=BITS["use_application_commands"])
    assert not _command("watch").is_open_to(guild.member("ann"), live)


def test_a_guilds_own_command_hides_the_global_one() -> None:
    registry = Registry()
    registry.of(None)[1, "watch"] = _command("watch")
    own = Command(2, 1, 1, {"name": "watch"}, guild_id=7)
    registry.of(7)[1, "watch"] = own
    assert registry.in_guild(7) == [own]
    assert [c.id for c in registry.in_guild(8)] == [1]
    assert len(registry.all()) == 2
    assert registry.by_id(7, 2) is own
    assert registry.by_id(None, 2) is None


def test_an_age_restricted_command_is_offered_in_age_restricted_channels_and_their_threads() -> None:
    guild = World(lambda: 1_790_000_000.0).guild("fans")
    live, ann, command = guild.channel("live"), guild.member("ann"), _command("watch", nsfw=True)
    thread = live.thread("tonight")
    assert not command.is_open_to(ann, live)
    live.change(nsfw=True)
    assert command.is_open_to(ann, live)
    assert command.is_open_to(ann, thread)


@pytest.mark.parametrize(
    ("body", "is_offered"),
    [({}, True), ({"dm_permission": False}, False), ({"contexts": [0]}, False), ({"contexts": [0, 1]}, True)],
)
def test_a_command_for_guilds_alone_is_not_offered_in_direct_messages(body: dict[str, Any], is_offered: bool) -> None:
    world = World(lambda: 1_790_000_000.0)
    ann = world.guild("fans").member("ann")
    assert _command("watch", **body).is_open_to(ann, world.dm(ann.user)) is is_offered
