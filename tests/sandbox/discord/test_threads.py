"""Threads and posts, as Discord keeps them and as discord.py hears of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import discord
import pytest

from sandbox.discord.permissions import BITS
from sandbox.discord.server import Discord
from sandbox.discord.world import Channel
from tests.sandbox.discord.served import Relay, Rest, running

Aim = Callable[[Discord], None]


@pytest.fixture
def live(discord_server: Discord) -> Channel:
    channel = discord_server.guild("fans").channel("live")
    channel.allow_bot("send_messages_in_threads")
    return channel


async def _say(rest: Rest, channel: Channel) -> int:
    answer = await rest("POST", f"/channels/{channel.id}/messages", {"content": "x"})
    return answer.status if answer.status == 200 else answer.code


async def test_a_thread_has_the_permissions_of_its_parent_and_its_own_word_for_writing(rest: Rest, live: Channel) -> None:
    thread = live.thread("tonight")
    live.deny_bot("send_messages")
    assert (await _say(rest, live), await _say(rest, thread)) == (50013, 200)
    assert [bool(place.bot_permissions & BITS["embed_links"]) for place in (live, thread)] == [False, True]
    live.deny_bot("send_messages_in_threads")
    assert await _say(rest, thread) == 50013
    assert not thread.bot_permissions & BITS["embed_links"]
    live.deny_bot("view_channel")
    assert await _say(rest, thread) == 50001


async def test_writing_wakes_an_archived_thread_unless_it_is_locked(rest: Rest, live: Channel) -> None:
    thread = live.thread("tonight")
    thread.change(archived=True)
    assert await _say(rest, thread) == 200
    assert not thread.archived
    thread.change(locked=True)
    assert await _say(rest, thread) == 160005
    thread.change(archived=True)
    assert await _say(rest, thread) == 50083
    live.allow_bot("manage_threads")
    assert await _say(rest, thread) == 200


async def test_a_message_in_an_archived_thread_cannot_be_edited(rest: Rest, live: Channel) -> None:
    thread = live.thread("tonight")
    await _say(rest, thread)
    thread.change(archived=True)
    path = f"/channels/{thread.id}/messages/{thread.messages[0].id}"
    assert (await rest("PATCH", path, {"content": "y"})).code == 50083


async def test_a_private_thread_is_for_those_in_it(rest: Rest, live: Channel) -> None:
    thread = live.thread("staff", "private_thread")
    assert await _say(rest, thread) == 50001
    thread.joined.add(live.guild.bot.id)
    assert await _say(rest, thread) == 200


async def test_a_forum_takes_posts_and_no_messages(rest: Rest, live: Channel) -> None:
    forum = live.guild.channel("lives", "forum")
    assert await _say(rest, forum) == 50008
    answer = await rest("POST", f"/channels/{forum.id}/threads", {"name": "alice", "message": {"content": "is live"}})
    assert (answer.status, answer.body["message"]["content"], answer.body["parent_id"]) == (201, "is live", str(forum.id))
    assert (await rest("POST", f"/channels/{forum.id}/threads", {"name": "empty", "message": {}})).code == 50006


async def test_a_voice_channel_has_a_chat(rest: Rest, live: Channel) -> None:
    assert await _say(rest, live.guild.channel("talk", "voice")) == 200


@pytest.mark.misbehaves
async def test_a_message_has_one_thread_and_shares_its_id(rest: Rest, live: Channel) -> None:
    live.allow_bot("create_public_threads")
    await _say(rest, live)
    path = f"/channels/{live.id}/messages/{live.messages[0].id}/threads"
    answer = await rest("POST", path, {"name": "about"})
    assert (answer.status, answer.body["id"]) == (201, str(live.messages[0].id))
    assert (await rest("POST", path, {"name": "again"})).code == 160004
    assert (await rest("POST", path, {"name": ""})).code == 50035


async def test_what_the_bot_may_change_of_a_thread(rest: Rest, live: Channel) -> None:
    thread = live.thread("tonight")
    path = f"/channels/{thread.id}"
    assert (await rest("PATCH", path, {"locked": True})).code == 50013
    thread.change(archived=True)
    assert (await rest("PATCH", path, {"archived": False})).status == 200
    live.allow_bot("manage_threads")
    assert (await rest("PATCH", path, {"archived": True, "locked": True})).body["thread_metadata"]["locked"] is True
    assert (await rest("PATCH", path, {"name": "other"})).code == 50083
    assert (await rest("DELETE", path)).status == 200
    assert (await rest("GET", path)).code == 10003


async def test_discord_py_hears_of_threads_from_their_beginning_to_their_end(
    discord_server: Discord, aimed: Aim, live: Channel
) -> None:
    early = live.thread("early")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        guild = bot.get_guild(live.guild.id)
        assert guild is not None
        found = guild.get_thread(early.id)
        assert found is not None
        assert found.parent_id == live.id
        await found.send("hello")
        hears = {name: asyncio.ensure_future(bot.wait_for(name, timeout=5)) for name in ("thread_create", "thread_delete")}
        await asyncio.sleep(0)
        late = live.thread("late")
        assert (await hears["thread_create"]).id == late.id
        late.change(locked=True)
        before, after = await bot.wait_for("thread_update", timeout=5)
        assert (before.locked, after.locked) == (False, True)
        late.delete()
        assert (await hears["thread_delete"]).id == late.id
    assert [m.content for m in early.messages] == ["hello"]
    assert discord_server.violations == []


async def test_who_is_let_into_a_channel_learns_its_threads(discord_server: Discord, aimed: Aim, live: Channel) -> None:
    live.deny_bot("view_channel")
    thread = live.thread("tonight")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        guild = bot.get_guild(live.guild.id)
        assert guild is not None
        guild._clear_threads()
        hears = asyncio.ensure_future(bot.wait_for("thread_join", timeout=5))
        await asyncio.sleep(0)
        live.allow_bot("view_channel")
        assert (await hears).id == thread.id


async def test_discord_py_starts_threads_and_posts(discord_server: Discord, aimed: Aim, live: Channel) -> None:
    live.allow_bot("create_public_threads", "create_private_threads")
    forum = live.guild.channel("lives", "forum")
    aimed(discord_server)
    async with running(discord_server, Relay()) as bot:
        channel, posts = bot.get_channel(live.id), bot.get_channel(forum.id)
        assert isinstance(channel, discord.TextChannel)
        assert isinstance(posts, discord.ForumChannel)
        public = await channel.create_thread(name="open", type=discord.ChannelType.public_thread)
        private = await channel.create_thread(name="closed")
        under = await (await channel.send("a message")).create_thread(name="under")
        post = await posts.create_thread(name="alice", content="is live")
        await private.send("psst")
        assert [t.type.name for t in (public, private, under, post.thread)] == [
            "public_thread", "private_thread", "public_thread", "public_thread",
        ]  # fmt: skip
    assert discord_server.violations == []
