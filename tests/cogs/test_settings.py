"""/settings: shown, changed, refused, remembered."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import Connection, select

from bot.model.guild import GuildSettings
from bot.model.ids import GuildId
from bot.storage import guilds
from bot.storage.tables import config_audit
from tests.doubles.community import Community


async def kept(community: Community) -> GuildSettings:
    return await community.db.read(guilds.settings, GuildId(community.live.guild.id))


def audited(connection: Connection) -> list[tuple[str, int, str]]:
    return [(row.action, row.actor_id, row.after) for row in connection.execute(select(config_audit))]


async def test_without_options_it_shows_what_is_set(community: Community) -> None:
    answer = await (await community.use("settings")).answered()
    assert answer.ephemeral
    assert "**Admin channel:** not set" in answer.content
    assert "**Language:** the server's own" in answer.content
    assert await community.db.read(audited) == []


async def test_what_is_set_is_kept_shown_and_audited(community: Community) -> None:
    staff = community.live.guild.channel("staff")
    role = community.live.guild.role("managers")
    answer = await community.asked("settings", admin_channel=staff, manager_role=role, moderator_role=role, language="es")
    assert f"**Admin channel:** <#{staff.id}>" in answer
    assert f"**Manager role:** <@&{role.id}>" in answer
    assert "**Language:** Español" in answer
    assert "Server Settings > Integrations" in answer, "Discord hides the commands from them until then"
    assert await kept(community) == GuildSettings(staff.id, role.id, role.id, "es")  # type: ignore[arg-type]
    ((action, by, after),) = await community.db.read(audited)
    assert (action, by, json.loads(after)["manager_role_id"]) == ("guild.changed", community.admin.id, str(role.id))


async def test_one_option_leaves_the_others_and_clear_takes_one_back(community: Community) -> None:
    role = community.live.guild.role("managers")
    await community.asked("settings", manager_role=role, language="es")
    await community.asked("settings", language="server")
    assert await kept(community) == GuildSettings(manager_role_id=role.id)  # type: ignore[arg-type]
    answer = await community.asked("settings", clear="manager_role_id")
    assert "**Manager role:** not set" in answer
    assert await kept(community) == GuildSettings()


async def test_a_channel_that_the_bot_may_not_write_in_is_refused(community: Community) -> None:
    staff = community.live.guild.channel("staff")
    staff.deny_bot("send_messages")
    assert (await community.asked("settings", admin_channel=staff)).startswith("I need **Send Messages**")
    assert await kept(community) == GuildSettings()


@pytest.mark.parametrize("option", ["manager_role", "moderator_role"])
async def test_everybody_is_nobodys_role_and_a_bots_role_is_not_for_people(community: Community, option: str) -> None:
    guild = community.live.guild
    assert "@everyone is everybody" in await community.asked("settings", {option: guild.everyone})
    assert "belongs to a bot" in await community.asked("settings", {option: guild.bot_role})
    assert await kept(community) == GuildSettings()


async def test_the_manager_role_configures_but_does_not_name_managers(community: Community) -> None:
    guild = community.live.guild
    role = guild.role("managers")
    for registered in community.discord.commands:
        registered.body["default_member_permissions"] = None
    bob = guild.member("bob", permissions=["view_channel", "send_messages"])
    assert "This needs the **Manage Server** permission" in await community.asked("settings", by=bob)
    await community.asked("settings", manager_role=role)
    assert f"or the role <@&{role.id}>" in await community.asked("settings", by=bob)
    bob.add_role(role)
    assert "**Manager role:**" in await community.asked("settings", by=bob)
    assert "Nothing is watched here" in await community.asked("doctor", by=bob)
    other = guild.role("cronies")
    assert "**Manage Server**" in await community.asked("settings", {"manager_role": other}, by=bob)
    assert (await kept(community)).manager_role_id == role.id


async def test_two_who_change_different_things_at_once_lose_nothing(community: Community) -> None:
    guild = community.live.guild
    staff, role = guild.channel("staff"), guild.role("mods")
    await asyncio.gather(community.asked("settings", admin_channel=staff), community.asked("settings", moderator_role=role))
    settings = await kept(community)
    assert (settings.admin_channel_id, settings.moderator_role_id) == (staff.id, role.id)
