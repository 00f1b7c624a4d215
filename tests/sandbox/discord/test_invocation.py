"""What Discord's client lets a person send, and how it writes it."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord import invocation
from sandbox.discord.commands import Command, Invoked, find
from sandbox.discord.invocation import CannotUse, Resolved
from sandbox.discord.world import Guild, World

STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, NUMBER = 3, 4, 5, 6, 7, 8, 10


@pytest.fixture
def guild() -> Guild:
    return World(lambda: 1_790_000_000.0).guild("fans")


def _option(kind: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "name": "it", "description": "d", **more}


def _command(*options: dict[str, Any]) -> Command:
    return Command(1, 1, 1, {"name": "watch", "description": "d", "options": list(options)})


def _data(guild: Guild, option: dict[str, Any], value: Any, **more: Any) -> dict[str, Any]:
    command = _command(option)
    return invocation.data(Invoked(command, (), tuple(command.options)), {"it": value}, resolving(guild), **more)


def resolving(guild: Guild) -> Resolved:
    """What the owner's interactions hold; files get no address."""
    return Resolved(guild.owner, lambda upload: {"id": "1", "filename": upload.filename})


@pytest.mark.parametrize("typed", ["channel", "#live", "id", "mention"])
def test_a_channel_may_be_given_in_any_way_and_is_resolved_with_permissions(guild: Guild, typed: str) -> None:
    live = guild.channel("live")
    ways: dict[str, Any] = {"channel": live, "#live": "#live", "id": str(live.id), "mention": live.mention}
    data = _data(guild, _option(CHANNEL), ways[typed])
    assert data["options"] == [{"name": "it", "type": CHANNEL, "value": str(live.id)}]
    resolved = data["resolved"]["channels"][str(live.id)]
    assert resolved["permissions"] == str(live.permissions_of(guild.owner))
    assert resolved["app_permissions"] == str(live.bot_permissions)


def test_members_and_roles_are_resolved_too(guild: Guild) -> None:
    ann = guild.member("ann", permissions=["manage_guild"])
    resolved = _data(guild, _option(USER), "@ann")["resolved"]
    assert list(resolved) == ["users", "members"]
    assert _data(guild, _option(ROLE), guild.roles[ann.role_ids[0]])["resolved"]["roles"]


@pytest.mark.parametrize(
    ("option", "value", "sent"),
    [
        (_option(STRING), "alice", "alice"),
        (_option(INTEGER), "7", 7),
        (_option(NUMBER), "0.5", 0.5),
        (_option(BOOLEAN), "True", True),
        (_option(BOOLEAN), False, False),
        (_option(STRING, choices=[{"name": "All", "value": "all"}]), "all", "all"),
    ],
)
def test_plain_values_are_sent_in_their_own_type(guild: Guild, option: dict[str, Any], value: Any, sent: Any) -> None:
    found = _data(guild, option, value)["options"][0]["value"]
    assert (found, type(found)) == (sent, type(sent))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        (_option(CHANNEL), "#nowhere"),
        (_option(CHANNEL, channel_types=[5]), "#live"),
        (_option(INTEGER), "many"),
        (_option(INTEGER, min_value=1), 0),
        (_option(BOOLEAN), "perhaps"),
        (_option(STRING, max_length=3), "long"),
        (_option(STRING, choices=[{"name": "All", "value": "all"}]), "none"),
        (_option(11), "file"),
    ],
)
def test_what_the_client_would_not_send_is_refused(guild: Guild, option: dict[str, Any], value: Any) -> None:
    guild.channel("live")
    with pytest.raises(CannotUse):
        _data(guild, option, value)


def test_unknown_and_missing_options_are_refused(guild: Guild) -> None:
    command = _command(_option(STRING, required=True))
    invoked = Invoked(command, (), tuple(command.options))
    with pytest.raises(CannotUse, match="required"):
        invocation.data(invoked, {}, resolving(guild))
    with pytest.raises(CannotUse, match="no option"):
        invocation.data(invoked, {"it": "x", "that": "y"}, resolving(guild))


def test_the_option_being_typed_is_focused_and_not_yet_checked(guild: Guild) -> None:
    data = _data(guild, _option(INTEGER), "-", focused="it")
    assert data["options"] == [{"name": "it", "type": INTEGER, "value": "-", "focused": True}]


def test_a_subcommands_options_are_wrapped_in_its_name(guild: Guild) -> None:
    inner = {"type": 1, "name": "test", "description": "d", "options": [_option(STRING)]}
    group = {"type": 2, "name": "alerts", "description": "d", "options": [inner]}
    invoked = find([_command(group)], "/watch alerts test")
    assert invoked is not None
    assert invocation.data(invoked, {"it": "x"}, resolving(guild))["options"] == [
        {
            "type": 2,
            "name": "alerts",
            "options": [{"type": 1, "name": "test", "options": [{"name": "it", "type": STRING, "value": "x"}]}],
        }
    ]
