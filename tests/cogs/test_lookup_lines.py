"""The menu "TikTok line…" over a real socket: what may be done with one line of a post of ours, and by whom."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.events.ids import Handle, MessageId, ViewerId
from bot.model.guild import GuildSettings
from bot.model.ids import DiscordRoleId, DiscordUserId, GuildId
from bot.model.viewer import Subject
from bot.storage.tables import config_audit
from tests.doubles.community import Community
from tests.doubles.court import BOB, EVE, ROOM, Court, choose_first, controls, line, opened, options, shown


@pytest.fixture
async def court(community: Community) -> Court:
    return await opened(community)


async def test_the_menu_lists_a_posts_lines_with_what_was_folded_as_its_sources(court: Court) -> None:
    two, three = line(2, "**bob** g\\*g"), line(3, "**eve** g\\*g", EVE)
    both = replace(two, text="g\\*g ×2", viewer_id=ViewerId(""), message_id=MessageId(""), also=(two, three))
    menu = await court.opens_menu(await court.posted(line(1, "**bob** hi"), both))
    assert menu.ephemeral
    assert menu.content == "3 lines. Which one?"
    assert [(each["label"], each["description"]) for each in options(menu)] == [
        ("bob hi", "Line 1"),
        ("bob g*g", "Line 2, 1 of 2 that say the same"),
        ("eve g*g", "Line 2, 2 of 2 that say the same"),
    ]


async def test_many_lines_come_in_pages_of_25(court: Court) -> None:
    menu = await court.opens_menu(await court.posted(*(line(n, f"**bob** {n}") for n in range(1, 31))))
    assert len(options(menu)) == 25
    after = next(each for each in controls(menu) if each.startswith("line:list:") and each.endswith(":1"))
    await court.presses(menu, after)
    await court.community.discord.until(lambda: len(options(menu)) == 5)
    assert options(menu)[-1]["label"] == "bob 30"


async def test_a_line_leads_to_its_author_a_case_and_the_watchlist(court: Court) -> None:
    await court.hears(court.said(7, "hi"))
    menu = await court.opens_menu(await court.posted(line(7, "**bob** hi")))
    await choose_first(court, menu)
    assert menu.content == "> **bob** hi"
    acts = {each.split(":")[1]: each for each in controls(menu)}
    assert list(acts) == ["look", "case", "watch", "hide", "list"]
    await court.presses(menu, acts["case"])
    await court.community.discord.until(lambda: "Case **#12**" in menu.content)
    await court.presses(menu, acts["watch"])
    await court.community.discord.until(lambda: "on the watchlist now." in menu.content)
    await court.presses(menu, acts["watch"])
    await court.community.discord.until(lambda: "on the watchlist already." in menu.content)
    await court.presses(menu, acts["look"])
    await court.community.discord.until(lambda: "Wrote: 1 comment in 1 LIVE" in shown(menu))
    subject = Subject(BOB, Handle("bob"), "Bob", court.ours.creator_id, ROOM, 7, 7, 1, court.ours.id)
    assert [each for _, each, _ in court.desk.opened] == court.desk.listed[:1] == [subject]


async def test_hiding_takes_one_line_out_of_our_copy_once_and_is_audited(court: Court) -> None:
    message = await court.posted(line(1, "**bob** hi"), line(2, "**bob** bye"))
    menu = await court.opens_menu(message)
    await choose_first(court, menu)
    hide = next(each for each in controls(menu) if each.startswith("line:hide"))
    presses = [await court.community.discord.press(menu, court.mod, hide) for _ in range(2)]
    for pressed in presses:
        await pressed.acknowledged()
    await court.community.discord.until(lambda: "🗑️ removed" in menu.content)
    (corrected,) = court.desk.corrected
    assert [(each.text, each.struck) for each in corrected.lines] == [("", True), ("**bob** bye", False)]
    assert corrected.message_id == message.id
    rows = await court.community.db.read(lambda c: c.execute(select(config_audit.c.action, config_audit.c.actor_id)).all())
    assert [tuple(row) for row in rows].count(("line.hidden", court.mod.id)) == 1


async def test_a_message_without_lines_of_ours_is_answered_in_a_sentence(court: Court) -> None:
    live = court.community.live
    card = court.world.post(live, live.guild.bot.user, content="a card")
    foreign = await court.posted(line(1, "**bob** secret"), watch=court.theirs)
    for message in (live.say(court.mod, "hello"), card, foreign):
        answer = await court.opens_menu(message)
        assert answer.content.startswith("No lines that I relayed into this server are known of that message")


async def test_the_menu_is_for_moderators(court: Court) -> None:
    nobody = court.community.live.guild.member("nobody", permissions=["view_channel", "send_messages"])
    answer = await court.opens_menu(await court.posted(line(1, "**bob** hi")), by=nobody)
    assert "Manage Messages" in answer.content


async def test_a_moderator_role_of_another_guild_moderates_nothing_here(court: Court) -> None:
    role = court.there.guild.role("mods")
    settings = GuildSettings(moderator_role_id=DiscordRoleId(role.id))
    await court.services.guilds.change(GuildId(court.there.guild.id), lambda _: settings, DiscordUserId(1))
    nobody = court.community.live.guild.member("nobody", permissions=["view_channel", "send_messages"])
    assert "Manage Messages" in (await court.finds("bob", by=nobody)).content
