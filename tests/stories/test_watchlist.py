"""A server's watchlist over the whole bot: what it hides, marks and alerts of, and that no other server notices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.app import Sandbox
from sandbox.discord.world import Channel, Guild, Member, Message
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktok.world import Room
from tests.doubles.house import House, at_work, lines, plain, told

BOB, EVE = Viewer("bob", "Bob"), Viewer("eve", "Eve")
SPAM = "Get 1000 followers at my profile"
MODS = ("manage_messages", "view_channel", "send_messages")


def crowd(count: int) -> list[Viewer]:
    return [Viewer(f"bot{number}", f"Bot {number}") for number in range(count)]


def private(guild: Guild, name: str = "mods") -> Channel:
    """A channel that @everyone cannot see, and the bot and admins can."""
    channel = guild.channel(name)
    channel.overwrite(guild.everyone, deny=["view_channel"])
    channel.allow_bot("view_channel", "send_messages", "read_message_history")
    for member in guild.members.values():
        if member.id != guild.bot.id:
            channel.overwrite(member, allow=["view_channel", "send_messages"])
    return channel


async def two_guilds(house: House) -> tuple[Room, Channel, Channel, Member]:
    """Both watch alice; the second one knows of no watchlist."""
    room = house.already_live("alice")
    ours = house.guild.channel("live")
    rivals = house.sandbox.discord.guild("Rivals")
    admin = rivals.member("ria", permissions=["manage_guild", "view_channel", "send_messages"])
    theirs = rivals.channel("live")
    await house.until(lambda: house.parts.client.get_guild(rivals.id) is not None)
    await house.watch("alice", ours)
    await house.types(theirs, "watch", admin, creator="alice", channel=theirs)
    await house.until(lambda: room.sockets == 1 and house.parts.relay.following == 1)
    return room, ours, theirs, admin


async def adds(house: House, where: Channel, **options: Any) -> str:
    answer = await house.types(where, "alerts watch add", **options)
    assert "On the watchlist from now on" in told(answer), told(answer)
    return told(answer)


async def takes_effect(house: House, rules: int) -> None:
    """Until so many rules are those that hide and highlight."""
    await house.until(lambda: house.parts.watchlists.relayed.rules == rules)


def shown(message: Message) -> str:
    embed = message.embeds[0] if message.embeds else {}
    return plain(f"{message.content}\n{embed.get('title', '')}\n{embed.get('description', '')}")


async def test_a_hidden_word_never_appears_and_another_server_sees_it_unchanged(house: House) -> None:
    room, ours, theirs, _ = await two_guilds(house)
    await adds(house, ours, kind="keyword", pattern="spoiler", action="hide")
    await takes_effect(house, 1)

    room.chat(BOB, "before")
    for text in ("SPOILER: he dies", "s p o i l e r", "ѕpoiler"):
        room.chat(EVE, text)
    room.chat(BOB, "after")

    await house.until(lambda: "**Bob** after" in lines(ours) and "**Bob** after" in lines(theirs))
    assert lines(ours) == ["**Bob** before", "**Bob** after"]
    assert len(lines(theirs)) == 5
    await house.until(lambda: house.parts.keeper.kept == 5)
    found = await house.types(ours, "lookup", user="eve")
    assert "SPOILER\\: he dies" in told(found), "what is hidden is kept: moderators still find it"


async def test_a_highlighted_user_is_marked_and_another_server_sees_the_line_unchanged(house: House) -> None:
    room, ours, theirs, _ = await two_guilds(house)
    await adds(house, ours, kind="user", pattern="@Eve", action="highlight")
    await takes_effect(house, 1)

    room.chat(EVE, "it is me")
    room.chat(BOB, "and me")

    await house.until(lambda: "**Bob** and me" in lines(ours) and "**Bob** and me" in lines(theirs))
    assert lines(ours) == ["⭐ **Eve** it is me", "**Bob** and me"]
    assert lines(theirs) == ["**Eve** it is me", "**Bob** and me"]


async def test_a_rule_that_is_switched_off_or_removed_hides_no_more(house: House) -> None:
    room, ours, _, _ = await two_guilds(house)
    await adds(house, ours, kind="keyword", pattern="spoiler", action="hide")
    await adds(house, ours, kind="regex", pattern="^psst", action="hide")
    await takes_effect(house, 2)
    room.chat(EVE, "a spoiler")
    room.chat(EVE, "psst")
    listed = await house.types(ours, "alerts watch list")
    (menu,) = [each for each in listed.messages[0].components for each in each["components"] if each["type"] == 3]
    chosen = menu["options"][0]["value"]
    await house.sandbox.discord.choose(listed.messages[0], house.you, menu["custom_id"], [chosen])
    await house.until(lambda: "⏸️" in told(listed))
    await house.types(ours, "alerts watch remove", rule="psst")
    await takes_effect(house, 0)

    room.chat(EVE, "a spoiler again")
    room.chat(EVE, "psst again")

    await house.until(lambda: "**Eve** psst again" in lines(ours))
    assert lines(ours) == ["**Eve** a spoiler again", "**Eve** psst again"]


async def alerted(house: House, ours: Channel) -> Channel:
    mods = private(house.guild)
    answer = await house.types(ours, "alerts channel", channel=mods)
    assert f"**Alerts** go to <#{mods.id}>" in told(answer), told(answer)
    return mods


async def test_a_spam_wave_is_one_alert(house: House) -> None:
    room, ours, theirs, ria = await two_guilds(house)
    mods = await alerted(house, ours)
    await house.types(ours, "alerts watch detector", name="repeats", action="alert")
    await adds(house, ours, kind="keyword", pattern="followers", action="highlight")
    await house.until(lambda: house.parts.lookout.following == 1)

    for number, viewer in enumerate(crowd(12)):
        room.chat(viewer, SPAM + "!" * (number % 3))
    room.chat(BOB, "what is this?")

    await house.until(lambda: mods.messages and "repeated text, by 12 accounts" in shown(mods.messages[0]))
    assert len(mods.messages) == 1
    assert "Watchlist: 12 comments in @alice's live" in shown(mods.messages[0])
    assert "repeated text" in shown(mods.messages[0])
    assert "followers at my" not in shown(mods.messages[0]), "a viewer's text never stands on a card"
    cases = await house.types(ours, "cases")
    assert told(cases).count("#1") == 1
    assert "#2" not in told(cases)
    assert "#1" not in told(await house.types(theirs, "cases", ria)), "the rivals have no case"
    await house.until(lambda: "**Bob** what is this?" in lines(theirs))
    assert not [message for message in theirs.messages if message.embeds]


async def test_a_wave_goes_on_as_one_alert_after_a_restart(sandbox: Sandbox, database: Path) -> None:
    async with at_work(sandbox, database) as house:
        room, ours, _, _ = await two_guilds(house)
        mods = await alerted(house, ours)
        await house.types(ours, "alerts watch detector", name="repeats", action="alert")
        await house.until(lambda: house.parts.lookout.following == 1)
        for viewer in crowd(6):
            room.chat(viewer, SPAM)
        await house.until(lambda: mods.messages and "by 6 accounts" in shown(mods.messages[0]))
    async with at_work(sandbox, database) as house:
        await house.until(lambda: room.sockets == 1 and house.parts.lookout.following == 1)
        for viewer in crowd(8)[6:]:
            room.chat(viewer, SPAM)
        await house.until(lambda: "by 8 accounts" in shown(mods.messages[0]))
    assert len(mods.messages) == 1


async def test_a_hit_alerts_once_for_each_author_until_the_cool_down_is_over(house: House) -> None:
    room, ours, _, _ = await two_guilds(house)
    mods = await alerted(house, ours)
    await adds(house, ours, kind="phrase", pattern="buy * followers", action="alert", cooldown=3600)
    await house.until(lambda: house.parts.lookout.following == 1)

    for text in ("buy cheap followers", "BUY MORE FOLLOWERS", "buy my followers"):
        room.chat(EVE, text)
    room.chat(BOB, "buy no followers")

    await house.until(lambda: len(mods.messages) == 2)
    said = [shown(message) for message in mods.messages]
    assert all("phrase “buy \\* followers”" in each for each in said), said
    assert ["Eve" in each for each in said] == [True, False]
    await house.until(lambda: "**Bob** buy no followers" in lines(ours))
    assert sum("followers" in line.lower() for line in lines(ours)) == 4, "to alert hides nothing"
    assert len(mods.messages) == 2


@pytest.mark.parametrize("action", ["hide", "highlight"])
async def test_repeated_text_is_hidden_or_marked_once_it_is_a_wave(house: House, action: str) -> None:
    room, ours, theirs, _ = await two_guilds(house)
    await house.types(ours, "alerts watch detector", name="repeats", action=action)
    await takes_effect(house, 1)
    texts = [f"Bob says it again{'!' * number}" for number in range(6)]
    for text in texts:
        room.chat(BOB, text)
    room.chat(EVE, "enough")
    await house.until(lambda: "**Eve** enough" in lines(ours) and "**Eve** enough" in lines(theirs))
    mark = "⭐ " if action == "highlight" else ""
    later = [] if action == "hide" else [f"{mark}**Bob** {text}" for text in texts[3:]]
    assert lines(ours) == [f"**Bob** {text}" for text in texts[:3]] + later + ["**Eve** enough"]
    assert lines(theirs) == [f"**Bob** {text}" for text in texts] + ["**Eve** enough"]
