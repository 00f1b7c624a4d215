"""/lookup over a real socket: moderators ask who somebody is, and nobody else learns anything."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.events.ids import Handle, RoomId
from bot.model.guild import GuildSettings
from bot.model.ids import DiscordMessageId, DiscordRoleId, DiscordUserId, GuildId
from bot.model.viewer import Giving, Subject
from bot.services.viewers import PAGE
from bot.storage import viewers
from bot.storage.tables import config_audit
from bot.storage.tables import watch as table
from sandbox.discord.world import Member, Message
from tests.doubles.community import Community
from tests.doubles.court import BOB, EVE, ROOM, Court, choose_first, controls, forged, line, opened, options, shown


@pytest.fixture
async def court(community: Community) -> Court:
    return await opened(community)


# --- /lookup -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["bob", "@Bob", "https://www.tiktok.com/@bob?lang=en", "77", " 77 "])
async def test_a_viewer_is_found_by_handle_address_or_id_and_shown_privately(court: Court, typed: str) -> None:
    await court.hears(court.said(1, "hi *there* @everyone"), court.said(2, "rude", removed=True, ago_s=30))
    await court.community.db.write(
        viewers.count_gifts, givings=[Giving(court.ours.creator_id, BOB, ROOM, 3, 4, 1200, court.now_ms - 5000)]
    )
    answer = await court.finds(typed)
    assert answer.ephemeral
    said = shown(answer)
    for part in ("Bob", "`77`", "Wrote: 2 comments in 1 LIVE", "Gave: 4 gifts · 1,200 💎", "1 comment · the last <t:"):
        assert part in said
    assert said.index("🗑️ rude") < said.index(r"hi \*there\* @everyone")
    assert court.community.live.messages == []


async def test_the_removals_of_several_lives_in_a_row_are_said(court: Court) -> None:
    rows = [replace(court.said(n, "x", ago_s=100 - n, removed=n > 1), room_id=RoomId(str(n))) for n in range(1, 5)]
    await court.hears(*rows)
    assert "Removed on TikTok: 3 comments · in 3 LIVEs in a row · the last <t:" in shown(await court.finds("bob"))


async def test_earlier_handles_and_whoever_else_had_this_one_are_named(court: Court) -> None:
    await court.hears(court.said(1, "a", ago_s=90), handle="old.bob", nickname="Robert")
    await court.hears(court.said(2, "b", ago_s=80))
    await court.hears(court.said(3, "c", ago_s=95, who=EVE))
    answer = shown(await court.finds("bob"))
    assert r"Earlier handles: @old\.bob · last seen <t:" in answer
    assert "Others had this handle, too. Look them up by id: `88`" in answer


async def test_comments_turn_in_pages(court: Court) -> None:
    await court.hears(*(court.said(n, f"number {n}", ago_s=1000 - n) for n in range(1, PAGE + 3)))
    answer = await court.finds("bob")
    assert (f"number {PAGE + 2}" in shown(answer), "number 2\n" in shown(answer)) == (True, False)
    assert (controls(answer)["lookup:said:77:0"]["disabled"], controls(answer)["lookup:said:77:1"]["disabled"]) == (True, False)
    await court.presses(answer, "lookup:said:77:1")
    await court.community.discord.until(lambda: "number 2\n" in shown(answer))
    older = shown(answer)
    assert ("number 1\n" in older, f"number {PAGE + 2}" in older) == (True, False)
    assert controls(answer)["lookup:said:77:2"]["disabled"]


async def test_text_past_the_servers_days_is_not_shown_and_still_counted(court: Court) -> None:
    settings = GuildSettings(comment_days=1)
    await court.services.guilds.change(GuildId(court.ours.guild_id), lambda _: settings, DiscordUserId(1))
    long_ago = table.update().where(table.c.id == court.ours.id).values(created_at_ms=1)
    await court.community.db.write(lambda connection: connection.execute(long_ago) and None)
    await court.hears(court.said(1, "old words", ago_s=2 * 86_400))
    answer = shown(await court.finds("bob"))
    assert "old words" not in answer
    assert "Wrote: 1 comment in 1 LIVE" in answer
    assert "This server may read 1 day back." in answer


@pytest.mark.parametrize("typed", ["carl", "99", "99999999999999999999"])
async def test_who_was_never_seen_here_is_said_in_a_sentence(court: Court, typed: str) -> None:
    assert "wrote or gave anything where this server watched" in (await court.finds(typed)).content


async def test_a_viewer_of_another_guilds_time_was_never_seen_here(court: Court) -> None:
    """The rivals began to watch a second ago: what was before that is the fans' alone."""
    await court.hears(court.said(1, "hi"))
    for typed in ("bob", "77"):
        answer = await court.finds(typed, by=court.rival, where=court.there)
        assert "wrote or gave anything where this server watched" in answer.content
        assert not answer.embeds
    offered = await court.community.discord.autocomplete(court.there, court.rival, "lookup", {"user": "b"}, "user")
    assert offered == []


async def test_handles_that_were_seen_are_offered_to_moderators_only(court: Court) -> None:
    await court.hears(court.said(1, "hi"))

    async def offered(member: Member) -> list[str]:
        found = await court.community.discord.autocomplete(court.community.live, member, "lookup", {"user": "@B"}, "user")
        return [each["value"] for each in found]

    nobody = court.community.live.guild.member("nobody", permissions=["view_channel"])
    assert (await offered(court.mod), await offered(nobody)) == (["bob"], [])


async def test_who_may_not_moderate_is_refused_politely_and_the_moderator_role_suffices(court: Court) -> None:
    await court.hears(court.said(1, "hi"))
    guild = court.community.live.guild
    nobody = guild.member("nobody", permissions=["view_channel", "send_messages"])
    court.community.live.overwrite(nobody, allow=["manage_messages"])
    refused = await court.finds("bob", by=nobody)
    assert refused.content.startswith("This needs the **Manage Messages** permission in the whole server.")
    role = guild.role("mods")
    settings = GuildSettings(moderator_role_id=DiscordRoleId(role.id))
    await court.services.guilds.change(GuildId(guild.id), lambda _: settings, DiscordUserId(1))
    assert f"<@&{role.id}>" in (await court.finds("bob", by=nobody)).content
    nobody.add_role(role)
    assert "Wrote: 1 comment" in shown(await court.finds("bob", by=nobody))


# --- Notes -------------------------------------------------------------------------------------------------------------------


async def noted(court: Court, answer: Message, text: str, *, by: Member | None = None) -> Message:
    pressed = await court.presses(answer, "lookup:note:77", by=by)
    sent = await court.community.discord.submit(pressed, by or court.mod, {"note": text})
    await court.community.discord.until(lambda: sent.messages or sent.response_type == 6)
    return answer


async def test_a_note_is_added_by_a_form_read_in_full_and_deleted_by_who_wrote_it(court: Court) -> None:
    await court.hears(court.said(1, "hi"))
    answer = await court.finds("bob")
    await noted(court, answer, "was *warned* on Monday")
    await court.community.discord.until(lambda: "Noted." in answer.content)
    assert rf"<@{court.mod.id}>: was \*warned\* on Monday" in shown(answer)
    again = await court.finds("bob", by=court.community.admin)
    await court.presses(again, "lookup:notes:77:0", by=court.community.admin)
    await court.community.discord.until(lambda: "Notes of this server's moderators" in shown(again))
    assert "lookup:unnote:77" not in controls(again), "only their own can be deleted"
    await court.presses(answer, "lookup:notes:77:0")
    await court.community.discord.until(lambda: "lookup:unnote:77" in controls(answer))
    (option,) = options(answer)
    await court.community.discord.choose(answer, court.mod, "lookup:unnote:77", [option["value"]])
    await court.community.discord.until(lambda: "Deleted." in answer.content)
    rows = await court.community.db.read(lambda c: c.execute(select(config_audit.c.action, config_audit.c.actor_id)).all())
    assert [tuple(row) for row in rows][-2:] == [("note.added", court.mod.id), ("note.deleted", court.mod.id)]


async def test_a_note_of_another_guild_is_never_shown(court: Court) -> None:
    await court.hears(court.said(1, "hi"), court.said(2, "hi", ago_s=0))
    await noted(court, await court.finds("bob"), "ours alone")
    theirs = await court.finds("77", by=court.rival, where=court.there)
    assert "ours alone" not in shown(theirs)
    assert "Wrote: 1 comment" in shown(theirs)


async def test_a_form_about_somebody_never_seen_here_or_sent_without_the_right_changes_nothing(court: Court) -> None:
    await court.hears(court.said(1, "hi"))
    answer = await court.finds("bob")
    pressed = await court.presses(answer, "lookup:note:77")
    assert pressed.modal is not None
    court.mod.guild.member("mo", permissions=["view_channel"])
    sent = await court.community.discord.submit(pressed, court.mod, {"note": "late"})
    await court.community.discord.until(lambda: "Manage Messages" in answer.content or sent.messages)
    assert await court.community.db.read(viewers.notes, guild_id=court.ours.guild_id, viewer_id=BOB) == []


# --- What a press may do ---------------------------------------------------------------------------------------------------


async def test_a_case_is_opened_about_the_latest_live(court: Court) -> None:
    await court.hears(court.said(1, "a"), court.said(2, "b", ago_s=50))
    answer = await court.finds("bob")
    await court.presses(answer, "lookup:case:77")
    await court.community.discord.until(lambda: "Case **#12**" in answer.content)
    ((guild_id, subject, by),) = court.desk.opened
    assert (guild_id, by) == (court.ours.guild_id, court.mod.id)
    assert subject == Subject(BOB, Handle("bob"), "Bob", court.ours.creator_id, ROOM, 1, 2, 2)


async def test_where_nobody_keeps_cases_or_a_watchlist_they_are_not_offered(court: Court) -> None:
    court.viewers.cases = court.viewers.watchlist = None
    await court.hears(court.said(1, "hi"))
    assert "lookup:case:77" not in controls(await court.finds("bob"))
    menu = await court.opens_menu(await court.posted(line(1, "**bob** hi")))
    await choose_first(court, menu)
    assert [each.split(":")[1] for each in controls(menu)] == ["look", "hide", "list"]


async def test_forged_and_foreign_ids_show_and_change_nothing(court: Court) -> None:
    await court.hears(court.said(1, "secret words"))
    message = await court.posted(line(1, "**bob** secret words"))
    post_id = await court.community.db.read(
        viewers.post_of, guild_id=court.ours.guild_id, message_id=DiscordMessageId(message.id)
    )
    wanted = [
        "lookup:said:77:0", "lookup:notes:77:0", "lookup:case:77", f"line:list:{post_id}:0",
        f"line:look:{post_id}:0:0",
    ]  # fmt: skip
    acts = [f"line:{what}:{post_id}:0:0" for what in ("case", "watch", "hide")]
    odd = ["line:hide:999999999999999999:0:0", "lookup:said:99999999999999999999:9999"]
    for some in (wanted, acts, odd):
        bait = court.world.post(court.there, court.there.guild.bot.user, content="bait", components=forged(*some))
        for custom_id in some:
            pressed = await court.community.discord.press(bait, court.rival, custom_id)
            await pressed.acknowledged()
            await court.community.discord.until(lambda: bait.content != "bait")  # noqa: B023
            assert "secret" not in shown(bait)
            assert "not known any more" in bait.content or "this server" in bait.content
            court.world.edit(bait, content="bait", components=forged(*some))
    assert court.desk.is_untouched


async def test_every_press_looks_at_the_permission(court: Court) -> None:
    await court.hears(court.said(1, "secret words"))
    message = await court.posted(line(1, "**bob** secret words"))
    post_id = await court.community.db.read(
        viewers.post_of, guild_id=court.ours.guild_id, message_id=DiscordMessageId(message.id)
    )
    nobody = court.community.live.guild.member("nobody", permissions=["view_channel", "send_messages"])
    acts = [f"line:{what}:{post_id}:0:0" for what in ("look", "case", "watch", "hide")]
    for some in (acts, ["lookup:said:77:0", "lookup:notes:77:0", "lookup:case:77", "lookup:note:77", f"line:list:{post_id}:0"]):
        live = court.community.live
        bait = court.world.post(live, live.guild.bot.user, content="bait", components=forged(*some))
        for custom_id in some:
            pressed = await court.community.discord.press(bait, nobody, custom_id)
            await court.community.discord.until(
                lambda: "Manage Messages" in bait.content or any("Manage Messages" in m.content for m in pressed.messages)  # noqa: B023
            )
            assert pressed.modal is None
            court.world.edit(bait, content="bait", components=forged(*some))
    assert court.desk.is_untouched


async def test_buttons_work_after_a_restart(court: Court) -> None:
    await court.hears(court.said(1, "hi"))
    answer = await court.finds("bob")
    await court.community.stop()
    await court.community.discord.until(lambda: not court.community.discord.is_online)
    await court.community.start()
    await noted(court, answer, "after the restart")
    await court.community.discord.until(lambda: "Noted." in answer.content)
    await court.presses(answer, "lookup:notes:77:0")
    await court.community.discord.until(lambda: "Notes of this server's moderators" in shown(answer))
