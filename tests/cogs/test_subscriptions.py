"""/watch, /unwatch, /watching over a real socket: a person types, Discord carries it, the bot answers privately."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.config import Limits
from bot.model.creator import CreatorState
from bot.model.fault import Fault, FaultKind
from bot.model.guild import GuildSettings
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.model.watch import EventKind, PauseReason, Watch
from bot.services.watching import Wish
from bot.storage import faults, guilds, watches
from sandbox.discord.interactions import Interaction
from sandbox.discord.values import Kind
from sandbox.discord.world import Message
from tests.doubles.community import Community


async def restarted(community: Community) -> None:
    """Another process takes over."""
    await community.stop()
    await community.discord.until(lambda: not community.discord.is_online)
    await community.start()


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
        (CreatorState.NOT_FOUND, "❌ TikTok knows no **@alice**. Check the spelling"),
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
    assert [watch.revision for watch in await kept(community)] == [1]


async def test_watching_again_with_other_options_changes_the_watch_and_says_what(community: Community) -> None:
    await (await community.use("watch", creator="alice", channel=community.live, events="chat, gift")).says("checking")
    other = await community.use("watch", creator="alice", channel=community.live, min_diamonds=100)
    await other.says(f"Changed for **@alice** in <#{community.live.id}>: all gifts → gifts from 100 diamonds.")
    (watch,) = await kept(community)
    assert watch.settings.kinds == {EventKind.CHAT, EventKind.GIFT}
    assert watch.settings.min_diamonds == 100
    await (await community.use("watch", creator="alice", channel=community.live, events="chat", min_diamonds=0)).says(
        "chat, gift → chat; gifts from 100 diamonds → all gifts."
    )


async def test_a_paused_watch_goes_on_and_says_so(community: Community) -> None:
    await (await community.use("watch", creator="alice", channel=community.live)).says("checking")
    (watch,) = await kept(community)
    await community.db.write(watches.pause, [watch.id], why=PauseReason.ASKED, by=DiscordUserId(1), now_ms=1)
    await (await community.use("watch", creator="alice", channel=community.live)).says(
        f"The paused watch of **@alice** in <#{community.live.id}> goes on from now."
    )
    assert [watch.paused_at for watch in await kept(community)] == [None]


@pytest.mark.parametrize(("locale", "speaks"), [("es-ES", "es"), ("en-GB", "en"), ("ja", "en")])
async def test_a_new_watch_speaks_the_servers_language(community: Community, locale: str, speaks: str) -> None:
    community.live.guild.change(locale=locale)
    await (await community.use("watch", creator="alice", channel=community.live)).says("@alice")
    assert [watch.settings.look.locale for watch in await kept(community)] == [speaks]


async def test_what_the_admins_chose_comes_before_the_servers_language(community: Community) -> None:
    guild_id, chosen = GuildId(community.live.guild.id), GuildSettings(locale="es")
    await community.db.write(guilds.change, guild_id, settings=chosen, by=DiscordUserId(1), now_ms=1)
    await (await community.use("watch", creator="alice", channel=community.live)).says("@alice")
    assert [watch.settings.look.locale for watch in await kept(community)] == ["es"]


async def test_a_short_link_is_refused_in_a_sentence(community: Community) -> None:
    answer = await community.asked("watch", creator="https://vm.tiktok.com/ZMabc/", channel=community.live)
    assert answer.startswith("That is a short link, and I do not open links")


# --- creators for adults ---------------------------------------------------------------------------------------------------


async def held(community: Community) -> tuple[Interaction, str]:
    """A watch of alice, who proved to be for adults, in a channel that is not; the button's custom id."""
    interaction = await community.use("watch", creator="alice", channel=community.live)
    await interaction.says("checking")
    await community.tiktok_says("alice", CreatorState.LIVE, is_age_restricted=True)
    answer = await interaction.says("🔞 TikTok shows the LIVEs of **@alice** to adults only")
    return interaction, answer.components[0]["components"][0]["custom_id"]


async def test_a_creator_for_adults_waits_for_a_confirmation(community: Community) -> None:
    interaction, button = await held(community)
    (watch,) = await kept(community)
    assert watch.paused_why is PauseReason.ADULTS
    pressed = await community.discord.press(interaction.messages[0], community.admin, button)
    await pressed.says(f"**@alice** is relayed into <#{community.live.id}> from now on.")
    assert interaction.messages[0].components == []
    assert [watch.paused_at for watch in await kept(community)] == [None]


async def test_the_button_works_after_a_restart_and_not_for_who_lost_the_right(community: Community) -> None:
    interaction, button = await held(community)
    message = interaction.messages[0]
    await restarted(community)
    ann = community.live.guild.member("ann", permissions=["view_channel", "send_messages"])
    refused = await community.discord.press(message, ann, button)
    await refused.says("This needs the **Manage Server** permission")
    assert [watch.paused_why for watch in await kept(community)] == [PauseReason.ADULTS]


async def test_relay_here_anyway_needs_a_voice_in_the_channel(community: Community) -> None:
    interaction, button = await held(community)
    community.live.overwrite(community.admin, deny=["send_messages"])
    pressed = await community.discord.press(interaction.messages[0], community.admin, button)
    await pressed.says(f"You need **Send Messages** in <#{community.live.id}> yourself")
    assert [watch.paused_why for watch in await kept(community)] == [PauseReason.ADULTS]


@pytest.mark.parametrize("why", [PauseReason.ASKED, PauseReason.LEFT, PauseReason.FAULT])
async def test_relay_here_anyway_lets_nothing_go_on_but_what_was_held_for_adults(community: Community, why: PauseReason) -> None:
    interaction, button = await held(community)
    (watch,) = await kept(community)
    await community.db.write(watches.resume, {watch.id: 0}, by=DiscordUserId(1), now_ms=1)
    await community.db.write(watches.pause, [watch.id], why=why, by=DiscordUserId(1), now_ms=1)
    pressed = await community.discord.press(interaction.messages[0], community.admin, button)
    await pressed.says("That watch stands still for another reason.")
    assert [watch.paused_why for watch in await kept(community)] == [why]


async def test_what_stood_still_anyhow_and_proves_to_be_for_adults_is_held_for_that(community: Community) -> None:
    interaction, button = await held(community)
    (watch,) = await kept(community)
    await community.db.write(watches.resume, {watch.id: 0}, by=DiscordUserId(1), now_ms=1)
    await community.db.write(watches.pause, [watch.id], why=PauseReason.ASKED, by=DiscordUserId(1), now_ms=1)
    again = await community.use("watch", creator="alice", channel=community.live)
    await again.says("🔞")
    assert [watch.paused_why for watch in await kept(community)] == [PauseReason.ADULTS]
    await (await community.discord.press(interaction.messages[0], community.admin, button)).says("from now on")
    assert [watch.paused_at for watch in await kept(community)] == [None]


async def test_a_watch_held_for_adults_says_so_in_every_list(community: Community) -> None:
    await held(community)
    for command, says in (
        ("watching", "paused: the creator is for adults, the channel is not"),
        ("doctor", "for adults, and the"),
    ):
        answer = await (await community.use(command)).answered()
        assert says in answer.embeds[0]["description"]


async def test_an_exception_of_one_channel_makes_nobody_an_admin(community: Community) -> None:
    own = community.live.guild.channel("mallorys")
    mallory = community.live.guild.member("mallory", permissions=["view_channel", "send_messages"])
    own.overwrite(mallory, allow=["manage_guild"])
    for registered in community.discord.commands:
        registered.body["default_member_permissions"] = None
    used = await community.discord.interact(own, mallory, "watch", {"creator": "evil", "channel": own})
    await used.says("This needs the **Manage Server** permission")
    for command in ("watching", "settings", "export"):
        used = await community.discord.interact(own, mallory, command)
        await used.says("This needs the **Manage Server** permission")
    assert await kept(community) == []


async def test_an_owner_and_an_administrator_hold_everything(community: Community) -> None:
    guild = community.live.guild
    for who in (guild.members[guild.owner_id], guild.member("root", permissions=["administrator"])):
        used = await community.use("watching", by=who)
        await used.says("Nothing is watched here yet.")


async def test_a_channel_for_adults_needs_no_confirmation(community: Community) -> None:
    community.live.change(nsfw=True)
    interaction = await community.use("watch", creator="alice", channel=community.live)
    await interaction.says("checking")
    await community.tiktok_says("alice", CreatorState.LIVE, is_age_restricted=True)
    await interaction.says("🔴 **@alice** is live")
    assert [watch.paused_at for watch in await kept(community)] == [None]


async def test_who_is_known_to_be_for_adults_is_held_at_once(community: Community) -> None:
    await held(community)
    news = community.live.guild.channel("news")
    again = await community.use("watch", creator="alice", channel=news)
    await again.says("🔞")
    assert [watch.paused_why for watch in await kept(community)] == [PauseReason.ADULTS] * 2


async def test_a_confirmed_watch_is_not_asked_about_again_when_it_changes(community: Community) -> None:
    interaction, button = await held(community)
    await (await community.discord.press(interaction.messages[0], community.admin, button)).says("from now on")
    changed = await community.use("watch", creator="alice", channel=community.live, events="chat")
    await changed.says("🔴 **@alice** is live")
    assert [watch.paused_at for watch in await kept(community)] == [None]


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
        ("two words", None, "That looks like a display name, which several people may have. Type the handle"),
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
        ("view_channel", "**View Channel**, **Send Messages**, **Embed Links** and **Read Message History**"),
        ("send_messages", "**Send Messages** and **Embed Links**"),
        ("embed_links", "**Embed Links**"),
        ("read_message_history", "**Read Message History**"),
    ],
)
async def test_what_the_bot_lacks_in_the_channel_is_named_with_where_to_grant_it(
    community: Community, denied: str, named: str
) -> None:
    staff = community.live.guild.channel("staff")
    staff.deny_bot(denied)
    them = "them" if " and " in named else "it"
    assert await community.asked("watch", creator="alice", channel=staff) == (
        f"I need {named} in <#{staff.id}>. Grant {them} to my role there, under Edit Channel > Permissions."
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
    assert answer.startswith("That would be more watches than this bot allows a server (1). End one with `/unwatch`")


# --- /unwatch --------------------------------------------------------------------------------------------------------------


def buttons(message: Message) -> list[str]:
    """The custom ids of what can be pressed."""
    return [one["custom_id"] for line in message.components for one in line["components"] if not one.get("disabled")]


async def test_unwatch_ends_only_when_the_button_is_pressed(community: Community) -> None:
    news = community.live.guild.channel("news")
    for channel in (community.live, news):
        await (await community.use("watch", creator="alice", channel=channel)).says("checking")
    question = await (await community.use("unwatch", creator="@alice", channel=news)).says(
        f"End the watch of **@alice** in <#{news.id}>? What was posted stays."
    )
    assert len(await kept(community)) == 2
    end, _ = buttons(question)
    pressed = await community.discord.press(question, community.admin, end)
    await pressed.says(f"**@alice** is no longer watched in <#{news.id}>. What was posted stays.")
    assert question.components == []
    assert [watch.channel_id for watch in await kept(community)] == [community.live.id]


async def test_without_a_channel_all_of_them_end(community: Community) -> None:
    news = community.live.guild.channel("news")
    for channel in (community.live, news):
        await (await community.use("watch", creator="alice", channel=channel)).says("checking")
    question = await (await community.use("unwatch", creator="alice")).says("End 2 watches of **@alice**, in <#")
    await (await community.discord.press(question, community.admin, buttons(question)[0])).says("no longer watched")
    assert await kept(community) == []


async def test_what_is_kept_is_kept(community: Community) -> None:
    await (await community.use("watch", creator="alice", channel=community.live)).says("checking")
    question = await (await community.use("unwatch", creator="alice")).says("End the watch")
    await (await community.discord.press(question, community.admin, buttons(question)[1])).says("Nothing was changed.")
    assert len(await kept(community)) == 1


async def test_a_stale_question_ends_nothing_that_was_placed_after_it(community: Community) -> None:
    await (await community.use("watch", creator="alice", channel=community.live)).says("checking")
    first = await (await community.use("unwatch", creator="alice")).says("End the watch")
    second = await (await community.use("unwatch", creator="alice")).says("End the watch")
    await (await community.discord.press(first, community.admin, buttons(first)[0])).says("no longer watched")
    await (await community.use("watch", creator="alice", channel=community.live)).says("checking")
    await (await community.discord.press(second, community.admin, buttons(second)[0])).says("That had ended already.")
    assert len(await kept(community)) == 1


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


async def turned(community: Community, shown: Message, page: int) -> None:
    """Wait until this page is shown."""
    await community.discord.until(lambda: f"page {page} of" in shown.embeds[0]["footer"]["text"])


async def test_a_long_list_is_turned_in_place_also_after_a_restart(community: Community) -> None:
    guild, wanted = GuildId(community.live.guild.id), Wish(frozenset(EventKind) - {EventKind.LIKE}, min_diamonds=100)
    for number in range(50):
        creator = f"creator_{number:02}_of_many"
        await community.watching.watch(guild, ChannelId(community.live.id), creator, DiscordUserId(community.admin.id), wanted)
    shown = await (await community.use("watching")).answered()
    assert shown.embeds[0]["footer"]["text"].startswith("50 watches · 0 live · page 1 of 5\n")
    await restarted(community)
    listed = shown.embeds[0]["description"].splitlines()
    for page in range(2, 6):
        await community.discord.press(shown, community.admin, buttons(shown)[-1])
        await turned(community, shown, page)
        listed += shown.embeds[0]["description"].splitlines()
    assert [f"creator\\_{number:02}\\_" in line for number, line in enumerate(listed)] == [True] * 50
    assert len(buttons(shown)) == 1


async def test_paused_watches_and_faults_are_marked(community: Community) -> None:
    for handle in ("alice", "bob"):
        await (await community.use("watch", creator=handle, channel=community.live)).says("checking")
    alice, bob = await kept(community)
    await community.db.write(watches.pause, [alice.id], why=PauseReason.ASKED, by=DiscordUserId(1), now_ms=1)
    await community.db.write(faults.put, Fault(bob.id, FaultKind.NO_SEND, "", datetime(2026, 11, 20, tzinfo=UTC)))
    answer = await (await community.use("watching")).answered()
    paused, faulty = answer.embeds[0]["description"].splitlines()
    assert paused.startswith("⏸️ **@alice**")
    assert paused.endswith("paused")
    assert faulty.endswith("⚠️ I may not write there: `/doctor`")


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
    assert set(by_name) >= {"about", "watch", "unwatch", "watching"}
    assert [o["name"] for o in by_name["watch"].options] == ["creator", "channel", "events", "min_diamonds"]
    for name in ("watch", "unwatch", "watching"):
        assert by_name[name].default_member_permissions == 1 << 5
    assert by_name["about"].default_member_permissions is None
    for command in by_name.values():
        assert len(command.description) > 20 or command.type != 1, "only a menu has nothing but a name"


async def test_two_people_cannot_share_the_last_place(tmp_path: Path) -> None:
    async with Community.open(tmp_path, limits=Limits(watches_per_guild=1)) as community:
        await community.start()
        both = [await community.use("watch", creator=name, channel=community.live) for name in ("alice", "bob")]
        await asyncio.gather(*(interaction.answered() for interaction in both))
        assert len(await kept(community)) == 1
