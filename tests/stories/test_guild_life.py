"""The bot is thrown out, called back, and loses channels while creators are live: the whole bot, from TikTok's socket on."""

from __future__ import annotations

from bot.storage import watches
from sandbox.discord.world import Channel
from sandbox.tiktok.viewer import Viewer
from tests.doubles.house import House, lines, told

BOB = Viewer("bob", "Bob")


def moderators(house: House) -> Channel:
    """Where Discord itself writes to the moderators."""
    staff = house.guild.channel("moderators-only")
    house.guild.change(public_updates_channel_id=staff.id)
    return staff


async def test_a_server_without_the_bot_is_watched_for_no_longer_and_one_press_brings_it_back(house: House) -> None:
    room, channel, staff = house.already_live("alice"), house.guild.channel("live"), moderators(house)
    await house.watch("alice", channel)
    room.chat(BOB, "before")
    await house.until(lambda: lines(channel) == ["**Bob** before"])

    house.guild.kick_bot()
    # Ingest lets go of whom nobody watches half a minute later; that is its own affair.
    while await house.parts.db.read(watches.active):
        await house.parts.caretaker.look()
    room.chat(BOB, "while nobody of us was there")
    house.guild.invite_bot()
    await house.until(lambda: staff.messages)
    (notice,) = staff.messages
    assert await house.parts.db.read(watches.active) == [], "who was thrown out does not go on by itself"

    button = notice.components[0]["components"][0]["custom_id"]
    pressed = await house.sandbox.discord.press(notice, house.you, button)
    await house.until(lambda: "1 watch goes on." in told(pressed))
    await house.until(lambda: house.parts.supervisor.snapshot().connected == 1)
    room.chat(BOB, "after")
    await house.until(lambda: lines(channel)[-1:] == ["**Bob** after"])
    assert "**Bob** while nobody of us was there" not in lines(channel)
    assert len(staff.messages) == 1


async def test_an_outage_of_discord_costs_no_watch_and_no_connection(house: House) -> None:
    room, channel, staff = house.already_live("alice"), house.guild.channel("live"), moderators(house)
    await house.watch("alice", channel)
    await house.until(lambda: room.sockets == 1)
    house.guild.begin_outage()
    await house.until(lambda: house.parts.client.get_guild(house.guild.id).unavailable)  # type: ignore[union-attr]
    await house.parts.caretaker.look()
    house.guild.end_outage()
    await house.until(lambda: not house.parts.client.get_guild(house.guild.id).unavailable)  # type: ignore[union-attr]
    await house.parts.caretaker.look()
    room.chat(BOB, "still here")
    await house.until(lambda: lines(channel) == ["**Bob** still here"])
    assert (room.sockets, room.connects) == (1, 1)
    assert staff.messages == []


async def test_a_channel_that_is_deleted_during_a_live_stops_alone(house: House) -> None:
    room, channel, staff = house.already_live("alice"), house.guild.channel("live"), moderators(house)
    doomed = house.guild.channel("doomed")
    for place in (channel, doomed):
        await house.watch("alice", place)
    doomed.delete()
    room.chat(BOB, "is anybody there?")
    await house.until(lambda: lines(channel) == ["**Bob** is anybody there?"])
    await house.until(lambda: staff.messages)
    assert "was deleted" in staff.messages[0].content
    examined = await house.types(channel, "doctor")
    await house.until(lambda: "⏸️" in told(examined))
    assert "✅ @alice" in told(examined)
