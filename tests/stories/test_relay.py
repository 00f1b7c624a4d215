"""Whole journeys: what is said in a TikTok room, and what then stands in Discord."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.clock import SystemClock
from sandbox.app import Sandbox
from sandbox.tiktok.viewer import Viewer
from tests.doubles.house import SOON_S, House, at_work, lines, once_each, told

BOB = Viewer("bob", "Bob")
EVE = Viewer("eve", "Eve")


async def test_watching_a_creator_brings_her_room_into_the_channel(house: House) -> None:
    room = house.already_live("alice")
    channel = house.guild.channel("live")

    typed = await house.watch("https://www.tiktok.com/@Alice/live?lang=en", channel)
    room.chat(BOB, "hello from Lisbon!")
    room.gift(BOB, "Rose", 5)
    room.follow(EVE)
    room.share(EVE)

    assert "🔴" in told(typed)
    await house.until(lambda: any("shared" in line for line in lines(channel)))
    shown = lines(channel)
    assert shown[0] == "**Bob** hello from Lisbon!"
    assert [line for line in shown if "Rose" in line] == ["🎁 **Bob** sent Rose ×5 (5 💎)"]
    assert any("**Eve** followed" in line for line in shown)


@pytest.mark.long
async def test_fifty_guilds_watch_alice_and_tiktok_sees_one_socket(house: House) -> None:
    room = house.already_live("alice")
    channels = []
    for number in range(50):
        guild = house.sandbox.discord.guild(f"Guild {number}")
        admin = guild.member("admin", permissions=["manage_guild", "view_channel", "send_messages"])
        channel = guild.channel("live")
        await house.until(lambda guild=guild: house.parts.client.get_guild(guild.id) is not None)  # type: ignore[misc]
        await house.types(channel, "watch", admin, creator="alice", channel=channel)
        channels.append(channel)
    await house.until(lambda: room.sockets)

    room.chat(BOB, "all of you")

    await house.until(lambda: all(lines(channel) == ["**Bob** all of you"] for channel in channels))
    assert (room.sockets, room.connects) == (1, 1)


async def test_a_removed_comment_loses_its_text_in_the_relayed_copy(house: House) -> None:
    room = house.already_live("alice")
    channel = house.guild.channel("live")
    await house.watch("alice", channel)
    bad = room.chat(EVE, "buy followers")
    room.chat(BOB, "stays")
    await house.until(lambda: "**Bob** stays" in lines(channel))

    room.delete(message_ids=[bad])

    await house.until(lambda: not any("buy followers" in line for line in lines(channel)), timeout_s=5.0)
    assert "**Bob** stays" in lines(channel)
    await house.until(lambda: any("🗑" in line and "was removed" in line for line in lines(channel)))


async def test_a_wipe_takes_all_of_a_viewers_lines_and_nobody_elses(house: House) -> None:
    room = house.already_live("alice")
    channel = house.guild.channel("live")
    await house.watch("alice", channel)
    for number in range(4):
        room.chat(EVE, f"spam {number}")
        room.chat(BOB, f"fine {number}")
    await house.until(lambda: "**Bob** fine 3" in lines(channel))

    room.delete(user_ids=[EVE.id])

    await house.until(lambda: not any("spam" in line for line in lines(channel)), timeout_s=5.0)
    assert not once_each([f"**Bob** fine {number}" for number in range(4)], lines(channel))


async def test_a_restart_loses_no_watch_and_repeats_no_line(sandbox: Sandbox, database: Path) -> None:
    async with at_work(sandbox, database) as house:
        room = house.already_live("alice")
        channel = house.guild.channel("live")
        await house.watch("alice", channel)
        room.chat(BOB, "before")
        await house.until(lambda: "**Bob** before" in lines(channel))
    assert room.sockets == 0

    async with at_work(sandbox, database) as house:
        await house.until(lambda: room.sockets == 1)
        room.chat(BOB, "after")
        await house.until(lambda: "**Bob** after" in lines(channel))
        listed = await house.types(channel, "watching")

    assert not once_each(["**Bob** before", "**Bob** after"], lines(channel))
    assert not any("is live" in line for line in lines(channel)), "a restart in the middle of a LIVE is no news"
    assert "@alice" in told(listed)


async def test_a_live_that_ends_and_a_new_one_are_told(house: House) -> None:
    alice = house.sandbox.tiktok.creator("alice")
    channel = house.guild.channel("live")
    typed = await house.watch("alice", channel)
    assert "⚫" in told(typed)

    alice.go_live("Drawing roses")
    await house.until(lambda: any("live" in line and "Drawing roses" in line for line in lines(channel)))
    room = alice.room
    assert room is not None
    await house.until(lambda: room.sockets == 1)
    room.end()

    await house.until(lambda: any("ended" in line for line in lines(channel)))
    assert sum("Drawing roses" in line for line in lines(channel)) == 1


async def test_unwatching_closes_the_lane_at_once(house: House) -> None:
    room = house.already_live("alice")
    channel = house.guild.channel("live")
    await house.watch("alice", channel)
    room.chat(BOB, "heard")
    await house.until(lambda: "**Bob** heard" in lines(channel))

    await house.unwatch("alice", channel)
    await house.until(lambda: house.parts.relay.following == 0)
    room.chat(BOB, "not heard")
    other = house.guild.channel("other")
    await house.watch("alice", other)
    room.chat(BOB, "heard elsewhere")

    await house.until(lambda: "**Bob** heard elsewhere" in lines(other))
    assert not any("not heard" in line for line in lines(channel) + lines(other))


async def test_what_tiktok_says_of_a_creator_is_what_the_admin_reads(house: House) -> None:
    channel = house.guild.channel("live")
    house.sandbox.tiktok.creator("sleepy")
    assert "⚫" in told(await house.watch("sleepy", channel))
    assert "❌" in told(await house.watch("nobody_of_that_name", channel))

    house.already_live("hidden")
    faults = house.sandbox.tiktok.faults
    faults.page, faults.api, faults.room_info = "captcha", "captcha", 403
    unclear = await house.watch("hidden", channel)
    assert "❔" in told(unclear)
    assert "<t:" in told(unclear), "it says when it looks again"


async def test_rubbish_on_the_socket_neither_ends_nor_delays_a_room(house: House) -> None:
    room = house.already_live("alice")
    channel = house.guild.channel("live")
    await house.watch("alice", channel)
    await house.until(lambda: room.sockets == 1)

    for rubbish in (b"", b"\xff" * 40, b"\x1f\x8b broken gzip", os.urandom(500), b"\x42\x7f\x00"):
        room.raw_frame(rubbish)
        room.raw("WebcastChatMessage", rubbish)
    room.chat(BOB, "still here")

    await house.until(lambda: "**Bob** still here" in lines(channel))
    assert (room.sockets, room.connects) == (1, 1)


async def test_what_nobody_logs_is_counted_unread(house: House) -> None:
    room = house.already_live("alice")
    channel = house.guild.channel("live")
    await house.watch("alice", channel)
    await house.until(lambda: room.sockets == 1)

    for method in ("WebcastMsgDetectMessage", "WebcastBrandNewMessage"):
        room.raw(method, b"\x08\x01")
    room.chat(BOB, "read this")

    await house.until(lambda: "**Bob** read this" in lines(channel))
    supervisor = house.parts.supervisor
    assert supervisor.skipped == {"WebcastMsgDetectMessage": 1, "WebcastBrandNewMessage": 1}
    assert not supervisor.counters.side
    assert not supervisor.counters.unknown


async def test_no_viewer_can_ping_anyone(house: House) -> None:
    room = house.already_live("alice")
    channel = house.guild.channel("live")
    await house.watch("alice", channel)
    mallory = Viewer("mallory", "@everyone **Admin**")
    attacks = ["@everyone", "@here <@1> <@&2> <#3>", "```", "**", "||", "two\nlines\u2028three", "[x](https://evil.example)"]
    for attack in attacks:
        room.chat(mallory, attack)
    room.chat(BOB, "after all that")

    await house.until(lambda: "**Bob** after all that" in lines(channel))
    assert not [message for message in channel.messages if message.pinged or message.previews]
    assert len(lines(channel)) == len(attacks) + 1, "one comment is one line"


@asynccontextmanager
async def writing(database: Path) -> AsyncIterator[None]:
    """Somebody else holds the database's write lock. Taken in a thread: the bot needs this loop to let go of it."""
    connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False, timeout=SOON_S)
    await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


@pytest.mark.long
async def test_a_blocked_database_delays_no_acknowledgement_and_loses_no_wish(house: House, database: Path) -> None:
    house.already_live("alice")
    channel = house.guild.channel("live")

    async with writing(database):
        wish = {"creator": "alice", "channel": channel}
        typed = await house.sandbox.discord.interact(channel, house.you, "watch", wish)
        await typed.acknowledged(3.0)
        await SystemClock().sleep(10.0)  # the story is about ten real seconds

    await house.until(lambda: "🔴" in told(typed))
