"""/watch, /unwatch, /watching over a real socket: a person types, Discord carries it, the bot answers privately."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from bot.config import Limits
from bot.model.creator import CreatorState
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.model.watch import EventKind, Watch, WatchSettings
from bot.storage import watches
from sandbox.discord.world import Kind
from tests.doubles.community import Community


async def kept(community: Community) -> list[Watch]:
    return await community.db.read(watches.of_guild, GuildId(community.live.guild.id))


# --- /watch ----------------------------------------------------------------------------------------------------------------


async def test_a_watch_is_stored_answered_privately_and_rings_the_bell(community: Community) -> None:
    interaction = await community.use("watch", creator="@Alice", channel=community.live)
    first = await interaction.says("checking @alice…")
    assert first.ephemeral
    assert first.content.startswith(f"Watching **@alice** in <#{community.live.id}>: the usual.")
    (watch,) = await kept(community)
    assert (watch.handle, watch.channel_id, watch.created_by) == ("alice", community.live.id, community.admin.id)
    assert await community.bell.wait(0)
    assert community.live.messages == []


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (CreatorState.LIVE, "🔴 **@alice** is live"),
        (CreatorState.OFFLINE, "⚫ **@alice** is offline"),
        (CreatorState.NOT_FOUND, "❌ TikTok knows no **@alice**: no such creator"),
        (CreatorState.UNCLEAR, "❔ TikTok did not answer clearly; the watch is kept; next try <t:"),
    ],
)
async def test_the_answer_becomes_what_tiktok_said(community: Community, state: CreatorState, says: str) -> None:
    interaction = await community.use("watch", creator="alice", channel=community.live)
    await interaction.says("checking")
    await community.tiktok_says("alice", state)
    answer = await interaction.says(says)
    assert len(interaction.messages) == 1
    assert answer.ephemeral
    assert len(await kept(community)) == 1


async def test_events_and_threshold_are_part_of_the_wish(community: Community) -> None:
    interaction = await community.use(
        "watch", creator="https://www.tiktok.com/@alice/live", channel=community.live, events="comment, GIFTS", min_diamonds=1000
    )
    await interaction.says("chat, gift, gifts from 1,000 diamonds")
    (watch,) = await kept(community)
    assert watch.settings.kinds == {EventKind.CHAT, EventKind.GIFT}
    assert watch.settings.min_diamonds == 1000


async def test_watching_twice_says_so_and_keeps_one(community: Community) -> None:
    await (await community.use("watch", creator="alice", channel=community.live)).says("checking")
    again = await community.use("watch", creator="ALICE", channel=community.live)
    await again.says("You watch **@alice** in <#")
    other = await community.use("watch", creator="alice", channel=community.live, events="gift")
    await other.says("to change it, `/unwatch` it first")
    assert len(await kept(community)) == 1


async def test_the_blocked_writer_does_not_keep_a_person_waiting(community: Community, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "relay.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        interaction = await community.use("watch", creator="alice", channel=community.live)
        await interaction.acknowledged(3.0)
        assert interaction.response_type == 5
        assert interaction.messages == []
        other.execute("ROLLBACK")
    other.close()
    await interaction.says("checking @alice")
    assert len(await kept(community)) == 1


# --- refusals --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("creator", "events", "says"),
    [
        ("two words", None, "That is no TikTok handle."),
        ("https://www.tiktok.com/foryou", None, "That address names no creator."),
        ("alice", "gfit", "Did you mean gift?"),
        ("alice", " ", "Name at least one kind of event"),
    ],
)
async def test_bad_input_is_answered_with_what_to_type(community: Community, creator: str, events: str | None, says: str) -> None:
    options: dict[str, object] = {"creator": creator, "channel": community.live} | ({"events": events} if events else {})
    assert says in await community.asked("watch", options)
    assert await kept(community) == []


@pytest.mark.parametrize(
    ("kind", "says"),
    [("forum", "is a forum"), ("media", "is a forum"), ("category", "is a category. Choose a text channel in it.")],
)
async def test_channels_that_take_no_lines_are_refused(community: Community, kind: Kind, says: str) -> None:
    place = community.live.guild.channel(f"a-{kind}", kind)
    assert says in await community.asked("watch", creator="alice", channel=place)
    assert await kept(community) == []


@pytest.mark.parametrize("kind", ["voice", "announcement", "stage"])
async def test_channels_with_a_chat_are_taken(community: Community, kind: Kind) -> None:
    place = community.live.guild.channel(f"a-{kind}", kind)
    await (await community.use("watch", creator="alice", channel=place)).says("checking")
    assert [watch.channel_id for watch in await kept(community)] == [place.id]


@pytest.mark.parametrize(
    ("denied", "named"),
    [
        ("view_channel", "**View Channel**, **Send Messages** and **Read Message History**"),
        ("send_messages", "**Send Messages**"),
        ("read_message_history", "**Read Message History**"),
    ],
)
async def test_what_the_bot_lacks_in_the_channel_is_named_with_where_to_grant_it(
    community: Community, denied: str, named: str
) -> None:
    staff = community.live.guild.channel("staff")
    staff.deny_bot(denied)
    assert await community.asked("watch", creator="alice", channel=staff) == (
        f"I need {named} in <#{staff.id}>. Grant it to my role there, under Edit Channel > Permissions."
    )
    assert await kept(community) == []


async def test_nobody_can_have_something_posted_where_they_may_not_write_themselves(community: Community) -> None:
    rules = community.live.guild.channel("rules")
    rules.overwrite(community.admin, deny=["send_messages"])
    answer = await community.asked("watch", creator="alice", channel=rules)
    assert answer.startswith(f"You need **Send Messages** in <#{rules.id}> yourself")
    assert await kept(community) == []


@pytest.mark.parametrize("command", ["watch", "unwatch", "watching"])
async def test_the_rule_holds_in_code_when_discords_settings_were_opened(community: Community, command: str) -> None:
    for registered in community.discord.commands:
        registered.body["default_member_permissions"] = None
    bob = community.live.guild.member("bob", permissions=["view_channel", "send_messages"])
    options: dict[str, object] = {"creator": "alice"} if command != "watching" else {}
    if command == "watch":
        options["channel"] = community.live
    assert await community.asked(command, options, by=bob) == (
        "This needs the **Manage Server** permission. An admin can grant it under Server Settings > Roles > your role."
    )
    assert await kept(community) == []


async def test_a_guild_at_its_limit_is_told_what_to_do(tmp_path: Path) -> None:
    async with Community.open(tmp_path, limits=Limits(watches_per_guild=1)) as community:
        await community.start()
        await (await community.use("watch", creator="alice", channel=community.live)).says("checking")
        answer = await community.asked("watch", creator="bob", channel=community.live)
    assert answer.startswith("This server has 1 watches, as many as this bot allows. End one with `/unwatch`")


# --- /unwatch --------------------------------------------------------------------------------------------------------------


async def test_unwatch_ends_every_channel_or_only_the_one_named(community: Community) -> None:
    news = community.live.guild.channel("news")
    for channel in (community.live, news):
        await (await community.use("watch", creator="alice", channel=channel)).says("checking")
    assert await community.asked("unwatch", creator="@alice", channel=news) == (
        f"**@alice** is no longer watched in <#{news.id}>. What was posted stays."
    )
    assert [watch.channel_id for watch in await kept(community)] == [community.live.id]
    assert f"<#{community.live.id}>" in await community.asked("unwatch", creator="alice")
    assert await kept(community) == []


async def test_unwatch_of_nobody_says_so(community: Community) -> None:
    assert await community.asked("unwatch", creator="carol") == (
        "Nobody of that name is watched here. `/watching` lists what is."
    )


# --- /watching -------------------------------------------------------------------------------------------------------------


async def test_an_empty_list_tells_how_to_start(community: Community) -> None:
    assert "`/watch creator:@name channel:#channel`" in await community.asked("watching")


async def test_the_list_shows_who_is_live(community: Community) -> None:
    for handle in ("alice", "bob.b", "carol"):
        await (await community.use("watch", creator=handle, channel=community.live)).says("checking")
    await community.tiktok_says("alice", CreatorState.LIVE, connected=True)
    await community.tiktok_says("bob.b", CreatorState.LIVE)
    answer = await (await community.use("watching")).answered()
    lines = answer.embeds[0]["description"].splitlines()
    assert [line.split(" → ")[0] for line in lines] == ["🔴 **@alice**", r"🟡 **@bob\.b**", "🔄 **@carol**"]
    assert answer.ephemeral


async def test_a_long_list_goes_on_in_further_messages(community: Community) -> None:
    wanted = WatchSettings(frozenset(EventKind) - {EventKind.LIKE}, min_diamonds=100)
    for number in range(50):
        guild, creator = GuildId(community.live.guild.id), f"creator_{number:02}_of_many"
        await community.watching.watch(guild, ChannelId(community.live.id), creator, DiscordUserId(community.admin.id), wanted)
    interaction = await community.use("watching")
    await community.discord.until(lambda: len(interaction.messages) == 2)
    listed = "\n".join(message.embeds[0]["description"] for message in interaction.messages)
    assert len(listed.splitlines()) == 50
    assert all(message.ephemeral for message in interaction.messages)


# --- completion ------------------------------------------------------------------------------------------------------------


async def test_creators_are_completed_from_what_the_guild_watches(community: Community) -> None:
    for handle in ("alice", "malice", "bob"):
        await (await community.use("watch", creator=handle, channel=community.live)).says("checking")
    offers = await community.discord.autocomplete(community.live, community.admin, "unwatch", {"creator": "@ali"}, "creator")
    assert offers == [{"name": "@alice", "value": "alice"}, {"name": "@malice", "value": "malice"}]


async def test_who_may_not_see_the_list_is_not_told_it_letter_by_letter(community: Community) -> None:
    await (await community.use("watch", creator="alice", channel=community.live)).says("checking")
    for registered in community.discord.commands:
        registered.body["default_member_permissions"] = None
    bob = community.live.guild.member("bob", permissions=["view_channel", "send_messages"])
    assert await community.discord.autocomplete(community.live, bob, "unwatch", {"creator": "a"}, "creator") == []


async def test_events_are_completed_as_a_list(community: Community) -> None:
    offers = await community.discord.autocomplete(
        community.live, community.admin, "watch", {"creator": "a", "events": "comment, g"}, "events"
    )
    assert [offer["value"] for offer in offers] == ["chat, gift"]


async def test_commands_say_what_they_do_and_who_may(community: Community) -> None:
    by_name = {command.name: command for command in community.discord.commands}
    assert set(by_name) == {"about", "watch", "unwatch", "watching"}
    assert [o["name"] for o in by_name["watch"].options] == ["creator", "channel", "events", "min_diamonds"]
    for name in ("watch", "unwatch", "watching"):
        assert by_name[name].default_member_permissions == 1 << 5
    assert by_name["about"].default_member_permissions is None
    for command in by_name.values():
        assert len(command.description) > 20


async def test_two_people_cannot_share_the_last_place(tmp_path: Path) -> None:
    async with Community.open(tmp_path, limits=Limits(watches_per_guild=1)) as community:
        await community.start()
        both = [await community.use("watch", creator=name, channel=community.live) for name in ("alice", "bob")]
        await asyncio.gather(*(interaction.answered() for interaction in both))
        assert len(await kept(community)) == 1
