"""Who is told what, where, and how often: on a real Discord, in the words that people read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.events.ids import Handle
from bot.language import language
from bot.model.fault import Fault, FaultKind
from bot.model.guild import GuildSettings, Place, Server
from bot.model.ids import ChannelId, DiscordUserId, GuildId
from bot.services import notices
from bot.services.faults import Ailing
from bot.services.remedies import TELL_AFTER_S
from bot.storage import watches
from sandbox.discord.world import Channel
from tests.bot.services.test_remedies import GOOD, MUTE
from tests.bot.storage.builders import ADMIN
from tests.bot.storage.test_faults import SINCE
from tests.doubles.town import DAY_S, Town, opened
from tests.doubles.tuned import tuned

SERVER = Server(GuildId(1), DiscordUserId(2), updates_channel_id=ChannelId(20))
T = language("en")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with opened(tmp_path) as town:
        yield town


async def staffed(town: Town) -> Channel:
    """A channel where the guild wants to be told."""
    staff = town.fans.channel("staff")
    guild_id = GuildId(town.fans.id)
    await town.until(lambda: town.servers.place(guild_id, ChannelId(staff.id)))
    await town.guilds.change(guild_id, lambda _: GuildSettings(admin_channel_id=ChannelId(staff.id)), ADMIN)
    return staff


def place(channel_id: int, granted: int = GOOD.granted) -> Place:
    return replace(GOOD, channel_id=ChannelId(channel_id), granted=granted)


def ailing(channel_id: int, handle: str = "alice", *, kind: FaultKind = FaultKind.NO_SEND, is_final: bool = False) -> Ailing:
    watch = replace(tuned(), channel_id=ChannelId(10**18 + channel_id if channel_id < 100 else channel_id), handle=Handle(handle))
    return Ailing(watch, Fault(watch.id, kind, "", SINCE, is_final))


# --- where ---------------------------------------------------------------------------------------------------------------


def test_the_first_place_that_takes_it_is_taken() -> None:
    chosen = GuildSettings(admin_channel_id=ChannelId(10))
    both = {ChannelId(10): place(10), ChannelId(20): place(20)}
    assert notices.address(chosen, SERVER, both) == 10
    assert notices.address(GuildSettings(), SERVER, both) == 20
    assert notices.address(chosen, SERVER, both | {ChannelId(10): place(10, MUTE.granted)}) == 20
    assert notices.address(chosen, SERVER, both | {ChannelId(10): None}) == 20
    assert notices.address(chosen, SERVER, {}) is None


async def test_without_a_channel_the_owner_is_told_directly(town: Town) -> None:
    placed = await town.watch()
    town.community.live.deny_bot("send_messages")
    await town.refused(placed)
    await town.look()
    await town.later(TELL_AFTER_S)
    (told,) = await town.told(town.community.discord.dm(town.fans.owner))
    assert "**Send Messages**" in told


async def test_the_moderators_channel_comes_before_the_owner(town: Town) -> None:
    mods = town.fans.channel("mods")
    town.fans.change(public_updates_channel_id=mods.id)
    await town.watch()
    town.community.live.delete()
    await town.look()
    (told,) = await town.told(mods)
    assert "was deleted" in told
    assert town.community.discord.dm(town.fans.owner).messages == []


async def test_who_takes_no_messages_of_ours_finds_it_in_doctor_and_nothing_goes_on_for_ever(town: Town) -> None:
    town.fans.owner.close_dms()
    await town.watch()
    town.community.live.delete()
    await town.look()
    await town.until(lambda: town.outbox.counters.refused == 1, timeout_s=20)
    await town.look()
    (fault,) = await town.wrong()
    assert fault.told_at is not None
    await town.until(town.outbox.is_idle)


async def test_the_broken_channel_itself_is_no_place_to_complain(town: Town) -> None:
    staff = await staffed(town)
    await town.watch(channel=staff)
    staff.deny_bot("send_messages")
    await town.refused((await town.kept())[0])
    staff.reset_bot()
    town.community.discord.faults.refuse(50013, 99)
    await town.look()
    await town.later(TELL_AFTER_S)
    town.community.discord.faults.clear()
    await town.told(town.community.discord.dm(town.fans.owner))


# --- what, and how often -------------------------------------------------------------------------------------------------


async def test_a_guild_is_told_once_with_channel_permission_and_remedy(town: Town) -> None:
    staff = await staffed(town)
    placed = [await town.watch(name) for name in ("alice", "bob.b")]
    town.community.live.deny_bot("send_messages")
    await town.refused(placed[0])
    await town.look()
    await town.later(TELL_AFTER_S / 2)
    assert staff.messages == [], "who moves roles about need not hear of every moment"
    await town.later(TELL_AFTER_S)
    await town.later(3600)
    (told,) = await town.told(staff)
    assert "**@alice**, **@bob\\.b**" in told
    assert f"<#{town.community.live.id}>" in told
    assert "I lack **Send Messages**" in told
    assert "Edit Channel > Permissions" in told
    assert staff.messages[0].pinged == ()


async def test_the_same_message_says_later_that_the_watch_was_paused_with_a_way_to_resume(town: Town) -> None:
    staff = await staffed(town)
    placed = await town.watch()
    town.community.live.deny_bot("send_messages")
    await town.refused(placed)
    await town.look()
    await town.later(TELL_AFTER_S)
    await town.told(staff)
    await town.later(DAY_S)
    await town.until(lambda: "paused until" in staff.messages[0].content)
    assert len(staff.messages) == 1
    (row,) = staff.messages[0].components
    assert row["components"][0]["custom_id"] == f"resume:{town.fans.id}:{town.community.live.id}"


async def test_a_role_that_is_taken_away_is_one_message_for_all_channels(town: Town) -> None:
    channels = [town.fans.channel(f"c{number}") for number in range(4)]
    placed = [await town.watch(f"creator{number}", channel) for number, channel in enumerate(channels)]
    guild_id = GuildId(town.fans.id)
    await town.until(lambda: town.servers.place(guild_id, ChannelId(channels[-1].id)))
    letters = town.community.discord.dm(town.fans.owner)
    for channel in channels:
        channel.deny_bot("send_messages")
    for watch in placed[:3]:
        await town.refused(watch)
    await town.look()
    await town.later(TELL_AFTER_S)
    (told,) = await town.told(letters)
    assert [f"<#{channel.id}>" in told for channel in channels] == [True, True, True, False]
    await town.refused(placed[3])
    await town.look()
    await town.later(TELL_AFTER_S)
    await town.until(lambda: f"<#{channels[3].id}>" in letters.messages[0].content, timeout_s=20)
    for number, channel in enumerate(channels):
        channel.reset_bot()
        await town.look()
        await town.until(lambda: placed[number].channel_id not in town.dispatcher.troubles())  # noqa: B023
        await town.look()
    await town.until(lambda: letters.messages[0].content.startswith("✅"), timeout_s=20)
    assert all(f"<#{channel.id}>" in letters.messages[0].content for channel in channels)
    assert len(letters.messages) == 1


async def test_a_fault_that_comes_back_is_a_new_message(town: Town) -> None:
    staff = await staffed(town)
    placed = await town.watch()
    for count in (1, 2):
        town.community.live.deny_bot("send_messages")
        await town.refused(placed)
        await town.look()
        await town.later(TELL_AFTER_S)
        await town.told(staff, count)
        town.community.live.reset_bot()
        await town.look()
        await town.until(lambda: not town.dispatcher.troubles())
        await town.look()
        await town.until(lambda: staff.messages[-1].content.startswith("✅"))
    assert len(staff.messages) == 2


async def test_a_restart_tells_nobody_again(town: Town) -> None:
    staff = await staffed(town)
    placed = await town.watch()
    town.community.live.deny_bot("send_messages")
    await town.refused(placed)
    await town.look()
    await town.later(TELL_AFTER_S)
    await town.told(staff)
    await town.stop()
    again = Town(town.community)
    again.clock.shift_s = town.clock.shift_s
    await again.start()
    await again.refused(placed)
    await again.look()
    await again.later(3600)
    await again.until(again.outbox.is_idle)
    assert len(staff.messages) == 1
    await again.stop()


async def test_what_works_again_is_said_in_the_same_message(town: Town) -> None:
    staff = await staffed(town)
    placed = await town.watch()
    town.community.live.deny_bot("send_messages")
    await town.refused(placed)
    await town.look()
    await town.later(TELL_AFTER_S)
    await town.told(staff)
    town.community.live.reset_bot()
    await town.look()
    await town.until(lambda: not town.dispatcher.troubles())
    await town.look()
    await town.until(lambda: staff.messages[0].content.startswith("✅"))
    assert len(staff.messages) == 1


async def test_an_outage_is_not_talked_about(town: Town) -> None:
    staff = await staffed(town)
    placed = await town.watch()
    town.community.live.deny_bot("send_messages")
    await town.refused(placed)
    await town.look()
    town.fans.begin_outage()
    await town.until(lambda: not town.is_available(town.fans))
    await town.later(TELL_AFTER_S + 1)
    await town.until(town.outbox.is_idle)
    assert (await town.wrong())[0].told_at is None
    town.fans.end_outage()
    await town.until(lambda: town.is_available(town.fans))
    await town.look()
    assert len(await town.told(staff)) == 1


async def test_a_return_is_told_once_with_one_button(town: Town) -> None:
    staff = await staffed(town)
    await town.watch()
    town.fans.kick_bot()
    await town.look()
    town.fans.invite_bot()
    await town.until(lambda: town.is_available(town.fans))
    await town.look()
    await town.later(3600)
    (told,) = await town.told(staff)
    assert "I am back" in told
    assert "**@alice**" in told
    (row,) = staff.messages[0].components
    (button,) = row["components"]
    assert (button["label"], button["custom_id"]) == ("Resume", f"resume:{town.fans.id}:0")


async def test_the_guilds_language_is_spoken(town: Town) -> None:
    await staffed(town)
    guild_id = GuildId(town.fans.id)
    await town.guilds.change(guild_id, lambda _: replace(town.guilds.settings(guild_id), locale="es"), ADMIN)
    assert town.notices._language(SERVER).locale == "en"
    assert town.notices._language(replace(SERVER, id=guild_id)).locale == "es"
    assert town.notices._language(replace(SERVER, locale="es-419")).locale == "es"


def test_many_creators_are_counted_and_the_message_stays_short() -> None:
    those = [ailing(number, "_" * 20 + f"{number:03}", is_final=number % 2 == 0) for number in range(200)]
    for t in (T, language("es")):
        assert len(notices.fault_text(t, GuildId(1), those).content) < 2000
    said = notices.fault_text(T, GuildId(1), those).content
    assert "and 180 more" in said
    assert "The same holds for" in said
    assert "and 189 more" in said


def test_a_gone_channel_has_no_button_because_nothing_could_resume_it() -> None:
    for numbers in ((1,), (1, 2)):
        gone = [ailing(number, kind=FaultKind.CHANNEL_GONE, is_final=True) for number in numbers]
        message = notices.fault_text(T, GuildId(1), gone)
        assert message.buttons == ()
        assert "resumes it" not in message.content
    assert notices.fault_text(T, GuildId(1), [ailing(1, kind=FaultKind.LOCKED, is_final=True)]).buttons


def test_the_button_is_for_what_stands_still_in_one_channel_or_in_all() -> None:
    def targets(*finals: bool) -> list[str]:
        those = [ailing(number, is_final=is_final) for number, is_final in enumerate(finals, start=100)]
        return [each.target for row in notices.fault_text(T, GuildId(1), those).buttons for each in row]

    assert targets(False, False) == []
    assert targets(False, True) == ["resume:1:101"]
    assert targets(True, True) == ["resume:1:1"]


async def test_a_fault_that_became_another_is_not_told_twice_as_standing(town: Town) -> None:
    staff = await staffed(town)
    placed = await town.watch()
    town.community.live.deny_bot("send_messages")
    await town.refused(placed)
    await town.look()
    await town.later(TELL_AFTER_S)
    await town.told(staff)
    refusals = town.dispatcher.troubles()[placed.channel_id].refusals
    town.community.live.deny_bot("view_channel", "send_messages")
    await town.look()
    town.dispatcher.retry(placed.channel_id)
    await town.until(lambda: town.dispatcher.troubles()[placed.channel_id].refusals > refusals)
    await town.look()
    assert (await town.wrong())[0].kind is FaultKind.NO_ACCESS
    await town.told(staff, 2)
    await town.until(lambda: staff.messages[0].content.startswith("☑️"))
    assert "View Channel" in staff.messages[1].content


async def test_the_notice_of_a_watch_that_ended_is_taken_back(town: Town) -> None:
    staff = await staffed(town)
    placed = [await town.watch(name) for name in ("alice", "bob")]
    town.community.live.deny_bot("send_messages")
    await town.refused(placed[0])
    await town.look()
    await town.later(TELL_AFTER_S)
    await town.told(staff)
    await town.community.db.write(watches.end_each, [placed[0].id], guild_id=placed[0].guild_id, by=ADMIN, now_ms=1)
    await town.later(600)
    await town.until(lambda: "alice" not in staff.messages[0].content)
    assert "**@bob**" in staff.messages[0].content
    await town.community.db.write(watches.end_each, [placed[1].id], guild_id=placed[1].guild_id, by=ADMIN, now_ms=1)
    await town.later(600)
    await town.until(lambda: staff.messages[0].content.startswith("☑️"))
    assert len(staff.messages) == 1


async def test_a_guild_is_told_once_that_a_creator_is_for_adults_and_a_press_confirms_the_channels(town: Town) -> None:
    staff = await staffed(town)
    news = town.fans.channel("news")
    placed = [await town.watch(), await town.watch(channel=news)]
    await town.restrict(placed[0])
    await town.look()
    await town.later(3600)
    (told,) = await town.told(staff)
    assert f"**@alice**: TikTok shows these LIVEs to adults only, and <#{town.community.live.id}> is not age-restricted." in told
    assert f"The same holds for <#{news.id}>." in told
    assert "Restrict the channel (Edit Channel > Overview)" in told
    (button,) = staff.messages[0].components[0]["components"]
    assert button["label"] == "Relay anyway"
    pressed = await town.community.discord.press(staff.messages[0], town.community.admin, button["custom_id"])
    assert (await pressed.answered()).content == "2 watches go on."
    await town.look()
    assert [(each.paused_why, each.settings.adults_anyway) for each in await town.kept()] == [(None, True), (None, True)]
    assert await town.wrong() == []
