"""The websocket's rules, spoken by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from sandbox.discord.gateway import ACK_AFTER_S
from sandbox.discord.limits import Limits, Rate
from sandbox.discord.server import Discord
from tests.sandbox.discord.served import serving

GUILDS, MEMBERS, MESSAGES, DIRECT = 1, 1 << 1, 1 << 9, 1 << 12


class Socket:
    """A client that says exactly what it is told to."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def hear(self) -> dict[str, Any]:
        payload: dict[str, Any] = json.loads(await self.socket.receive_str(timeout=5))
        return payload

    async def events(self, last: str) -> list[str]:
        """Names of the events up to and with `last`."""
        names = [(await self.hear())["t"]]
        while names[-1] != last:
            names.append((await self.hear())["t"])
        return names

    async def say(self, op: int, data: Any) -> None:
        await self.socket.send_json({"op": op, "d": data})

    async def identify(self, server: Discord, **changes: Any) -> dict[str, Any]:
        """Identify and return READY's data."""
        await self.say(2, {"token": server.token, "intents": GUILDS, "properties": {}} | changes)
        ready = await self.hear()
        assert ready["t"] == "READY"
        data: dict[str, Any] = ready["d"]
        return data

    async def close_code(self) -> int | None:
        message = await self.socket.receive(timeout=5)
        assert message.type is aiohttp.WSMsgType.CLOSE, message
        return self.socket.close_code


@asynccontextmanager
async def connected(server: Discord) -> AsyncIterator[Socket]:
    async with aiohttp.ClientSession() as http, http.ws_connect(server.gateway_url + "?v=10&encoding=json") as raw:
        socket = Socket(raw)
        assert (await socket.hear())["op"] == 10
        yield socket


async def test_a_heartbeat_is_answered_before_identify(discord_server: Discord) -> None:
    async with connected(discord_server) as socket:
        await socket.say(1, None)
        assert (await socket.hear())["op"] == 11


async def test_a_heartbeat_is_not_answered_before_a_client_can_have_noted_when_it_sent_it(discord_server: Discord) -> None:
    loop = asyncio.get_running_loop()
    async with connected(discord_server) as socket:
        sent = loop.time()
        await socket.say(1, None)
        assert (await socket.hear())["op"] == 11
        assert loop.time() - sent >= ACK_AFTER_S


@pytest.mark.parametrize(
    ("op", "data", "code", "violation"),
    [
        (2, {"token": "wrong", "intents": 1, "properties": {}}, 4004, "bad_token"),
        (2, {"token": "sandbox-token", "intents": 1 << 40, "properties": {}}, 4013, "gateway_payload"),
        (2, {"token": "sandbox-token", "intents": MEMBERS, "properties": {}}, 4014, "gateway_payload"),
        (2, {"token": "sandbox-token", "intents": 1, "properties": {}, "shard": [2, 2]}, 4010, "gateway_payload"),
        (2, {"token": "sandbox-token", "intents": 1}, 4002, "gateway_payload"),
        (3, {}, 4003, "gateway_payload"),
        (99, {}, 4001, "gateway_payload"),
        (6, {"token": "wrong", "session_id": "x", "seq": 0}, 4004, "bad_token"),
        (1, "x" * 4096, 4002, "gateway_payload"),
    ],
)
async def test_what_breaks_the_rules_is_closed_with_discords_code(
    discord_server: Discord, op: int, data: Any, code: int, violation: str
) -> None:
    async with connected(discord_server) as socket:
        await socket.say(op, data)
        assert await socket.close_code() == code
    assert [v.kind for v in discord_server.violations] == [violation]


async def test_what_is_not_json_is_4002(discord_server: Discord) -> None:
    async with connected(discord_server) as socket:
        await socket.socket.send_str("{")
        assert await socket.close_code() == 4002


async def test_identifying_twice_is_4005(discord_server: Discord) -> None:
    async with connected(discord_server) as socket:
        await socket.identify(discord_server)
        await socket.say(2, {"token": discord_server.token, "intents": 1, "properties": {}})
        assert await socket.close_code() == 4005
    assert [v.kind for v in discord_server.violations] == ["identified_twice"]


async def test_a_client_that_says_too_much_is_closed_with_4008() -> None:
    server = Discord(limits=Limits(gateway_send=Rate(3, 60.0)))
    async with serving(server), connected(server) as socket:
        for _ in range(4):
            await socket.say(1, None)
        while (await socket.socket.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert socket.socket.close_code == 4008
    assert [v.kind for v in server.violations] == ["gateway_flood"]


async def test_ready_is_followed_by_the_guilds_with_the_bot_among_the_members(discord_server: Discord) -> None:
    guild = discord_server.guild("fans")
    guild.member("viewer")
    async with connected(discord_server) as socket:
        ready = await socket.identify(discord_server)
        created = await socket.hear()
    assert ready["guilds"] == [{"id": str(guild.id), "unavailable": True}]
    assert ready["resume_gateway_url"] == discord_server.gateway_url
    assert ready["shard"] == [0, 1]
    assert created["t"] == "GUILD_CREATE"
    assert [m["user"]["id"] for m in created["d"]["members"]] == [str(discord_server.bot.id)]


async def test_events_come_only_to_those_who_asked_for_them(discord_server: Discord) -> None:
    live = discord_server.guild("fans").channel("live")
    async with connected(discord_server) as quiet, connected(discord_server) as curious:
        await quiet.identify(discord_server)
        await curious.identify(discord_server, intents=GUILDS | MESSAGES)
        live.say(live.guild.owner, "secret")
        live.guild.rename("renamed")
        assert await quiet.events("GUILD_UPDATE") == ["GUILD_CREATE", "GUILD_UPDATE"]
        assert (await curious.hear())["t"] == "GUILD_CREATE"
        message = await curious.hear()
    # Without the privileged intent, people's texts are blank.
    assert (message["t"], message["d"]["content"]) == ("MESSAGE_CREATE", "")


async def test_what_happens_in_a_guild_is_told_to_its_shard_alone() -> None:
    server = Discord(shards=2)
    guild = server.guild("fans")
    async with serving(server), connected(server) as first, connected(server) as second:
        sockets = (first, second)
        for number, socket in enumerate(sockets):
            await socket.identify(server, shard=[number, 2])
        guild.rename("renamed")
        mine = (guild.id >> 22) % 2
        assert await sockets[mine].events("GUILD_UPDATE") == ["GUILD_CREATE", "GUILD_UPDATE"]
        # The next thing that the other one hears is the answer to its own heartbeat.
        await sockets[1 - mine].say(1, None)
        assert (await sockets[1 - mine].hear())["op"] == 11


async def test_a_resume_replays_what_was_missed(discord_server: Discord) -> None:
    guild = discord_server.guild("fans")
    async with connected(discord_server) as first:
        session = (await first.identify(discord_server))["session_id"]
        await first.hear()
        discord_server.drop_gateway()
        assert (await first.socket.receive(timeout=5)).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    await discord_server.until(lambda: not discord_server.is_online)
    guild.channel("made-meanwhile")
    async with connected(discord_server) as second:
        await second.say(6, {"token": discord_server.token, "session_id": session, "seq": 2})
        assert await second.events("RESUMED") == ["CHANNEL_CREATE", "RESUMED"]
        assert discord_server.is_online


async def test_a_session_that_is_gone_is_invalid_and_a_seq_from_the_future_is_4007(discord_server: Discord) -> None:
    async with connected(discord_server) as socket:
        await socket.say(6, {"token": discord_server.token, "session_id": "gone", "seq": 1})
        assert await socket.hear() == {"op": 9, "d": False, "s": None, "t": None}
        session = (await socket.identify(discord_server))["session_id"]
        async with connected(discord_server) as other:
            await other.say(6, {"token": discord_server.token, "session_id": session, "seq": 99})
            assert await other.close_code() == 4007


async def test_a_killed_bots_session_gives_way_to_the_next_one(discord_server: Discord) -> None:
    for _ in range(3):
        async with connected(discord_server) as socket:
            await socket.identify(discord_server)
        await discord_server.until(lambda: not discord_server.is_online)
    assert discord_server.gateway.identifies == 3
    assert len(discord_server.gateway.sessions) == 1


async def test_roles_and_channels_are_told_as_they_change(discord_server: Discord) -> None:
    guild = discord_server.guild("fans")
    live = guild.channel("live")
    async with connected(discord_server) as socket:
        await socket.identify(discord_server)
        guild.set_permissions(guild.bot_role, ["view_channel"])
        guild.role("mods")
        live.deny_bot("send_messages")
        live.rename("lounge")
        assert await socket.events("CHANNEL_UPDATE") == [
            "GUILD_CREATE",
            "GUILD_ROLE_UPDATE",
            "GUILD_ROLE_CREATE",
            "CHANNEL_UPDATE",
        ]
        assert (await socket.hear())["d"]["name"] == "lounge"
        guild.kick_bot()
        assert await socket.hear() == {"op": 0, "t": "GUILD_DELETE", "s": 7, "d": {"id": str(guild.id)}}
        guild.channel("unseen")
        guild.invite_bot()
        assert (await socket.hear())["t"] == "GUILD_CREATE"


async def test_what_the_bot_cannot_see_it_does_not_hear(discord_server: Discord) -> None:
    guild = discord_server.guild("fans")
    live, ann = guild.channel("live"), guild.member("ann")
    async with connected(discord_server) as socket:
        await socket.identify(discord_server, intents=GUILDS | MESSAGES | DIRECT)
        live.thread("staff", "private_thread").say(ann, "psst")
        live.deny_bot("view_channel")
        live.say(ann, "and this")
        live.allow_bot("view_channel")
        live.say(ann, "but this")
        discord_server.dm(ann).say(ann, "and to you")
        assert await socket.events("MESSAGE_CREATE") == ["GUILD_CREATE", "CHANNEL_UPDATE", "CHANNEL_UPDATE", "MESSAGE_CREATE"]
        direct = await socket.hear()
        assert (direct["t"], direct["d"]["content"], "guild_id" in direct["d"]) == ("MESSAGE_CREATE", "and to you", False)


async def test_the_server_says_goodbye_when_it_goes(discord_server: Discord) -> None:
    async with connected(discord_server) as socket:
        discord_server.gateway.close()
        assert await socket.close_code() == 1001
