"""One lane's posts when Discord does not answer, refuses, or the process dies in between: each line exactly once."""

from __future__ import annotations

import asyncio
import logging
from itertools import count

import pytest

from bot.delivery.posting import NONCE_TRUSTED_MS
from bot.events.ids import Handle
from bot.model.draft import Line, Urgency
from bot.model.ids import DiscordUserId, GuildId
from bot.storage import creators, cursors, merging, watches
from tests.doubles.desk import LIVE, ROOM, Desk, Settings, chat


async def test_a_kill_between_store_and_answer_leaves_each_line_exactly_once(desk: Desk) -> None:
    alice = await desk.watch()
    desk.discord.answering.clear()
    for seq in (1, 2, 3):
        desk.dispatcher.offer(alice, chat(seq))
    await desk.until(lambda: bool(desk.discord.contents(LIVE)))
    await desk.kill()
    assert await desk.cursor(alice) == 0

    desk.discord.answering.set()
    desk.start()
    # The relay starts at the cursor and tells everything again, and more.
    for seq in (1, 2, 3, 4):
        desk.dispatcher.offer(alice, chat(seq))
    await desk.until_idle()
    assert desk.discord.lines(LIVE) == [chat(seq).text for seq in (1, 2, 3, 4)]
    first, again, _ = desk.discord.sends
    assert first == again, "the same bytes with the same nonce"
    assert await desk.cursor(alice) == 4
    assert await desk.pending() == 0


async def test_twenty_kills_in_a_row_with_the_lane_busy(desk: Desk) -> None:
    alice = await desk.watch()
    told = 0
    for kill in range(20):
        # Now the answer is lost, now the message itself, now neither.
        if kill % 3 == 0:
            desk.discord.answering.clear()
        elif kill % 3 == 1:
            desk.discord.lose_answers(False)
        told += 7
        cursor = await desk.cursor(alice) or 0
        for seq in range(cursor + 1, told + 1):
            desk.dispatcher.offer(alice, chat(seq))
        sends = len(desk.discord.sends)
        await desk.until_sent(sends + 1)
        await desk.kill()
        desk.discord.answering.set()
        desk.start()
    for seq in range((await desk.cursor(alice) or 0) + 1, told + 1):
        desk.dispatcher.offer(alice, chat(seq))
    await desk.until_idle()
    assert desk.discord.lines(LIVE) == [chat(seq).text for seq in range(1, told + 1)]


@pytest.mark.parametrize("stored", [True, False])
async def test_a_lost_answer_is_asked_for_again_with_the_same_nonce(desk: Desk, stored: bool) -> None:
    alice = await desk.watch()
    desk.discord.lose_answers(stored, stored, stored)
    desk.dispatcher.offer(alice, chat(1))
    desk.dispatcher.offer(alice, chat(2))
    await desk.until_idle()
    assert desk.discord.lines(LIVE) == [chat(1).text, chat(2).text]
    assert len({nonce for _, _, nonce in desk.discord.sends}) == 1
    assert desk.dispatcher.counters.unknown == 3


@pytest.mark.parametrize("tells_nonce", [True, False])
@pytest.mark.parametrize("stored", [True, False])
async def test_after_the_nonce_is_forgotten_a_post_is_looked_for_before_it_is_sent_again(
    desk: Desk, stored: bool, tells_nonce: bool
) -> None:
    alice = await desk.watch()
    desk.discord.tells_nonce = tells_nonce
    desk.discord.lose_answers(stored)
    desk.dispatcher.offer(alice, chat(1))
    await desk.until(lambda: desk.dispatcher.counters.unknown == 1)
    await desk.kill()
    await desk.clock.advance(2 * NONCE_TRUSTED_MS / 1000)

    desk.start()
    await desk.until(lambda: desk.dispatcher.counters.recovered == 1)
    await desk.until_idle()
    assert desk.discord.lines(LIVE) == [chat(1).text]
    assert len(desk.discord.sends) == (1 if stored else 2)
    assert await desk.cursor(alice) == 1


async def test_an_outage_longer_than_the_nonce_lives_does_not_post_twice(desk: Desk) -> None:
    alice = await desk.watch()
    desk.discord.lose_answers(True, *([False] * 9))
    desk.dispatcher.offer(alice, chat(1))
    await desk.until_idle(step_s=1)
    assert desk.clock.monotonic() > NONCE_TRUSTED_MS / 1000
    assert desk.discord.lines(LIVE) == [chat(1).text]
    assert desk.dispatcher.counters.found_again == 1


async def test_a_post_is_found_again_though_discords_clock_is_behind(desk: Desk) -> None:
    alice = await desk.watch()
    desk.discord.lose_answers(True)
    desk.dispatcher.offer(alice, chat(1))
    await desk.until(lambda: desk.dispatcher.counters.unknown == 1)
    await desk.kill()
    desk.discord.messages[LIVE][0].created_at_ms -= 20_000
    await desk.clock.advance(2 * NONCE_TRUSTED_MS / 1000)

    desk.start()
    await desk.until(lambda: desk.dispatcher.counters.recovered == 1)
    await desk.until_idle()
    assert desk.discord.lines(LIVE) == [chat(1).text]


@pytest.mark.parametrize("post_every_s", [1.25, 0.3])
async def test_the_same_words_posted_before_are_not_taken_for_the_post_that_was_lost(desk: Desk, post_every_s: float) -> None:
    await desk.kill()
    desk.settings = Settings(post_every_s=post_every_s)
    desk.start()
    alice = await desk.watch()
    desk.dispatcher.offer(alice, chat(1, "**bob** hi"))
    await desk.until_idle()
    desk.discord.lose_answers(False)
    desk.dispatcher.offer(alice, chat(2, "**bob** hi"))
    await desk.until(lambda: desk.dispatcher.counters.unknown == 1)
    await desk.kill()
    await desk.clock.advance(2 * NONCE_TRUSTED_MS / 1000)
    desk.start()
    await desk.until(lambda: desk.dispatcher.counters.recovered == 1)
    await desk.until_idle()
    assert desk.discord.lines(LIVE) == ["**bob** hi", "**bob** hi"]


async def test_what_was_on_its_way_for_a_watch_that_has_ended_is_not_posted(desk: Desk) -> None:
    alice = await desk.watch()
    desk.discord.lose_answers(False)
    desk.dispatcher.offer(alice, chat(1))
    await desk.until(lambda: desk.dispatcher.counters.unknown == 1)
    await desk.kill()
    creator = await desk.db.write(creators.ensure, Handle("alice"), now_ms=desk.clock.now_ms())
    await desk.db.write(watches.end, guild_id=GuildId(1), creator_id=creator.id, by=DiscordUserId(5), now_ms=desk.clock.now_ms())
    desk.start()
    await desk.until(lambda: desk.dispatcher.counters.recovered == 1)
    await desk.until_idle()
    assert desk.discord.contents(LIVE) == []
    assert await desk.pending() == 0


@pytest.mark.parametrize("code", [50035, 200000, 240000])
async def test_the_one_line_that_discord_does_not_take_is_left_out_alone(
    desk: Desk, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    alice = await desk.watch()
    desk.discord.forbidden_words["poison"] = code
    for seq in range(1, 14):
        desk.dispatcher.offer(alice, chat(seq, "**bob** poison" if seq == 6 else ""))
    with caplog.at_level(logging.INFO):
        await desk.until_idle(step_s=1)
    assert desk.discord.lines(LIVE) == [chat(seq).text for seq in range(1, 14) if seq != 6]
    assert desk.dispatcher.counters.lines_refused == 1
    assert "seq=6" in caplog.text
    assert "poison" not in caplog.text
    assert await desk.cursor(alice) == 13
    assert await desk.pending() == 0


async def test_a_kill_while_a_refused_post_is_taken_apart_loses_and_repeats_nothing(desk: Desk) -> None:
    alice = await desk.watch()
    desk.discord.forbidden_words["poison"] = 50035
    for seq in range(1, 9):
        desk.dispatcher.offer(alice, chat(seq, "**bob** poison" if seq == 5 else ""))
    for calls in range(1, 7):
        await desk.until_sent(calls)
        await desk.kill()
        desk.start()
        for seq in range((await desk.cursor(alice) or 0) + 1, 9):
            desk.dispatcher.offer(alice, chat(seq, "**bob** poison" if seq == 5 else ""))
    await desk.until_idle()
    assert desk.discord.lines(LIVE) == [chat(seq).text for seq in range(1, 9) if seq != 5]


@pytest.mark.parametrize(("code", "says"), [(10003, "gone"), (50001, "View Channel"), (50013, "Send Messages")])
async def test_a_channel_that_refuses_is_asked_ever_less_often_and_told_of_once(
    desk: Desk, code: int, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    alice = await desk.watch()
    desk.discord.refused_channels[LIVE] = code
    with caplog.at_level(logging.WARNING):
        for seq in range(1, 1000):
            desk.dispatcher.offer(alice, chat(seq))
        await desk.wait(3600, step_s=20)
    assert 5 <= len(desk.discord.sends) <= 30, "not a tight loop; what is old news is not tried for ever"
    assert caplog.text.count("nothing can be posted") == 1
    assert says in caplog.text
    assert desk.dispatcher.waiting <= desk.settings.lane_lines


async def test_a_line_whose_deletion_comes_while_the_channel_refuses_is_never_posted(desk: Desk) -> None:
    alice = await desk.watch()
    desk.discord.refused_channels[LIVE] = 50013
    desk.dispatcher.offer(alice, chat(1))
    desk.dispatcher.offer(alice, chat(2, viewer="eve"))
    await desk.until(lambda: bool(desk.discord.sends))
    desk.dispatcher.strike(alice, seq=3, room_id=ROOM, message_ids=(), viewer_ids=("eve",))
    desk.dispatcher.passed(alice, 3)
    del desk.discord.refused_channels[LIVE]
    await desk.until_idle(step_s=1)
    assert desk.discord.contents(LIVE) == [chat(1).text]
    assert desk.discord.edits == 0
    await desk.wait(6)
    assert await desk.cursor(alice) == 3


async def test_what_was_removed_while_no_answer_came_is_not_sent_again(desk: Desk) -> None:
    alice = await desk.watch()
    desk.discord.lose_answers(False)
    desk.dispatcher.offer(alice, chat(1))
    desk.dispatcher.offer(alice, chat(2, "**eve** secret", viewer="eve"))
    await desk.until_sent(1)
    desk.dispatcher.strike(alice, seq=3, room_id=ROOM, message_ids=(), viewer_ids=("eve",))
    await desk.until_idle()
    assert desk.discord.contents(LIVE) == [chat(1).text]
    assert all("secret" not in content for _, content, _ in desk.discord.sends[1:])


async def test_what_was_said_hours_ago_is_counted_once_the_channel_is_open_again(desk: Desk) -> None:
    alice = await desk.watch()
    desk.discord.refused_channels[LIVE] = 50013
    desk.dispatcher.offer(alice, chat(1, "**bob** said hours ago"))
    await desk.until(lambda: LIVE in desk.dispatcher.troubles())
    since_s = desk.dispatcher.troubles()[LIVE].since_s
    await desk.wait(3 * 3600, step_s=300)
    desk.dispatcher.offer(alice, chat(2))
    await desk.wait(60, step_s=5)
    assert desk.dispatcher.troubles()[LIVE].since_s == since_s, "the trouble is as old as it is, whatever was dropped meanwhile"

    del desk.discord.refused_channels[LIVE]
    desk.dispatcher.retry(LIVE)
    await desk.until_idle(step_s=1)
    assert desk.discord.contents(LIVE) == [f"-# 1 line left out\n{chat(2).text}"]
    assert desk.dispatcher.troubles() == {}


async def test_a_chat_line_is_posted_while_a_combo_goes_on_without_end(desk: Desk) -> None:
    alice = await desk.watch()

    def combo(seq: int) -> Line:
        return Line(seq, f"🎁 rose ×{seq}", Urgency.GIFT, ROOM, grows="combo", is_open=True)

    desk.dispatcher.offer(alice, combo(1))
    await desk.until_idle()
    await desk.wait(5)
    desk.dispatcher.offer(alice, chat(2))

    async def goes_on() -> None:
        for seq in count(3):
            desk.dispatcher.offer(alice, combo(seq))
            await asyncio.sleep(0)

    hot = desk.later(goes_on())
    await desk.until(lambda: chat(2).text in desk.discord.lines(LIVE), most_s=5)
    hot.cancel()


async def test_a_watch_that_moves_keeps_what_it_has_read_of_its_new_log(desk: Desk) -> None:
    alice = await desk.watch(after=5_000)
    target = await desk.db.write(creators.ensure, Handle("alice2"), now_ms=1)
    desk.dispatcher.passed(alice, 5_000)
    await desk.db.write(merging.move_watches, alice.creator_id, target.id, now_ms=2)
    desk.dispatcher.offer(alice, chat(5_001))  # the relay has not heard of it yet
    await desk.until_idle()
    assert await desk.db.read(cursors.get, cursors.of_watch(alice.id), target.id) == 0


async def test_a_refusal_that_nobody_has_heard_of_does_not_block_the_lane_for_ever(desk: Desk) -> None:
    alice = await desk.watch()
    desk.discord.forbidden_words["poison"] = 424242
    desk.dispatcher.offer(alice, chat(1, "**bob** poison"))
    desk.dispatcher.offer(alice, chat(2))
    await desk.until_idle(step_s=1)
    assert desk.discord.contents(LIVE) == [chat(2).text]


async def test_a_post_that_a_moderator_deleted_before_we_heard_of_it_is_not_posted_again(desk: Desk) -> None:
    alice = await desk.watch()
    desk.discord.lose_answers(True)
    desk.dispatcher.offer(alice, chat(1))
    await desk.until_sent(1)
    desk.discord.take_away(LIVE)
    await desk.until_idle(step_s=1)
    await desk.wait(300, step_s=5)
    assert desk.discord.contents(LIVE) == []
    assert desk.dispatcher.counters.lines_refused == 0
    assert await desk.cursor(alice) == 1


async def test_an_unexpected_error_costs_a_pause_and_never_the_lane(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    alice = await desk.watch()
    desk.discord.surprises = 3
    desk.dispatcher.offer(alice, chat(1))
    with caplog.at_level(logging.CRITICAL):
        await desk.until_idle()
    assert desk.discord.lines(LIVE) == [chat(1).text]
    assert desk.dispatcher.counters.failures == 3
