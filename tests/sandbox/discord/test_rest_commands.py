"""The command list, as a bot writes it."""

from __future__ import annotations

from typing import Any

import aiohttp

from sandbox.discord.limits import Limits, Rate
from sandbox.discord.server import Discord
from tests.sandbox.discord.served import Rest, serving


def _command(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "description": "Does it.", **more}


async def test_overwriting_keeps_the_ids_of_names_that_stay(discord_server: Discord, rest: Rest) -> None:
    path = f"/applications/{discord_server.application_id}/commands"
    first = await rest("PUT", path, [_command("watch"), _command("unwatch")])
    second = await rest("PUT", path, [_command("watch", description="Does more."), _command("watching")])
    assert [c["name"] for c in second.body] == ["watch", "watching"]
    assert first.body[0]["id"] == second.body[0]["id"]
    assert first.body[0]["version"] != second.body[0]["version"]
    assert [c.description for c in discord_server.commands] == ["Does more.", "Does it."]


async def test_one_command_can_be_created_read_changed_and_deleted(discord_server: Discord, rest: Rest) -> None:
    path = f"/applications/{discord_server.application_id}/commands"
    made = await rest("POST", path, _command("watch"))
    assert made.status == 201
    assert (await rest("POST", path, _command("watch"))).status == 200
    one = f"{path}/{made.body['id']}"
    assert (await rest("PATCH", one, {"description": "New."})).body["description"] == "New."
    assert (await rest("GET", one)).body["name"] == "watch"
    assert (await rest("DELETE", one)).status == 204
    assert (await rest("GET", one)).code == 10063
    assert (await rest("GET", path)).body == []
    assert discord_server.command_writes == 4


async def test_a_guilds_own_command_hides_the_global_one(discord_server: Discord, rest: Rest) -> None:
    guild, app = discord_server.guild("fans"), discord_server.application_id
    await rest("PUT", f"/applications/{app}/commands", [_command("watch")])
    await rest("PUT", f"/applications/{app}/guilds/{guild.id}/commands", [_command("watch", description="Here.")])
    offered = discord_server.available(guild.owner, guild.channel("live"))
    assert [(c.description, c.guild_id) for c in offered] == [("Here.", guild.id)]


async def test_commands_of_a_guild_without_the_bot_are_out_of_reach(discord_server: Discord, rest: Rest) -> None:
    guild = discord_server.guild("fans")
    guild.kick_bot()
    path = f"/applications/{discord_server.application_id}/guilds/{guild.id}/commands"
    assert (await rest("PUT", path, [])).code == 50001


async def test_another_applications_commands_are_refused(rest: Rest) -> None:
    assert (await rest("PUT", "/applications/1/commands", [])).code == 20001


async def test_a_refused_list_changes_nothing(discord_server: Discord, rest: Rest) -> None:
    path = f"/applications/{discord_server.application_id}/commands"
    await rest("PUT", path, [_command("watch")])
    refused = await rest("PUT", path, [_command("unwatch"), _command("NO")])
    assert list(refused.body["errors"]) == ["1"]
    assert [c.name for c in discord_server.commands] == ["watch"]


async def test_new_commands_are_rationed_by_the_day_and_writes_by_the_minute() -> None:
    server = Discord(limits=Limits(command_create=Rate(2, 86_400.0)))
    path = f"/applications/{server.application_id}/commands"
    async with serving(server), aiohttp.ClientSession() as http:
        rest = Rest(server, http)
        assert (await rest("PUT", path, [_command("a"), _command("b"), _command("c")])).code == 30034
        assert (await rest("PUT", path, [_command("a"), _command("b")])).status == 200
        # Overwriting is free of the daily ration.
        assert (await rest("PUT", path, [_command("a", description="x"), _command("b")])).status == 200
        assert [(await rest("PUT", path, [_command("a")])).status for _ in range(3)] == [200, 200, 429]
