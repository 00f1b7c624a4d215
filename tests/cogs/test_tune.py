"""/tune over a real socket: a person presses, picks and sends forms; the panel and the database follow."""

from __future__ import annotations

import pytest

from bot.model.watch import EventKind, Offline, PauseReason, Removal, Style, Watch
from bot.storage import cursors
from cogs.ui.panel import Tab
from sandbox.discord.interactions import Interaction
from sandbox.discord.world import Member, Message
from tests.doubles.community import Community
from tests.doubles.events import comment
from tests.doubles.tuner import (
    UPDATE,
    controls,
    opened,
    pick,
    posted,
    press,
    said,
    section,
    send,
    shows,
    stored,
    watched,
)

# --- which watch -----------------------------------------------------------------------------------------------------------


async def test_the_panel_is_private_and_shows_the_watch_as_it_stands(community: Community) -> None:
    watch = await watched(community)
    message = await opened(community, "https://www.tiktok.com/@alice")
    assert message.ephemeral
    assert said(message).startswith(f"\n**@alice** → <#{watch.channel_id}> · ▶️ relaying")
    assert message.embeds[0]["footer"]["text"].startswith("Revision 1.")
    assert len(message.components) <= 5
    assert community.live.messages == []


async def test_whom_nobody_watches_cannot_be_tuned(community: Community) -> None:
    await watched(community)
    assert said(await opened(community, "carol")) == "Nobody of that name is watched here. `/watching` lists what is."
    nowhere = (await opened(community, "alice", channel="#nowhere")).content
    assert nowhere == "Nobody of that name is watched in that channel. `/watching` lists what is."
    assert (await opened(community, "no handle")).content.startswith("That looks like a display name")


async def test_of_several_channels_one_is_chosen_first(community: Community) -> None:
    news = community.live.guild.channel("news")
    await watched(community)
    other = await watched(community, channel=news)
    message = await opened(community)
    assert message.content == "**@alice** is watched in several channels. Which one?"
    menu = controls(message)["watch"]
    assert [option["label"] for option in menu["options"]] == ["#live", "#news"]
    await pick(community, message, "watch", other.id)
    await shows(community, message, f"→ <#{news.id}>")


@pytest.mark.parametrize("typed", ["{id}", "<#{id}>", "#news", "NEWS"])
async def test_the_option_channel_names_the_one_at_once(community: Community, typed: str) -> None:
    news = community.live.guild.channel("news")
    await watched(community)
    await watched(community, channel=news)
    message = await opened(community, channel=typed.format(id=news.id))
    assert f"→ <#{news.id}>" in said(message)


async def test_creators_and_their_channels_are_completed_for_those_who_may_see_them(community: Community) -> None:
    guild, ask = community.live.guild, community.discord.autocomplete
    await watched(community)
    await watched(community, channel=guild.channel("news"))
    hidden = guild.channel("hidden")
    await watched(community, channel=hidden)
    hidden.overwrite(community.admin, deny=["view_channel"])
    alice = [{"name": "@alice", "value": "alice"}]
    assert await ask(community.live, community.admin, "tune", {"creator": "al"}, "creator") == alice
    for creator, typed, names in (
        ("alice", "", {"#live", "#news", f"#{hidden.id}"}),
        ("alice", "#NE", {"#news"}),
        ("no handle", "", set()),
    ):
        options = {"creator": creator, "channel": typed}
        offers = await ask(community.live, community.admin, "tune", options, "channel")
        assert {offer["name"] for offer in offers} == names
    for registered in community.discord.commands:
        registered.body["default_member_permissions"] = None
    bob = guild.member("bob", permissions=["view_channel"])
    assert await ask(community.live, bob, "tune", {"creator": "al"}, "creator") == []
    assert await ask(community.live, bob, "tune", {"creator": "alice", "channel": ""}, "channel") == []


# --- each setting ----------------------------------------------------------------------------------------------------------


async def test_every_pick_holds_at_once_and_is_heard(community: Community) -> None:
    watch = await watched(community)
    message = await opened(community)
    picked = await pick(community, message, "kinds", "chat", "join")
    await shows(community, message, "**Events** Chat, Joins")
    assert picked.response_type == UPDATE
    assert await community.bell.wait(0)
    now = await stored(community, watch)
    assert now.settings.kinds == {EventKind.CHAT, EventKind.JOIN}
    assert message.embeds[0]["footer"]["text"].startswith(f"Revision {now.revision}.")
    await pick(community, message, "follows", "digest")
    await shows(community, message, "Follows as a digest")
    await section(community, message, Tab.WHO)
    await pick(community, message, "only_roles", "moderator", "fan")
    await shows(community, message, "**Only** from Moderators, Fans")
    await pick(community, message, "only_roles")
    await community.discord.until(lambda: "**Only**" not in said(message))
    await section(community, message, Tab.LOOK)
    await pick(community, message, "style", "rich")
    await pick(community, message, "links", "drop")
    await section(community, message, Tab.LIVE)
    await pick(community, message, "offline", "delete")
    await section(community, message, Tab.MORE)
    await pick(community, message, "removal", "leave")
    await pick(community, message, "locale", "es")
    await shows(community, message, "Rich · Español · Drop links")
    settings = (await stored(community, watch)).settings
    assert (settings.offline, settings.removal, settings.filters.only_roles) == (Offline.DELETE, Removal.LEAVE, frozenset())


@pytest.mark.parametrize(
    ("tab", "control", "text", "says"),
    [
        (Tab.WHAT, "min_diamonds", "1000", "gifts from 1,000 💎"),
        (Tab.WHO, "only_users", "@Bob\neve", "**Only** from @\u200bbob, @\u200beve"),
        (Tab.WHO, "not_words", "spam, scam", "**Never** with spam, scam"),
        (Tab.LOOK, "hidden_words", "rotten", "1 hidden word"),
    ],
)
async def test_a_form_comes_filled_and_its_answer_holds_at_once(
    community: Community, tab: Tab, control: str, text: str, says: str
) -> None:
    watch = await watched(community)
    message = await opened(community)
    await section(community, message, tab)
    await send(community, await press(community, message, control), text)
    await shows(community, message, says)
    assert (await stored(community, watch)).revision == 2
    again = await press(community, message, control)
    await again.acknowledged()
    assert again.modal is not None
    assert again.modal["components"][0]["component"]["value"] == text.replace("@Bob", "bob").replace(", ", "\n")


async def test_a_template_is_written_for_the_kind_that_is_picked(community: Community) -> None:
    watch = await watched(community)
    message = await opened(community)
    await section(community, message, Tab.LOOK)
    form = await pick(community, message, "template", "gift")
    await send(community, form, "{name} gave {gift}")
    await shows(community, message, "own templates: Gifts")
    wrong = await pick(community, message, "template", "gift")
    await send(community, wrong, "{nmae}")
    await shows(community, message, "Did you mean `{name}`?")
    assert (await stored(community, watch)).settings.look.templates == ((EventKind.GIFT, "{name} gave {gift}"),)


async def test_a_pause_and_going_on_start_at_the_logs_tail(community: Community) -> None:
    watch = await watched(community)
    message = await opened(community)
    await section(community, message, Tab.MORE)
    await press(community, message, "pause")
    await shows(community, message, "⏸️ paused <t:")
    assert (await stored(community, watch)).paused_why is PauseReason.ASKED
    assert await community.bell.wait(0)
    await (await community.log.writer(watch.creator_id)).append([comment("missed")], source="test")
    await press(community, message, "resume")
    await shows(community, message, "▶️ relaying")
    assert (await stored(community, watch)).paused_at is None
    seq = await community.db.read(cursors.get, cursors.of_watch(watch.id), watch.creator_id)
    assert seq == 1


async def test_defaults_come_back_only_after_a_second_press(community: Community) -> None:
    watch = await watched(community)
    message = await opened(community)
    await pick(community, message, "kinds", "like")
    await shows(community, message, "**Events** Likes")
    await section(community, message, Tab.MORE)
    await press(community, message, "reset")
    await shows(community, message, "Shall everything be as in a new watch?")
    assert (await stored(community, watch)).settings.kinds == {EventKind.LIKE}
    await press(community, message, "section_again")
    await community.discord.until(lambda: "reset" in controls(message))
    await press(community, message, "reset")
    await community.discord.until(lambda: "reset_yes" in controls(message))
    await press(community, message, "reset_yes")
    await shows(community, message, "**Events** Chat, Gifts")
    assert (await stored(community, watch)).settings == watch.settings
    assert "reset" in controls(message)


# --- the role to ping ------------------------------------------------------------------------------------------------------


async def golive(community: Community, *, by: Member | None = None) -> tuple[Watch, Message]:
    watch = await watched(community)
    message = await opened(community, by=by)
    await section(community, message, Tab.LIVE, by=by)
    return watch, message


async def test_a_role_that_anyone_may_mention_is_taken_and_given_up(community: Community) -> None:
    role = community.live.guild.role("fans", mentionable=True)
    watch, message = await golive(community)
    await pick(community, message, "role", role)
    await shows(community, message, f"pings <@&{role.id}> · at most every 10 minutes")
    assert controls(message)["role"]["default_values"] == [{"id": str(role.id), "type": "role"}]
    await send(community, await press(community, message, "cooldown"), "30")
    await shows(community, message, "at most every 30 minutes")
    await pick(community, message, "role")
    await shows(community, message, "pings nobody")
    assert (await stored(community, watch)).settings.ping_cooldown_s == 1800


async def test_everyone_is_never_pinged(community: Community) -> None:
    watch, message = await golive(community)
    await pick(community, message, "role", community.live.guild.everyone)
    await shows(community, message, "I never ping @everyone.")
    assert "role_anyway" not in controls(message)
    assert (await stored(community, watch)).settings.ping_role_id is None


async def test_a_role_that_the_bot_cannot_mention_is_a_fault_at_set_up_unless_it_is_confirmed(community: Community) -> None:
    role = community.live.guild.role("team")
    community.live.deny_bot("mention_everyone")
    watch, message = await golive(community)
    await pick(community, message, "role", role)
    await shows(community, message, f"I cannot ping <@&{role.id}> in <#{community.live.id}>.")
    assert (await stored(community, watch)).settings.ping_role_id is None
    await press(community, message, "role_anyway")
    await shows(community, message, f"pings <@&{role.id}>")
    assert (await stored(community, watch)).settings.ping_role_id == role.id


async def test_a_fault_that_is_mended_is_none(community: Community) -> None:
    role = community.live.guild.role("team")
    community.live.deny_bot("mention_everyone")
    watch, message = await golive(community)
    await pick(community, message, "role", role)
    await shows(community, message, f"I cannot ping <@&{role.id}>")
    community.live.guild.change_role(role, mentionable=True)
    await pick(community, message, "role", role)
    await shows(community, message, f"pings <@&{role.id}>")
    assert (await stored(community, watch)).settings.ping_role_id == role.id


async def test_nobody_has_a_role_pinged_that_they_may_not_mention_themselves(community: Community) -> None:
    role = community.live.guild.role("team")
    community.live.overwrite(community.admin, deny=["mention_everyone"])
    watch, message = await golive(community)
    await pick(community, message, "role", role)
    await shows(community, message, f"You may not mention <@&{role.id}>")
    assert "role_anyway" not in controls(message)
    # The button of somebody who might.
    forged = posted(community, community.live, watch, Tab.LIVE, asks=str(role.id))
    await press(community, forged, "role_anyway")
    await shows(community, forged, f"You may not mention <@&{role.id}>")
    assert (await stored(community, watch)).settings.ping_role_id is None


# --- the preview -----------------------------------------------------------------------------------------------------------


async def samples(community: Community, pressed: Interaction) -> list[Message]:
    """The two messages of a preview; the panel, which has controls, is none of them."""

    def found() -> list[Message]:
        return [message for message in pressed.messages if not message.components]

    await community.discord.until(lambda: len(found()) == 2)
    return found()


async def test_the_preview_is_private_and_reads_as_what_would_be_posted(community: Community) -> None:
    role = community.live.guild.role("fans", mentionable=True)
    watch, message = await golive(community)
    await pick(community, message, "role", role)
    await shows(community, message, "pings <@&")
    pressed = await press(community, message, "preview")
    post, lines = await samples(community, pressed)
    assert post.ephemeral
    assert lines.ephemeral
    assert post.content.startswith(f"<@&{role.id}> 🔴 **@\u200balice** is live")
    assert (post.pinged, lines.pinged) == ((), ())
    assert post.embeds[0]["title"] == "A sample LIVE"
    assert "hxxps" in lines.content
    assert lines.flags & 4, "no link is previewed"
    assert community.live.messages == []
    await section(community, message, Tab.LOOK)
    await pick(community, message, "style", "embeds")
    await shows(community, message, "Embeds · English")
    framed = await press(community, message, "preview")
    _, lines = await samples(community, framed)
    assert lines.content == ""
    assert "hxxps" in lines.embeds[0]["description"]
    assert (await stored(community, watch)).settings.look.style is Style.EMBEDS


async def test_without_a_sample_the_preview_says_so(community: Community) -> None:
    await watched(community)
    message = await opened(community)
    await pick(community, message, "kinds", "deletion")
    await shows(community, message, "**Events** Deletions")
    await press(community, message, "preview")
    await shows(community, message, "Of the chosen kinds of events there is no sample.")
