"""Whole journeys of what is posted once and edited: a LIVE from its beginning to its end, and the PK in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.model.ids import DiscordRoleId, DiscordUserId
from bot.model.watch import Watch
from bot.storage import watches
from sandbox.app import Sandbox
from sandbox.discord.values import Role
from sandbox.discord.world import Channel, Message
from sandbox.tiktok.viewer import Viewer
from tests.doubles.house import House, at_work, plain

BOB = Viewer("bob", "Bob")


def cards(channel: Channel, sign: str) -> list[Message]:
    """The channel's messages with an embed, of which sentence or title holds this."""
    return [each for each in channel.messages if each.embeds and sign in plain(f"{each.content} {each.embeds[0].get('title')}")]


def shown(message: Message) -> str:
    """All that an embed says."""
    embed = message.embeds[0]
    fields = [f"{each['name']}: {each['value']}" for each in embed.get("fields") or ()]
    return plain("\n".join([str(embed.get("title")), str(embed.get("description") or ""), *fields]))


async def pinging(house: House, role: Role) -> Watch:
    """The only watch pings this role from the next start on."""
    [watch] = await house.parts.db.read(watches.active)
    settings = replace(watch.settings, ping_role_id=DiscordRoleId(role.id))
    changed = await house.parts.db.write(
        watches.change,
        guild_id=watch.guild_id,
        watch_id=watch.id,
        settings=settings,
        by=DiscordUserId(house.you.user.id),
        now_ms=1,
    )
    assert changed is not None
    return changed


@pytest.mark.long
async def test_a_live_is_announced_with_one_ping_and_edited_when_it_is_over(sandbox: Sandbox, database: Path) -> None:
    alice, zoe = sandbox.tiktok.creator("alice"), sandbox.tiktok.creator("zoe")
    async with at_work(sandbox, database) as house:
        channel = house.guild.channel("live")
        role = house.guild.role("fans", mentionable=True)
        await house.watch("alice", channel)
        await pinging(house, role)

    async with at_work(sandbox, database) as house:
        room = alice.go_live("Drawing roses")
        await house.until(lambda: cards(channel, "is live"))
        [post] = cards(channel, "is live")
        assert post.pings.roles == (role.id,)
        assert "Drawing roses" in shown(post)
        await house.until(lambda: room.sockets == 1)
        room.count_viewers(140)
        room.battle_start(zoe, 60)
        await house.until(lambda: cards(channel, "PK: alice vs zoe"))

    async with at_work(sandbox, database) as house:
        await house.until(lambda: room.sockets == 1)
        room.battle_score(own_fans=[(BOB, 30)], rival=20, giver=BOB)
        room.battle_finish()
        await house.until(lambda: cards(channel, "PK over: alice wins"))
        room.battle_punish_finish()
        [pk] = [each for each in channel.messages if each.embeds and "PK" in str(each.embeds[0].get("title"))]
        assert "MVP of alice: **Bob** (30)" in shown(pk)
        assert cards(channel, "is live") == [post], "a restart in the middle of a LIVE announces nothing"

        room.end()
        await house.until(lambda: cards(channel, "was live"))
    [after] = [each for each in channel.messages if "Drawing roses" in shown_or_nothing(each)]
    assert after.id == post.id
    assert "Peak viewers" in shown(after)
    assert sum(len(each.pings.roles) for each in channel.messages) == 1


def shown_or_nothing(message: Message) -> str:
    return shown(message) if message.embeds else ""


async def test_two_watched_creators_in_one_channel_share_the_card_of_their_battle(house: House) -> None:
    alice, zoe = house.already_live("alice"), house.already_live("zoe")
    channel = house.guild.channel("live")
    await house.watch("alice", channel)
    await house.watch("zoe", channel)
    await house.until(lambda: alice.sockets == zoe.sockets == 1)

    alice.battle_start(zoe.creator, 60)
    alice.battle_score(own=5, rival=9)
    alice.battle_finish()
    await house.until(lambda: cards(channel, "PK over"))
    alice.battle_punish_finish()
    alice.chat(BOB, "good game")
    await house.until(lambda: any("good game" in each.content for each in channel.messages))
    await house.until(house.parts.outbox.is_idle)

    assert len(cards(channel, "PK")) == 1


async def test_what_ended_while_the_bot_was_down_and_what_is_watched_no_longer_does_not_stand_as_live(
    sandbox: Sandbox, database: Path
) -> None:
    alice, zoe = sandbox.tiktok.creator("alice"), sandbox.tiktok.creator("zoe")
    async with at_work(sandbox, database) as house:
        channel = house.guild.channel("live")
        await house.watch("alice", channel)
        await house.watch("zoe", channel)
        room, other = alice.go_live("Drawing roses"), zoe.go_live("Drawing tulips")
        await house.until(lambda: room.sockets == other.sockets == 1 and len(cards(channel, "is live")) == 2)
        other.battle_start(alice, 60)
        await house.until(lambda: cards(channel, "PK: "))
        await house.unwatch("zoe", channel)
        await house.until(lambda: any("Relayed until" in shown(each) for each in cards(channel, "@zoe** was live")))
        assert cards(channel, "PK: "), "alice is watched, and it is her battle, too"
    room.end()

    async with at_work(sandbox, database) as house:
        await house.until(lambda: cards(channel, "@alice** was live"))
    assert cards(channel, "is live") == []
