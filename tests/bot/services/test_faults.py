"""From what Discord refuses to a row for the watch: a real dispatcher, a real gateway, a clock that can be moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.model.fault import Fault, FaultKind
from bot.model.ids import GuildId
from bot.model.watch import PauseReason, WatchSettings
from bot.services.remedies import TELL_AFTER_S
from bot.storage import faults, watches
from tests.bot.storage.builders import ADMIN
from tests.doubles.community import Community
from tests.doubles.town import DAY_S, Town, opened


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with opened(tmp_path) as town:
        yield town


async def active(town: Town) -> int:
    return len(await town.community.db.read(watches.active))


async def test_a_deleted_channel_pauses_its_watches_at_once(town: Town) -> None:
    news = town.fans.channel("news")
    gone, other = await town.watch(channel=news), await town.watch()
    news.delete()
    await town.look()
    (fault,) = await town.wrong()
    assert (fault.watch_id, fault.kind, fault.is_final) == (gone.id, FaultKind.CHANNEL_GONE, True)
    assert [each.id for each in await town.community.db.read(watches.active)] == [other.id]
    assert {each.paused_why for each in await town.kept()} == {None, PauseReason.FAULT}
    await town.look()
    assert len(await town.wrong()) == 1


async def test_the_threads_of_a_deleted_channel_are_gone_with_it(town: Town) -> None:
    news = town.fans.channel("news")
    thread = news.thread("lives")
    await town.until(lambda: town.servers.place(GuildId(town.fans.id), thread.id) is not None)  # type: ignore[arg-type]
    placed = await town.watch(channel=thread)
    news.delete()
    await town.look()
    assert [each.watch_id for each in await town.wrong()] == [placed.id]


async def test_a_deleted_thread_too(town: Town) -> None:
    thread = town.fans.channel("news").thread("lives")
    await town.watch(channel=thread)
    thread.delete()
    await town.look()
    assert [each.kind for each in await town.wrong()] == [FaultKind.CHANNEL_GONE]


async def test_a_channel_that_was_deleted_unseen_needs_two_refusals_half_an_hour_apart(tmp_path: Path) -> None:
    async with Community.open(tmp_path) as community:
        town = Town(community)
        news = town.fans.channel("news")
        await town.start()
        placed = await town.watch(channel=news)
        await town.stop()
        news.delete()
        again = Town(community)
        await again.start()
        await again.refused(placed)
        await again.look()
        (fault,) = await again.wrong()
        assert (fault.kind, fault.is_final) == (FaultKind.CHANNEL_GONE, False)
        await again.later(1799)
        assert await active(again) == 1
        again.dispatcher.retry(placed.channel_id)
        await again.until(lambda: again.dispatcher.troubles()[placed.channel_id].refusals > 1)
        await again.later(400)
        assert await active(again) == 0
        assert (await again.wrong())[0].is_final
        await again.stop()


async def test_a_missing_permission_is_waited_out_for_a_day(town: Town) -> None:
    placed = await town.watch()
    town.community.live.deny_bot("send_messages")
    await town.refused(placed)
    await town.look()
    (fault,) = await town.wrong()
    assert (fault.kind, fault.is_final) == (FaultKind.NO_SEND, False)
    await town.later(DAY_S - 60)
    assert await active(town) == 1
    await town.later(120)
    assert await active(town) == 0
    (kept,) = await town.kept()
    assert kept.paused_why is PauseReason.FAULT


async def test_the_day_goes_on_over_a_restart(town: Town) -> None:
    """What a former process wrote down counts; that nobody was refused since the start proves nothing."""
    placed = await town.watch()
    since = datetime.fromtimestamp(town.clock.now_ms() / 1000, UTC) - timedelta(days=1, minutes=1)
    await town.community.db.write(faults.put, Fault(placed.id, FaultKind.NO_ACCESS, "written before", since))
    town.community.live.deny_bot("view_channel")
    await town.look()
    assert await active(town) == 1
    assert len(await town.wrong()) == 1
    await town.refused(placed)
    await town.look()
    assert await active(town) == 0


async def test_a_permission_that_is_granted_again_is_used_at_once(town: Town) -> None:
    placed = await town.watch()
    town.community.live.deny_bot("send_messages")
    await town.refused(placed)
    await town.look()
    for tries in (2, 3, 4):  # so that the lane's own next try is far away
        town.dispatcher.retry(placed.channel_id)
        await town.until(lambda tries=tries: town.dispatcher.troubles()[placed.channel_id].refusals >= tries)  # type: ignore[misc]
    town.community.live.reset_bot()
    await town.look()
    await town.until(lambda: town.community.live.messages, timeout_s=4)
    await town.until(lambda: not town.dispatcher.troubles())
    await town.look()
    assert await town.wrong() == []


async def test_a_role_counts_as_well_as_an_exception_of_the_channel(town: Town) -> None:
    placed = await town.watch()
    every = town.fans.everyone
    for role in (every, town.fans.bot_role):
        town.fans.set_permissions(role, ["view_channel"])
    await town.refused(placed)
    await town.look()
    assert [each.kind for each in await town.wrong()] == [FaultKind.NO_SEND]
    town.fans.set_permissions(every, ["view_channel", "send_messages", "read_message_history"])
    await town.look()
    await town.until(lambda: town.community.live.messages, timeout_s=4)


async def test_a_word_that_automod_blocks_is_no_fault_of_the_watch(town: Town) -> None:
    placed = await town.watch()
    town.community.discord.faults.blocked_words.add("spam")
    town.say(placed, "spam")
    town.say(placed, "ham")
    await town.until(lambda: town.community.live.messages)
    await town.later(TELL_AFTER_S + 1)
    assert await town.wrong() == []


async def test_an_outage_decides_nothing(town: Town) -> None:
    placed = await town.watch()
    town.community.live.deny_bot("send_messages")
    await town.refused(placed)
    town.fans.begin_outage()
    await town.until(lambda: not town.is_available(town.fans))
    await town.later(2 * DAY_S)
    assert await town.wrong() == []
    assert await active(town) == 1


async def test_three_watches_of_a_channel_share_the_instant_of_their_fault(town: Town) -> None:
    placed = [await town.watch(name) for name in ("alice", "bob", "carol")]
    town.community.live.deny_bot("send_messages")
    await town.refused(placed[0])
    await town.look()
    faults = await town.wrong()
    assert len(faults) == 3
    assert len({each.since for each in faults}) == 1


async def test_embed_links_that_are_not_granted_do_not_heal_because_nothing_was_sent(town: Town) -> None:
    placed = await town.watch()
    since = datetime.fromtimestamp(town.clock.now_ms() / 1000, UTC)
    await town.community.db.write(faults.put, Fault(placed.id, FaultKind.NO_EMBEDS, "a card", since))
    town.community.live.deny_bot("embed_links")
    town.say(placed, "a line goes through, a card would not")
    await town.until(lambda: town.community.live.messages)
    await town.look()
    assert [each.kind for each in await town.wrong()] == [FaultKind.NO_EMBEDS]
    town.community.live.reset_bot()
    await town.look()
    assert await town.wrong() == []


async def test_a_refusal_that_nobody_can_see_heals_by_a_post_only(town: Town) -> None:
    placed = await town.watch()
    since = datetime.fromtimestamp(town.clock.now_ms() / 1000, UTC) - timedelta(seconds=1)
    await town.community.db.write(faults.put, Fault(placed.id, FaultKind.OTHER, "who knows", since))
    await town.look()
    assert len(await town.wrong()) == 1
    town.say(placed, "it works")
    await town.until(lambda: town.community.live.messages)
    await town.until(lambda: town.dispatcher.is_idle())
    await town.look()
    assert await town.wrong() == []


# --- creators for adults ---------------------------------------------------------------------------------------------------


async def test_a_creator_who_proves_to_be_for_adults_later_is_held_where_the_channel_is_not(town: Town) -> None:
    for_adults = town.fans.channel("adults")
    for_adults.change(nsfw=True)
    thread = for_adults.thread("talk", owner=town.community.admin)
    held, stays, also = await town.watch(), await town.watch(channel=for_adults), await town.watch(channel=thread)
    other = await town.watch("bob")
    await town.look()
    assert await active(town) == 4
    await town.restrict(held)
    await town.look()
    assert [each.id for each in await town.community.db.read(watches.active)] == [stays.id, also.id, other.id]
    (fault,) = await town.wrong()
    assert (fault.watch_id, fault.kind, fault.is_final) == (held.id, FaultKind.ADULTS, True)
    assert {each.paused_why for each in await town.kept()} == {None, PauseReason.ADULTS}


async def test_a_channel_that_was_confirmed_is_not_held_again_and_one_that_changes_is(town: Town) -> None:
    for_adults = town.fans.channel("adults")
    for_adults.change(nsfw=True)
    confirmed, restricted = await town.watch(), await town.watch(channel=for_adults)
    settings = WatchSettings(adults_anyway=True)
    await town.community.db.write(
        watches.change, guild_id=confirmed.guild_id, watch_id=confirmed.id, settings=settings, by=ADMIN, now_ms=1
    )
    await town.restrict(confirmed)
    await town.look()
    assert await active(town) == 2
    for_adults.change(nsfw=False)
    await town.look()
    assert [each.id for each in await town.community.db.read(watches.active)] == [confirmed.id]
    assert [each.watch_id for each in await town.wrong()] == [restricted.id]


async def test_nothing_is_held_in_a_server_that_cannot_be_seen_now(town: Town) -> None:
    placed = await town.watch()
    await town.restrict(placed)
    town.fans.begin_outage()
    await town.until(lambda: not town.is_available(town.fans))
    await town.look()
    assert await active(town) == 1
    town.fans.end_outage()
    await town.until(lambda: town.is_available(town.fans))
    await town.look()
    assert await active(town) == 0
