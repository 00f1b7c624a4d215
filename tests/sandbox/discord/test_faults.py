"""What goes wrong on demand, as the sender sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp
import discord
import pytest

from sandbox.discord.faults import Ban, Faults
from sandbox.discord.server import Discord
from sandbox.discord.world import Message
from tests.sandbox.discord.served import Relay, Rest, running, serving, watch_command


async def test_a_post_can_be_stored_and_its_answer_lost(discord_server: Discord, aimed: Callable[[Discord], None]) -> None:
    live = discord_server.guild("fans").channel("live")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        channel = bot.get_channel(live.id)
        assert isinstance(channel, discord.TextChannel)
        discord_server.faults.cut_after_store()
        # discord.py on Linux does not retry a connection that dies.
        with pytest.raises(aiohttp.ClientError):
            await channel.send("batch", nonce="n1")
        assert [m.content for m in live.messages] == ["batch"]
        await channel.send("batch", nonce="n1")
    assert [m.content for m in live.messages] == ["batch"]
    assert [r.status for r in discord_server.requests if r.method == "POST"] == [0, 200]


async def test_only_the_chosen_messages_are_cut(discord_server: Discord, rest: Rest) -> None:
    live = discord_server.guild("fans").channel("live")
    discord_server.faults.cut_after_store(when=lambda message: "bad luck" in message.content)
    assert (await rest("POST", f"/channels/{live.id}/messages", {"content": "fine"})).status == 200
    with pytest.raises(aiohttp.ClientError):
        await rest("POST", f"/channels/{live.id}/messages", {"content": "bad luck"})
    assert (await rest("POST", f"/channels/{live.id}/messages", {"content": "bad luck again"})).status == 200


async def test_an_edit_can_be_stored_and_its_answer_lost(discord_server: Discord, rest: Rest) -> None:
    live = discord_server.guild("fans").channel("live")
    posted = await rest("POST", f"/channels/{live.id}/messages", {"content": "before"})
    discord_server.faults.cut_after_edit()
    with pytest.raises(aiohttp.ClientError):
        await rest("PATCH", f"/channels/{live.id}/messages/{posted.body['id']}", {"content": "after"})
    assert live.messages[0].content == "after"


async def test_answers_wait_for_the_gate_and_the_test_hears_of_each_stored_message(discord_server: Discord, rest: Rest) -> None:
    live = discord_server.guild("fans").channel("live")
    gate, stored = asyncio.Event(), list[Message]()
    discord_server.faults.hold_create = gate
    discord_server.faults.on_stored = stored.append
    posting = asyncio.ensure_future(rest("POST", f"/channels/{live.id}/messages", {"content": "held"}))
    await discord_server.until(lambda: stored)
    assert live.messages == stored
    await asyncio.sleep(0.05)
    assert not posting.done()
    assert discord_server.faults.held == stored
    gate.set()
    assert (await posting).status == 200


async def test_a_sender_that_is_killed_while_its_answer_is_held_leaves_nothing_behind(discord_server: Discord) -> None:
    live = discord_server.guild("fans").channel("live")
    discord_server.faults.hold_create = asyncio.Event()
    async with aiohttp.ClientSession() as http:
        rest = Rest(discord_server, http)
        posting = asyncio.ensure_future(rest("POST", f"/channels/{live.id}/messages", {"content": "held"}))
        await discord_server.until(lambda: live.messages)
        posting.cancel()
    async with asyncio.timeout(5):
        while discord_server.faults.held:
            await asyncio.sleep(0.01)
    assert [m.content for m in live.messages] == ["held"]


async def test_a_server_that_closes_lets_go_of_what_it_holds() -> None:
    server = Discord()
    live = server.guild("fans").channel("live")
    server.faults.hold_create = asyncio.Event()
    async with aiohttp.ClientSession() as http:
        async with serving(server):
            posting = asyncio.ensure_future(Rest(server, http)("POST", f"/channels/{live.id}/messages", {"content": "held"}))
            await server.until(lambda: live.messages)
        assert (await posting).status == 200
    assert server.faults.held == []


async def test_a_failing_request_has_no_effect(discord_server: Discord, rest: Rest) -> None:
    live = discord_server.guild("fans").channel("live")
    discord_server.faults.fail(503, times=2, when=lambda method, path: method == "POST")
    path = f"/channels/{live.id}/messages"
    assert (await rest("GET", path)).status == 200
    assert [(await rest("POST", path, {"content": "x"})).status for _ in range(3)] == [503, 503, 200]
    assert len(live.messages) == 1


async def test_a_global_limit_can_be_ordered(discord_server: Discord, rest: Rest) -> None:
    discord_server.faults.limit_globally(7.5)
    answer = await rest("GET", "/users/@me")
    assert (answer.status, answer.body["global"], answer.body["retry_after"]) == (429, True, 7.5)
    assert answer.headers["Retry-After"] == "8"
    assert (await rest("GET", "/users/@me")).status == 200


async def test_a_global_limit_holds_the_bot_back_only_for_its_time(
    discord_server: Discord, aimed: Callable[[Discord], None]
) -> None:
    live = discord_server.guild("fans").channel("live")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        channel = bot.get_channel(live.id)
        assert isinstance(channel, discord.TextChannel)
        discord_server.faults.limit_globally(0.05)
        await channel.send("after all")
    assert [m.content for m in live.messages] == ["after all"]


async def test_every_answer_can_be_made_slow(discord_server: Discord, rest: Rest) -> None:
    live = discord_server.guild("fans").channel("live")
    discord_server.faults.answer_after_s = 0.05
    await rest("POST", f"/channels/{live.id}/messages", {"content": "x"})
    assert discord_server.requests[-1].took_s >= 0.05


async def test_the_bot_can_hear_of_an_interaction_late(discord_server: Discord, aimed: Callable[[Discord], None]) -> None:
    live = discord_server.guild("fans").channel("live")

    async def answer(interaction: discord.Interaction[Relay], _creator: str, _channel: object) -> None:
        await interaction.response.send_message("heard", ephemeral=True)

    async def setup(bot: Relay) -> None:
        bot.tree.add_command(watch_command(answer))
        await bot.tree.sync()

    aimed(discord_server)
    async with running(discord_server, Relay(setup=setup)):
        discord_server.faults.late_interactions_s = 0.1
        interaction = await discord_server.interact(live, live.guild.owner, "watch", {"creator": "alice", "channel": live})
        await interaction.answered()
    assert interaction.ack_delay_s is not None
    assert interaction.ack_delay_s >= 0.1


async def test_the_gateway_can_be_down(discord_server: Discord) -> None:
    discord_server.faults.gateway_down = True
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await http.ws_connect(discord_server.gateway_url)


def test_clearing_takes_back_every_order() -> None:
    faults = Faults(gateway_down=True, answer_after_s=2)
    faults.cut_after_store()
    faults.fail(500)
    faults.clear()
    assert faults == Faults()


async def test_automod_refuses_a_word_for_as_long_as_it_is_blocked(discord_server: Discord, rest: Rest) -> None:
    live = discord_server.guild("fans").channel("live")
    path = f"/channels/{live.id}/messages"
    discord_server.faults.blocked_words.add("Coins")
    assert [(await rest("POST", path, {"content": "free coins"})).code for _ in range(2)] == [200000, 200000]
    posted = await rest("POST", path, {"content": "hello"})
    assert (await rest("PATCH", f"{path}/{posted.body['id']}", {"content": "coins"})).code == 200000
    assert (await rest("POST", path, {"embeds": [{"fields": [{"name": "Comment", "value": "coins"}]}]})).code == 200000
    assert [m.content for m in live.messages] == ["hello"]


async def test_one_message_can_be_refused_with_any_code(discord_server: Discord, rest: Rest) -> None:
    live = discord_server.guild("fans").channel("live")
    path = f"/channels/{live.id}/messages"
    discord_server.faults.refuse(240000, part="evil.example")
    discord_server.faults.refuse(30046, verb="edit")
    posted = await rest("POST", path, {"content": "hello"})
    assert (await rest("POST", path, {"content": "see evil.example"})).code == 240000
    edited = await rest("PATCH", f"{path}/{posted.body['id']}", {"content": "y"})
    assert (edited.status, edited.code, edited.body["retry_after"] > 0) == (429, 30046, True)
    assert (await rest("PATCH", f"{path}/{posted.body['id']}", {"content": "y"})).status == 200


async def test_discord_can_fail_until_it_is_told_to_stop(discord_server: Discord, rest: Rest) -> None:
    discord_server.faults.failing = 500
    assert [(await rest("GET", "/users/@me")).status for _ in range(2)] == [500, 500]
    discord_server.faults.failing = None
    assert (await rest("GET", "/users/@me")).status == 200


@pytest.mark.parametrize("ban", [Ban(429, is_html=True), Ban(403, is_html=True), Ban(403, is_html=False)])
async def test_cloudflare_answers_without_a_via(discord_server: Discord, rest: Rest, ban: Ban) -> None:
    discord_server.faults.ban = ban
    answer = await rest("GET", "/users/@me")
    assert (answer.status, isinstance(answer.body, str), "Via" in answer.headers) == (ban.status, ban.is_html, False)
    discord_server.faults.ban = None
    assert "Via" in (await rest("GET", "/users/@me")).headers


async def test_a_session_can_be_refused(discord_server: Discord, aimed: Callable[[Discord], None]) -> None:
    aimed(discord_server)
    discord_server.faults.invalid_sessions = 1
    async with running(discord_server, Relay()):
        assert (discord_server.gateway.identifies, discord_server.faults.invalid_sessions) == (1, 0)


async def test_a_message_that_a_moderator_deleted_cannot_be_edited(discord_server: Discord, rest: Rest) -> None:
    live = discord_server.guild("fans").channel("live")
    posted = await rest("POST", f"/channels/{live.id}/messages", {"content": "x"})
    live.messages[0].delete()
    assert (await rest("PATCH", f"/channels/{live.id}/messages/{posted.body['id']}", {"content": "y"})).code == 10008
