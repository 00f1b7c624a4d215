"""Who may not tune, what is over, restarts, slowness, two admins at a time: the panel of `/tune` over a real socket."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.model.creator import CreatorState
from bot.model.ids import DiscordUserId
from bot.model.watch import EventKind, Follows, PauseReason
from bot.storage import watches
from cogs.tune import view
from cogs.ui import panel_controls
from cogs.ui.panel import Press, Tab
from sandbox.discord.invocation import CannotUse
from tests.doubles.community import Community
from tests.doubles.tuned import tuned
from tests.doubles.tuner import (
    REFUSED,
    UPDATE,
    T,
    controls,
    drive,
    opened,
    pick,
    posted,
    press,
    put,
    said,
    send,
    shows,
    stored,
    watched,
)

# --- strangers, the unauthorised, and what is over -------------------------------------------------------------------------


def everything() -> Iterator[tuple[Tab, str, str]]:
    """Each control of each section, those that only a question brings included."""
    for tab in Tab:
        for asks in ("", "77", "resume"):
            for row in panel_controls.rows(T, tuned(paused_why=PauseReason.ASKED if asks else None), tab, asks=asks):
                for item in row:
                    found = Press.of(item.to_component_dict()["custom_id"])
                    assert found is not None
                    yield tab, asks, found.control


EVERYTHING = sorted(set(everything()))


async def test_no_control_reaches_the_watch_of_another_server(community: Community) -> None:
    watch = await watched(community)
    elsewhere = community.discord.guild("strangers").channel("lobby")
    eve = elsewhere.guild.member("eve", permissions=["manage_guild", "view_channel", "send_messages", "mention_everyone"])
    # What one's own server has on its screen is remembered; it must not fill a form of somebody else's.
    await opened(community)
    for tab, asks, control in EVERYTHING:
        message = posted(community, elsewhere, watch, tab, asks=asks)
        used = await drive(community, message, control, eve)
        await shows(community, message, "This watch has ended, or was never one of this server's")
        assert used.modal is None
        assert message.components == [], "what cannot be used any more is gone"
        assert message.embeds == []
    assert await stored(community, watch) == watch


async def test_no_control_works_without_the_permission(community: Community) -> None:
    watch = await watched(community)
    bob = community.live.guild.member("bob", permissions=["view_channel", "send_messages", "mention_everyone"])
    await opened(community)
    for tab, asks, control in EVERYTHING:
        message = posted(community, community.live, watch, tab, asks=asks)
        used = await drive(community, message, control, bob)
        await used.says(REFUSED)
        assert used.modal is None
    assert await stored(community, watch) == watch


async def test_a_form_that_was_opened_before_the_permission_was_lost_changes_nothing(community: Community) -> None:
    watch = await watched(community)
    ben = community.live.guild.member("ben", permissions=["manage_guild", "view_channel", "send_messages"])
    message = await opened(community, by=ben)
    form = await press(community, message, "min_diamonds", by=ben)
    await form.acknowledged()
    community.live.guild.member("ben", permissions=["view_channel", "send_messages"])
    await send(community, form, "5", by=ben)
    await shows(community, message, REFUSED)
    assert await stored(community, watch) == watch


async def test_nobody_changes_what_is_posted_where_they_may_not_write(community: Community) -> None:
    watch = await watched(community)
    message = await opened(community)
    community.live.overwrite(community.admin, deny=["send_messages"])
    await pick(community, message, "follows", "digest")
    await shows(community, message, f"You need **Send Messages** in <#{community.live.id}> yourself")
    assert await stored(community, watch) == watch


async def test_the_panel_of_a_watch_that_ended_says_so_and_has_no_controls(community: Community) -> None:
    watch = await watched(community)
    message = await opened(community)
    form = await press(community, message, "min_diamonds")
    await form.acknowledged()
    await community.db.write(watches.end, guild_id=watch.guild_id, creator_id=watch.creator_id, by=DiscordUserId(1), now_ms=1)
    await send(community, form, "5")
    await shows(community, message, "This watch has ended")
    assert message.components == []
    with pytest.raises(CannotUse):
        await community.discord.press(message, community.admin, Press(watch.id, Tab.WHAT, "preview").custom_id)


async def test_a_control_of_another_version_is_answered_politely(community: Community) -> None:
    watch = await watched(community)
    strange = discord.ui.Button[Any](custom_id=Press(watch.id, Tab.WHAT, "telepathy").custom_id, label="Telepathy")
    message = put(community, community.live, view([[strange]]))
    await press(community, message, "telepathy")
    await shows(community, message, "This control belongs to another version of me.")


async def test_a_server_that_the_operator_does_not_serve_is_told_so(tmp_path: Path) -> None:
    async with Community.open(tmp_path, allowed_guilds=(1,)) as community:
        await community.start()
        watch = await watched(community)
        message = posted(community, community.live, watch, Tab.WHAT)
        used = await press(community, message, "preview")
        assert "does not serve this server" in (await used.answered()).content


# --- restarts, slowness, two at a time -------------------------------------------------------------------------------------


async def restart(community: Community) -> None:
    await community.stop()
    await community.discord.until(lambda: not community.discord.is_online)
    await community.start()


async def test_the_panel_outlives_a_restart_and_so_does_an_open_form(community: Community) -> None:
    watch = await watched(community)
    message = await opened(community)
    form = await press(community, message, "min_diamonds")
    await form.acknowledged()
    await restart(community)
    await pick(community, message, "follows", "digest")
    await shows(community, message, "Follows as a digest")
    await send(community, form, "7")
    await shows(community, message, "gifts from 7 💎")
    await restart(community)
    await press(community, message, "min_diamonds")
    await shows(community, message, "This may have changed since the panel was shown.")
    again = await press(community, message, "min_diamonds")
    await again.acknowledged()
    assert again.modal is not None
    assert again.modal["components"][0]["component"]["value"] == "7"
    assert (await stored(community, watch)).revision == 3


async def test_a_form_does_not_undo_what_was_changed_while_it_was_open(community: Community) -> None:
    watch = await watched(community)
    ben = community.live.guild.member("ben", permissions=["manage_guild", "view_channel", "send_messages"])
    mine = await opened(community)
    his = await opened(community, by=ben)
    form = await press(community, mine, "min_diamonds")
    await form.acknowledged()
    await send(community, await press(community, his, "min_diamonds", by=ben), "100", by=ben)
    await shows(community, his, "gifts from 100 💎")
    await send(community, form, "5")
    await shows(community, mine, "This was changed meanwhile, so nothing of what you sent was stored.")
    assert "gifts from 100 💎" in said(mine)
    assert (await stored(community, watch)).settings.min_diamonds == 100
    again = await press(community, mine, "min_diamonds")
    await again.acknowledged()
    assert again.modal is not None
    assert again.modal["components"][0]["component"]["value"] == "100"


async def test_a_form_opens_with_what_a_command_changed_past_the_panel(community: Community) -> None:
    await watched(community)
    message = await opened(community)
    await (await community.use("watch", creator="alice", channel=community.live, min_diamonds=100)).says("100 diamonds")
    await press(community, message, "min_diamonds")
    await shows(community, message, "This may have changed since the panel was shown.")
    again = await press(community, message, "min_diamonds")
    await again.acknowledged()
    assert again.modal is not None
    assert again.modal["components"][0]["component"]["value"] == "100"


async def test_a_watch_held_for_adults_goes_on_at_a_second_press_only(community: Community) -> None:
    watch = await watched(community)
    await community.tiktok_says("alice", CreatorState.LIVE, is_age_restricted=True)
    await community.db.write(watches.pause, [watch.id], why=PauseReason.ADULTS, by=DiscordUserId(1), now_ms=1)
    message = posted(community, community.live, await stored(community, watch), Tab.MORE)
    await press(community, message, "resume")
    await shows(community, message, "TikTok shows the LIVEs of **@alice** to adults only")
    assert "paused" in said(message)
    assert (await stored(community, watch)).paused_why is PauseReason.ADULTS
    assert controls(message)["resume_anyway"]["label"] == "Relay here anyway"
    await press(community, message, "resume_anyway")
    await shows(community, message, "▶️ relaying")
    assert (await stored(community, watch)).paused_at is None


async def test_in_a_channel_for_adults_one_press_is_enough(community: Community) -> None:
    watch = await watched(community)
    await community.tiktok_says("alice", CreatorState.LIVE, is_age_restricted=True)
    await community.db.write(watches.pause, [watch.id], why=PauseReason.ADULTS, by=DiscordUserId(1), now_ms=1)
    community.live.change(nsfw=True)
    message = posted(community, community.live, await stored(community, watch), Tab.MORE)
    await press(community, message, "resume")
    await shows(community, message, "▶️ relaying")


async def test_discord_py_keeps_nothing_of_panels_and_forms(community: Community) -> None:
    await watched(community)
    for _ in range(3):
        message = await opened(community)
        await (await press(community, message, "min_diamonds")).acknowledged()
        await pick(community, message, "follows", "digest")
        await shows(community, message, "Follows as a digest")
    assert community.bot is not None
    store = community.bot._connection._view_store
    assert (store._views, store._modals, store._synced_message_views) == ({}, {}, {})


async def test_a_press_is_acknowledged_while_the_database_is_blocked(community: Community, tmp_path: Path) -> None:
    await watched(community)
    message = await opened(community)
    with sqlite3.connect(tmp_path / "relay.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        picked = await pick(community, message, "follows", "digest")
        await picked.acknowledged(3.0)
        assert picked.response_type == UPDATE
        form = await press(community, message, "min_diamonds")
        await form.acknowledged(3.0)
        sent = await send(community, form, "9")
        await sent.acknowledged(3.0)
        assert "digest" not in said(message)
        other.execute("ROLLBACK")
    other.close()
    await shows(community, message, "gifts from 9 💎 · Follows as a digest")


async def test_what_is_pressed_last_is_what_the_panel_shows_in_the_end(community: Community, tmp_path: Path) -> None:
    await watched(community)
    message = await opened(community)
    with sqlite3.connect(tmp_path / "relay.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        await (await pick(community, message, "follows", "digest")).acknowledged()
        # It needs no write, so it could be answered at once.
        later = await pick(community, message, "section", "look")
        await later.acknowledged()
        other.execute("ROLLBACK")
    other.close()
    await community.discord.until(lambda: "style" in controls(message))
    assert len(message.edits) == 2
    assert "Follows as a digest" in said(message)


async def test_two_admins_at_once_lose_nothing_of_each_other(community: Community) -> None:
    watch = await watched(community)
    ben = community.live.guild.member("ben", permissions=["manage_guild", "view_channel", "send_messages"])
    mine = await opened(community)
    his = await opened(community, by=ben)
    await asyncio.gather(pick(community, mine, "follows", "digest"), pick(community, his, "kinds", "follow", by=ben))
    await shows(community, mine, "digest")
    await shows(community, his, "**Events** Follows")
    settings = (await stored(community, watch)).settings
    assert settings.follows is Follows.DIGEST
    assert settings.kinds == {EventKind.FOLLOW}


async def test_a_database_that_fails_is_told_and_the_panel_stays(community: Community, caplog: pytest.LogCaptureFixture) -> None:
    await watched(community)
    message = await opened(community)
    await community.db.close()
    await pick(community, message, "follows", "digest")
    await shows(community, message, "My database does not answer.")
    assert message.components
    caplog.clear()
