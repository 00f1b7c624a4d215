"""Buttons over a real socket: what stands in their custom ids is all that they need, and a failure is told."""

from __future__ import annotations

import re
from pathlib import Path

import discord
import pytest

from bot.storage import watches
from cogs.live import Missed
from cogs.subscriptions import BUTTONS
from cogs.transfer import Apply
from cogs.ui.buttons import Pressable, row
from tests.doubles.community import Community

EVERY = (*BUTTONS, Missed, Apply)


def test_no_custom_id_is_understood_by_two_kinds_of_buttons() -> None:
    ids = ["watch:anyway:1", "unwatch:1:0:2", "unwatch:keep", "watching:3", "live:missed:4", "import:5"]
    understood = [[kind for kind in EVERY if kind.__discord_ui_compiled_template__.fullmatch(each)] for each in ids]
    assert understood == [[kind] for kind in EVERY]


def test_a_button_knows_the_numbers_of_its_custom_id() -> None:
    button = BUTTONS[1](discord.ui.Button(label="x", custom_id="unwatch:7:0:9"))
    assert button.about == {"creator": 7, "channel": 0, "newest": 9}


@pytest.mark.parametrize("kind", EVERY)
def test_every_number_fits_the_database_and_the_id_fits_discord(kind: type[Pressable]) -> None:
    groups = re.findall(r"\(\?P<\w+>\\d\{1,(\d+)\}\)", kind.__discord_ui_compiled_template__.pattern)
    assert all(int(digits) <= 20 for digits in groups)
    assert len(kind.__discord_ui_compiled_template__.pattern) < 100


def test_no_buttons_are_no_view() -> None:
    assert row() is None


async def test_a_failure_is_answered_with_its_number_and_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with Community.open(tmp_path) as community:
        await community.start()
        await (await community.use("watch", creator="alice", channel=community.live)).says("checking")
        question = await (await community.use("unwatch", creator="alice")).says("End the watch")
        await community.db.write(watches.end, guild_id=1, creator_id=1, by=1, now_ms=1)  # type: ignore[arg-type]
        await community.db.close()
        end = question.components[0]["components"][0]["custom_id"]
        pressed = await community.discord.press(question, community.admin, end)
        await pressed.says("My database does not answer.")
    assert "failed" in caplog.text


async def test_a_server_that_is_not_served_presses_in_vain(tmp_path: Path) -> None:
    async with Community.open(tmp_path) as community:
        await community.start()
        await (await community.use("watch", creator="alice", channel=community.live)).says("checking")
        question = await (await community.use("unwatch", creator="alice")).says("End the watch")
        await community.stop()
        await community.discord.until(lambda: not community.discord.is_online)
        community.settings = community.settings.model_copy(update={"allowed_guilds": (1,)})
        await community.start()
        end = question.components[0]["components"][0]["custom_id"]
        pressed = await community.discord.press(question, community.admin, end)
        await pressed.says("This bot is private and does not serve this server.")
