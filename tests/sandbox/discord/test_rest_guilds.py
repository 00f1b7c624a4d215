"""What a bot can read of itself and its guilds."""

from __future__ import annotations

from sandbox.discord.server import Discord
from tests.sandbox.discord.served import Rest


async def test_the_account_and_the_application_agree(discord_server: Discord, rest: Rest) -> None:
    me = (await rest("GET", "/users/@me")).body
    for path in ("/applications/@me", "/oauth2/applications/@me"):
        application = (await rest("GET", path)).body
        assert (application["id"], application["bot"]["id"]) == (str(discord_server.application_id), me["id"])
        assert application["owner"]["username"] == "owner"
    assert (await rest("GET", f"/users/{me['id']}")).body["bot"] is True
    assert (await rest("GET", "/users/1")).code == 10013


async def test_a_guild_shows_its_channels_roles_and_members(discord_server: Discord, rest: Rest) -> None:
    guild = discord_server.guild("fans")
    guild.channel("live")
    ann = guild.member("ann", permissions=["manage_guild"])
    base = f"/guilds/{guild.id}"
    assert (await rest("GET", base)).body["name"] == "fans"
    assert [c["name"] for c in (await rest("GET", base + "/channels")).body] == ["live"]
    assert [r["name"] for r in (await rest("GET", base + "/roles")).body] == ["@everyone", "relay", "ann"]
    assert (await rest("GET", f"{base}/members/{ann.id}")).body["user"]["username"] == "ann"
    assert (await rest("GET", f"{base}/members/1")).code == 10007


async def test_only_guilds_with_the_bot_in_them_are_listed_and_read(discord_server: Discord, rest: Rest) -> None:
    stays, left = discord_server.guild("stays"), discord_server.guild("left")
    left.kick_bot()
    assert [g["id"] for g in (await rest("GET", "/users/@me/guilds")).body] == [str(stays.id)]
    assert (await rest("GET", f"/guilds/{left.id}")).code == 10004
    assert (await rest("GET", f"/channels/{left.channel('live').id}")).code == 50001


async def test_the_gateway_is_named_with_how_many_starts_are_left(discord_server: Discord, rest: Rest) -> None:
    body = (await rest("GET", "/gateway/bot")).body
    assert body["url"] == discord_server.gateway_url
    assert body["url"].startswith("ws://127.0.0.1:")
    assert (body["shards"], body["session_start_limit"]["remaining"]) == (1, 1000)
    assert (await rest("GET", "/gateway", token="none")).body == {"url": discord_server.gateway_url}
