"""The button under a notice: pressed by whom, how often, after how many restarts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model.guild import GuildSettings
from bot.model.ids import ChannelId, DiscordRoleId, GuildId
from bot.model.watch import PauseReason
from bot.storage import watches
from sandbox.discord.world import Message
from tests.bot.storage.builders import ADMIN
from tests.doubles.town import Town, opened


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with opened(tmp_path) as town:
        yield town
        assert town.community.discord.violations == []


async def returned(town: Town) -> Message:
    """The bot was removed and invited again; the notice about it, in #staff."""
    staff = town.fans.channel("staff")
    guild_id = GuildId(town.fans.id)
    await town.until(lambda: town.servers.place(guild_id, ChannelId(staff.id)))
    await town.guilds.change(guild_id, lambda _: GuildSettings(admin_channel_id=ChannelId(staff.id)), ADMIN)
    await town.watch()
    town.fans.kick_bot()
    await town.look()
    town.fans.invite_bot()
    await town.until(lambda: town.is_available(town.fans))
    await town.look()
    await town.told(staff)
    return staff.messages[0]


def button_of(message: Message) -> str:
    return str(message.components[0]["components"][0]["custom_id"])


async def paused(town: Town) -> list[PauseReason | None]:
    return [each.paused_why for each in await town.kept()]


async def test_a_press_resumes_and_takes_the_button_away(town: Town) -> None:
    notice = await returned(town)
    await town.community.bell.wait(0)
    pressed = await town.community.discord.press(notice, town.community.admin, button_of(notice))
    answer = await pressed.answered()
    assert answer.ephemeral
    assert answer.content == "1 watch goes on."
    assert await paused(town) == [None]
    assert await town.community.bell.wait(0), "whoever follows creators hears of it"
    await town.until(lambda: notice.components == [])
    assert "I am back" in notice.content


async def test_two_presses_at_once_resume_once(town: Town) -> None:
    notice = await returned(town)
    discord, admin, button = town.community.discord, town.community.admin, button_of(notice)
    both = [await discord.press(notice, admin, button) for _ in range(2)]
    said = sorted([(await each.answered()).content for each in both])
    assert said == ["1 watch goes on.", "Nothing stands paused for this reason any more."]


async def test_the_button_works_after_a_restart(town: Town) -> None:
    notice = await returned(town)
    await town.stop()
    again = Town(town.community)
    await again.start()
    pressed = await town.community.discord.press(notice, town.community.admin, button_of(notice))
    assert (await pressed.answered()).content == "1 watch goes on."
    await again.stop()


async def test_the_rule_holds_for_buttons_too(town: Town) -> None:
    notice = await returned(town)
    bob = town.fans.member("bob", permissions=["view_channel"])
    pressed = await town.community.discord.press(notice, bob, button_of(notice))
    assert "This needs the **Manage Server** permission" in (await pressed.answered()).content
    assert await paused(town) == [PauseReason.LEFT]
    role = town.fans.role("managers")
    bob.add_role(role)
    await town.guilds.change(GuildId(town.fans.id), lambda _: GuildSettings(manager_role_id=DiscordRoleId(role.id)), ADMIN)
    pressed = await town.community.discord.press(notice, bob, button_of(notice))
    assert (await pressed.answered()).content == "1 watch goes on."


async def test_an_id_forged_for_another_server_is_refused(town: Town) -> None:
    await returned(town)
    other = town.community.discord.guild("others")
    eve = other.member("eve", permissions=["manage_guild", "view_channel"])
    place = other.channel("general")
    await town.until(lambda: town.is_available(other))
    forged = f"resume:{town.fans.id}:0"
    row = {"type": 1, "components": [{"type": 2, "style": 3, "label": "Resume", "custom_id": forged}]}
    message = other.world.post(place, other.world.bot, content="free nitro", components=[row])
    pressed = await town.community.discord.press(message, eve, forged)
    assert (await pressed.answered()).content == "This button is not for this server."
    assert await paused(town) == [PauseReason.LEFT]


async def test_in_direct_messages_only_the_owner_may(town: Town) -> None:
    await town.watch()
    town.fans.kick_bot()
    await town.look()
    town.fans.invite_bot()
    await town.until(lambda: town.is_available(town.fans))
    await town.look()
    letters = town.community.discord.dm(town.fans.owner)
    await town.told(letters)
    owner = letters.guild.members[town.fans.owner_id]
    ann = town.community.admin
    town.fans.change(owner_id=ann.id)
    await town.until(lambda: town.servers.server(GuildId(town.fans.id)).owner_id == ann.id)  # type: ignore[union-attr]
    pressed = await town.community.discord.press(letters.messages[0], owner, button_of(letters.messages[0]))
    assert (await pressed.answered()).content == "This button is not for this server."
    town.fans.change(owner_id=owner.id)
    await town.until(lambda: town.servers.server(GuildId(town.fans.id)).owner_id == owner.id)  # type: ignore[union-attr]
    pressed = await town.community.discord.press(letters.messages[0], owner, button_of(letters.messages[0]))
    assert (await pressed.answered()).content == "1 watch goes on."


async def test_a_fault_is_resumed_in_its_channel_only(town: Town) -> None:
    here, elsewhere = await town.watch(), await town.watch(channel=town.fans.channel("news"))
    ids = [here.id, elsewhere.id]
    await town.community.db.write(watches.pause, ids, why=PauseReason.FAULT, by=ADMIN, now_ms=1)
    button = f"resume:{town.fans.id}:{here.channel_id}"
    row = {"type": 1, "components": [{"type": 2, "style": 3, "label": "Resume", "custom_id": button}]}
    message = town.fans.world.post(town.fans.channel("staff"), town.fans.world.bot, content="paused", components=[row])
    pressed = await town.community.discord.press(message, town.community.admin, button)
    assert (await pressed.answered()).content == "1 watch goes on."
    assert [each.id for each in await town.community.db.read(watches.active)] == [here.id]


async def test_what_is_paused_where_the_presser_may_not_write_stays_so_and_is_named(town: Town) -> None:
    news = town.fans.channel("news")
    here, there = await town.watch(), await town.watch(channel=news)
    await town.until(lambda: town.servers.place(GuildId(town.fans.id), ChannelId(news.id)))
    await town.community.db.write(watches.pause, [here.id, there.id], why=PauseReason.FAULT, by=ADMIN, now_ms=1)
    news.overwrite(town.community.admin, deny=["send_messages"])
    staff = town.fans.channel("staff")
    refusals = []
    for target in (news.id, 1):
        button = f"resume:{town.fans.id}:{target}"
        row = {"type": 1, "components": [{"type": 2, "style": 3, "label": "Resume", "custom_id": button}]}
        message = town.fans.world.post(staff, town.fans.world.bot, content="paused", components=[row])
        pressed = await town.community.discord.press(message, town.community.admin, button)
        refusals.append((await pressed.answered()).content)
    assert refusals[0].startswith(f"You need **Send Messages** in <#{news.id}> yourself")
    assert refusals[1] == f"1 watch goes on.\nYou may not write in <#{news.id}> yourself, so what is paused there stays so."
    assert message.components, "somebody else may press it still"
    assert [each.id for each in await town.community.db.read(watches.active)] == [here.id]


async def test_a_database_that_is_gone_is_said_and_not_swallowed(town: Town) -> None:
    notice = await returned(town)
    await town.community.db.close()
    pressed = await town.community.discord.press(notice, town.community.admin, button_of(notice))
    assert "My database does not answer" in (await pressed.answered()).content


async def test_a_confirmation_is_for_its_channel_and_for_what_is_held_there(town: Town) -> None:
    here, elsewhere, asked = await town.watch(), await town.watch(channel=town.fans.channel("news")), await town.watch("bob")
    db = town.community.db
    await db.write(watches.pause, [here.id, elsewhere.id], why=PauseReason.ADULTS, by=ADMIN, now_ms=1)
    await db.write(watches.pause, [asked.id], why=PauseReason.ASKED, by=ADMIN, now_ms=1)
    button = f"adults:{town.fans.id}:{here.channel_id}"
    row = {"type": 1, "components": [{"type": 2, "style": 4, "label": "Relay anyway", "custom_id": button}]}
    message = town.fans.world.post(town.fans.channel("staff"), town.fans.world.bot, content="held", components=[row])
    bob = town.fans.member("bob", permissions=["view_channel"])
    pressed = await town.community.discord.press(message, bob, button)
    assert "This needs the **Manage Server** permission" in (await pressed.answered()).content
    pressed = await town.community.discord.press(message, town.community.admin, button)
    assert (await pressed.answered()).content == "1 watch goes on."
    assert [each.id for each in await db.read(watches.active)] == [here.id]
    assert [each.settings.adults_anyway for each in await db.read(watches.active)] == [True]
