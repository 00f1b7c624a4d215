"""Lanes together: what a channel shows, how far the cursors go, what is left out, how it ends."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from bot.delivery.budget import QUIET_S
from bot.model.draft import Line, Urgency
from bot.model.ids import ChannelId
from bot.model.watch import Removal
from tests.doubles.desk import LIVE, OTHER, ROOM, Desk, Settings, chat


async def test_lines_that_come_together_are_one_post(desk: Desk) -> None:
    alice = await desk.watch()
    for seq in (1, 2, 3):
        desk.dispatcher.offer(alice, chat(seq))
    await desk.until_idle()
    assert desk.discord.contents(LIVE) == ["**bob** line 1\n**bob** line 2\n**bob** line 3"]
    assert await desk.cursor(alice) == 3
    assert await desk.pending() == 0


async def test_a_lone_line_waits_only_for_a_moment_of_quiet(desk: Desk) -> None:
    alice = await desk.watch()
    await desk.clock.settle(desk.dispatcher.is_idle)  # the past is dealt with
    desk.dispatcher.offer(alice, chat(1))
    await desk.clock.advance(QUIET_S * 0.9)
    assert not desk.discord.sends
    # Time moves no further: what is left is the database's, which takes real time only.
    await desk.clock.advance(QUIET_S * 0.1 + 0.001)
    await desk.clock.settle(lambda: bool(desk.discord.messages))


async def test_a_channel_gets_at_most_one_post_in_one_and_a_quarter_seconds(desk: Desk) -> None:
    alice = await desk.watch()
    seq = 0
    for _ in range(60):
        seq += 1
        desk.dispatcher.offer(alice, chat(seq))
        await desk.wait(0.3)
    await desk.until_idle()
    times = [message.at for message in desk.discord.messages[LIVE]]
    assert len(times) > 5
    assert min(later - earlier for earlier, later in pairwise(times)) >= 1.25
    assert desk.discord.lines(LIVE) == [chat(number).text for number in range(1, seq + 1)]


async def test_two_channels_do_not_wait_for_each_other(desk: Desk) -> None:
    here, there = await desk.watch(), await desk.watch(channel=OTHER)
    desk.discord.refused_channels[OTHER] = 50013
    desk.dispatcher.offer(here, chat(1))
    desk.dispatcher.offer(there, chat(1))
    await desk.until(lambda: bool(desk.discord.contents(LIVE)))
    assert desk.discord.contents(OTHER) == []


async def test_two_creators_in_one_channel_never_share_a_post_and_each_post_says_whose_it_is(desk: Desk) -> None:
    alice, bea = await desk.watch("alice"), await desk.watch("bea")
    for seq in range(1, 6):
        desk.dispatcher.offer(alice, chat(seq, f"of alice {seq}"))
        desk.dispatcher.offer(bea, chat(seq, f"of bea {seq}"))
    await desk.until_idle()
    first, second = desk.discord.contents(LIVE)
    assert first.split("\n") == ["-# @\u200balice", *(f"of alice {seq}" for seq in range(1, 6))]
    assert second.split("\n") == ["-# @\u200bbea", *(f"of bea {seq}" for seq in range(1, 6))]
    assert (await desk.cursor(alice), await desk.cursor(bea)) == (5, 5)


@pytest.mark.parametrize("flood", [10_000])
async def test_a_flood_is_bounded_and_the_next_post_says_how_much_is_missing(desk: Desk, flood: int) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, chat(1, "a gift", urgency=Urgency.GIFT))
    for seq in range(2, flood + 1):
        desk.dispatcher.offer(alice, chat(seq))
    assert desk.dispatcher.waiting == desk.settings.lane_lines
    await desk.until_idle()
    lines = desk.discord.lines(LIVE)
    assert lines[:2] == [f"-# {flood - 500:,} lines left out", "a gift"]
    assert lines[-1] == chat(flood).text
    assert len(lines) == 501
    assert desk.dispatcher.counters.left_out_chat == flood - 500
    assert await desk.cursor(alice) == flood


async def test_unwanted_events_move_the_cursor_every_five_seconds(desk: Desk) -> None:
    alice = await desk.watch()
    desk.dispatcher.passed(alice, 40)
    await desk.wait(4)
    assert await desk.cursor(alice) == 0
    desk.dispatcher.passed(alice, 41)
    await desk.wait(2)
    assert await desk.cursor(alice) == 41


async def test_a_cursor_never_passes_a_line_that_still_waits(desk: Desk) -> None:
    alice = await desk.watch()
    desk.discord.refused_channels[LIVE] = 50001
    desk.dispatcher.offer(alice, chat(7))
    desk.dispatcher.passed(alice, 90)
    await desk.wait(0.5)
    desk.dispatcher.offer(alice, chat(91))
    desk.dispatcher.passed(alice, 95)
    await desk.wait(60, step_s=1)
    assert (await desk.cursor(alice) or 0) < 7


async def test_a_post_takes_the_cursor_past_the_unwanted_events_behind_it(desk: Desk) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, chat(3))
    desk.dispatcher.passed(alice, 20)
    await desk.until(lambda: desk.dispatcher.counters.posts == 1)
    assert await desk.cursor(alice) == 20


async def test_a_watch_that_ends_takes_its_waiting_lines_along_and_leaves_the_others(desk: Desk) -> None:
    alice, bea = await desk.watch("alice"), await desk.watch("bea")
    desk.dispatcher.offer(alice, chat(1, "of alice"))
    desk.dispatcher.offer(bea, chat(1, "of bea"))
    desk.dispatcher.stop(alice)
    await desk.until_idle()
    assert desk.discord.lines(LIVE) == ["of bea"]


async def test_a_line_is_taken_once_however_often_the_relay_tells_it(desk: Desk) -> None:
    alice = await desk.watch()
    for _ in range(3):
        for seq in (1, 2):
            desk.dispatcher.offer(alice, chat(seq))
    await desk.until_idle()
    desk.dispatcher.offer(alice, chat(2))
    await desk.wait(5)
    assert desk.discord.lines(LIVE) == [chat(1).text, chat(2).text]


async def test_drain_posts_what_waits_without_waiting_for_company(desk: Desk) -> None:
    alice = await desk.watch()
    for seq in range(1, 200):
        desk.dispatcher.offer(alice, chat(seq, "x" * 100))
    draining = desk.later(desk.dispatcher.drain(60))
    await desk.until(draining.done)
    assert draining.result() is True
    assert len(desk.discord.lines(LIVE)) == 199
    assert await desk.cursor(alice) == 199


async def test_drain_gives_up_at_its_deadline_and_leaves_the_rest_to_the_next_start(desk: Desk) -> None:
    alice = await desk.watch()
    desk.discord.answering.clear()
    desk.dispatcher.offer(alice, chat(1))
    draining = desk.later(desk.dispatcher.drain(3))
    await desk.until(draining.done)
    assert draining.result() is False
    assert await desk.pending() == 1


async def test_a_channel_in_trouble_is_named_with_the_missing_permission(desk: Desk) -> None:
    alice = await desk.watch()
    desk.discord.refused_channels[LIVE] = 50013
    desk.dispatcher.offer(alice, chat(1))
    await desk.until(lambda: bool(desk.dispatcher.troubles()))
    assert "Send Messages" in desk.dispatcher.troubles()[LIVE].reason
    del desk.discord.refused_channels[LIVE]
    await desk.until_idle()
    assert desk.dispatcher.troubles() == {}
    assert desk.discord.lines(LIVE) == [chat(1).text]


async def test_many_busy_channels_stretch_the_interval_of_all(desk: Desk) -> None:
    watches = [await desk.watch(channel=ChannelId(100 + number)) for number in range(100)]
    for seq in range(1, 4):
        for watch in watches:
            desk.dispatcher.offer(watch, chat(seq, f"{seq} " + "x" * 1500))
    await desk.until_idle()
    times = [message.at for message in desk.discord.messages[ChannelId(100)]]
    assert len(times) == 3
    # 100 due lanes / 40 posts a second
    assert times[2] - times[1] >= 2.5


async def test_a_smaller_lane_is_a_matter_of_configuration(desk: Desk) -> None:
    await desk.kill()
    desk.settings = Settings(lane_lines=3)
    desk.start()
    alice = await desk.watch()
    for seq in range(1, 8):
        desk.dispatcher.offer(alice, chat(seq))
    await desk.until_idle()
    assert desk.discord.lines(LIVE) == ["-# 4 lines left out", *(chat(seq).text for seq in (5, 6, 7))]


async def test_a_lane_that_no_watch_uses_is_closed(desk: Desk) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, chat(1))
    await desk.until_idle()
    desk.dispatcher.stop(alice)
    await desk.until(lambda: desk.dispatcher.lanes == 0, step_s=5)
    desk.dispatcher.offer(alice, chat(2))
    await desk.until_idle()
    assert desk.discord.lines(LIVE) == [chat(1).text, chat(2).text]


# Lines that grow, and lines that are removed.


def combo(seq: int, count: int, *, is_open: bool = True) -> Line:
    return Line(seq, f"rose x{count}", Urgency.GIFT, ROOM, grows="combo:bob:rose", is_open=is_open)


async def test_a_combo_in_a_silent_channel_grows_in_place_and_is_one_line(desk: Desk) -> None:
    alice = await desk.watch()
    for seq in range(1, 20):
        desk.dispatcher.offer(alice, combo(seq, seq))
        await desk.wait(0.5)
    desk.dispatcher.offer(alice, combo(20, 20, is_open=False))
    await desk.until_idle()
    assert desk.discord.lines(LIVE) == ["rose x20"]
    (message,) = desk.discord.messages[LIVE]
    assert 2 <= len(message.edits) <= 7, "edited as it grew, and not for each rose"
    await desk.wait(6)
    assert await desk.cursor(alice) == 20


async def test_a_combo_in_a_busy_channel_is_told_once_when_it_is_over(desk: Desk) -> None:
    alice = await desk.watch()
    for seq in range(1, 40, 2):
        desk.dispatcher.offer(alice, combo(seq, seq))
        desk.dispatcher.offer(alice, chat(seq + 1))
        await desk.wait(0.3)
    desk.dispatcher.offer(alice, combo(41, 41, is_open=False))
    await desk.until_idle()
    gifts = [line for line in desk.discord.lines(LIVE) if line.startswith("rose")]
    assert gifts == ["rose x41"]


async def test_a_combo_that_began_before_a_crash_ends_in_its_own_line(desk: Desk) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, combo(1, 3))
    await desk.until(lambda: desk.discord.lines(LIVE) == ["rose x3"])
    await desk.until_idle()
    await desk.kill()
    desk.start()
    desk.dispatcher.offer(alice, combo(2, 9, is_open=False))
    await desk.until_idle()
    assert desk.discord.lines(LIVE) == ["rose x9"]


async def test_a_line_that_grows_while_its_post_is_in_the_air_ends_as_it_should(desk: Desk) -> None:
    alice = await desk.watch()
    desk.discord.answering.clear()
    desk.dispatcher.offer(alice, replace(combo(1, 1), is_open=False))
    await desk.until_sent(1)
    desk.dispatcher.offer(alice, combo(2, 2, is_open=False))
    desk.discord.answering.set()
    await desk.until(lambda: desk.discord.lines(LIVE) == ["rose x2"])
    await desk.until_idle()


async def test_an_open_combo_holds_no_cursor(desk: Desk) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, chat(1))
    desk.dispatcher.offer(alice, combo(2, 1))
    desk.dispatcher.offer(alice, chat(3))
    await desk.until(lambda: LIVE in desk.discord.messages)
    await desk.until_idle()
    assert await desk.cursor(alice) == 3


async def test_a_watch_may_leave_removed_lines_as_they_are_but_posts_no_more_of_them(desk: Desk) -> None:
    alice = await desk.watch()
    alice = replace(alice, settings=replace(alice.settings, removal=Removal.LEAVE))
    desk.dispatcher.offer(alice, chat(1))
    await desk.until_idle()
    desk.dispatcher.offer(alice, chat(2))
    desk.dispatcher.strike(alice, seq=3, room_id=ROOM, message_ids=(), viewer_ids=("bob",))
    await desk.until_idle()
    assert desk.discord.lines(LIVE) == [chat(1).text]


async def test_a_permission_that_comes_back_is_used_at_once(desk: Desk) -> None:
    alice = await desk.watch()
    desk.discord.refused_channels[LIVE] = 50013
    desk.dispatcher.offer(alice, chat(1))
    await desk.until(lambda: bool(desk.dispatcher.troubles()))
    await desk.wait(200, step_s=5)
    del desk.discord.refused_channels[LIVE]
    desk.dispatcher.retry(LIVE)
    await desk.wait(5, step_s=0.5)
    assert desk.discord.lines(LIVE) == [chat(1).text]


async def test_repeats_that_came_with_a_flood_are_struck_one_by_one(desk: Desk) -> None:
    alice = await desk.watch()
    for seq in range(1, 401):
        line = replace(chat(seq, f"**v{seq}** spam", viewer=f"v{seq}"), who=f"**v{seq}**", said="spam " + "x" * 60)
        desk.dispatcher.offer(alice, replace(line, text=f"{line.who} {line.said}"))
    await desk.until_idle()
    folded = next(message for message in desk.discord.messages[LIVE] if "×" in message.content)
    before = int(folded.content.split("×")[1].split(" ")[0])
    last = desk.discord.messages[LIVE][-1]
    desk.dispatcher.strike(alice, seq=401, room_id=ROOM, message_ids=(), viewer_ids=("v400",))
    await desk.until_idle()
    assert last.content.split("×")[1].split(" ")[0] == str(before - 1)
