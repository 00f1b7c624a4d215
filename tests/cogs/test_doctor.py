"""/doctor: privately, for those who may configure, and with everything that is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model.creator import CreatorState
from bot.model.guild import GuildSettings
from bot.model.ids import ChannelId, DiscordRoleId, DiscordUserId, GuildId
from bot.modes.vitals import RunningVitals
from bot.services.doctor import Unseen
from bot.services.remedies import TELL_AFTER_S
from bot.storage import guilds
from sandbox.discord.interactions import Interaction
from sandbox.discord.world import Message
from tests.doubles.town import Town, opened


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with opened(tmp_path) as town:
        bot = town.community.bot
        assert bot is not None
        bot.services.doctor.vitals = RunningVitals(town.dispatcher, town.outbox, town.servers, Unseen().health)
        yield town


def text(answer: Message) -> str:
    return "\n".join([answer.content, *(f"{each.get('title', '')}\n{each['description']}" for each in answer.embeds)])


async def pages(town: Town, interaction: Interaction) -> list[Message]:
    await interaction.answered()
    await town.until(lambda: interaction.messages)
    return interaction.messages


async def test_a_watch_that_is_well_shows_each_permission(town: Town) -> None:
    placed = await town.watch()
    await town.community.tiktok_says("alice", CreatorState.OFFLINE)
    town.say(placed, "hello")
    await town.until(lambda: town.community.live.messages)
    await town.until(town.dispatcher.is_idle)  # the post is in the ledger
    (answer,) = await pages(town, await town.community.use("doctor"))
    assert answer.ephemeral
    said = text(answer)
    assert "1 well, 0 failing, 0 paused" in said
    assert f"✅ @alice → <#{town.community.live.id}>" in said
    assert "⚫ offline" in said
    assert "✅ View Channel ✅ Send Messages ✅ Embed Links ✅ Read Message History" in said
    assert f"/{town.fans.id}/{town.community.live.id}/{town.community.live.messages[0].id}" in said


async def test_what_is_missing_is_marked_with_where_to_grant_it(town: Town) -> None:
    placed = await town.watch()
    town.community.live.deny_bot("send_messages")
    await town.refused(placed)
    await town.look()
    await town.later(TELL_AFTER_S)
    said = text((await pages(town, await town.community.use("doctor", creator="alice")))[0])
    assert "0 well, 1 failing" in said
    assert "**Fault** <t:" in said
    assert "I may not write in" in said
    assert "❌ Send Messages" in said
    assert "Edit Channel > Permissions" in said
    assert "Discord's code 50013" in said


async def test_a_deleted_channel_is_paused_and_says_why(town: Town) -> None:
    news = town.fans.channel("news")
    await town.watch(channel=news)
    news.delete()
    await town.look()
    said = text((await pages(town, await town.community.use("doctor")))[0])
    assert "⏸️ @alice" in said
    assert "nothing could be posted" in said
    assert "was deleted" in said


async def test_many_watches_take_several_pages_that_are_turned_in_place(town: Town) -> None:
    for number in range(24):
        await town.watch(f"creator_{number:02}")
    interaction = await town.community.use("doctor")
    (first,) = await pages(town, interaction)
    assert "creator\\_00" in text(first)
    assert len(first.embeds[0]["description"]) <= 4096
    back, on = (each["custom_id"] for each in first.components[0]["components"])
    seen = text(first).count("### ")
    while not first.components[0]["components"][1].get("disabled"):
        before = text(first)
        await town.community.discord.press(first, town.community.admin, first.components[0]["components"][1]["custom_id"])
        await town.until(lambda before=before: text(first) != before)  # type: ignore[misc]
        seen += text(first).count("### ")
    assert seen == 24
    assert (back, on) == ("doctor:0:0", "doctor:0:1")
    assert first.ephemeral


async def test_only_those_who_configure_may_ask(town: Town) -> None:
    await town.watch()
    for registered in town.community.discord.commands:
        registered.body["default_member_permissions"] = None
    bob = town.fans.member("bob", permissions=["view_channel", "send_messages"])
    assert "This needs the **Manage Server** permission" in await town.community.asked("doctor", by=bob)
    discord, live = town.community.discord, town.community.live
    assert await discord.autocomplete(live, bob, "doctor", {"creator": "a"}, "creator") == []
    offers = await discord.autocomplete(live, town.community.admin, "doctor", {"creator": "@ali"}, "creator")
    assert offers == [{"name": "@alice", "value": "alice"}]


async def test_nobody_of_that_name_is_said(town: Town) -> None:
    await town.watch()
    assert "Nobody of that name is watched here" in await town.community.asked("doctor", creator="bob")


async def test_where_alerts_go_is_examined_too(town: Town) -> None:
    await town.watch()
    mods, role = town.fans.channel("mods"), town.fans.role("night shift")
    settings = GuildSettings(alert_channel_id=ChannelId(mods.id), alert_role_id=DiscordRoleId(role.id))
    await town.community.db.write(guilds.change, GuildId(town.fans.id), settings=settings, by=DiscordUserId(1), now_ms=1)

    mods.deny_bot("mention_everyone")

    async def told(part: str) -> str:
        """The examination, as soon as the gateway has told of what happened."""
        said = ""
        async with asyncio.timeout(15):
            while part not in said:
                said = text((await pages(town, await town.community.use("doctor")))[0])
        return said.split("###")[1]

    said = await told("❌ Mention @everyone, @here, and All Roles")
    assert f"❌ Alerts → <#{mods.id}>" in said
    assert "⚠️ Everybody in this server can read this channel" in said
    mods.overwrite(town.fans.everyone, deny=["view_channel"])
    mods.allow_bot("view_channel")
    town.fans.change_role(role, mentionable=True)
    said = await told(f"✅ Alerts → <#{mods.id}>")
    assert "✅ View Channel ✅ Send Messages ✅ Embed Links ✅ Read Message History" in said
    assert "Everybody" not in said
    mods.deny_bot("embed_links")
    assert "✅ Send Messages ❌ Embed Links" in await told("❌ Alerts")
    town.fans.delete_role(role)
    await told("❌ The role that is to be pinged is not there any more")
    mods.delete()
    assert "`/alerts channel` names another one." in await told("I do not see this channel")
    assert "Alerts" not in text((await pages(town, await town.community.use("doctor", creator="alice")))[0])
