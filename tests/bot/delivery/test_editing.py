"""Deletions in the copy: queued, in flight, posted; one edit per message; nothing else is ever touched."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.delivery.coalesce import MOST_CHARS
from bot.delivery.editing import GATHER_S, OLD_MESSAGE_S, TOO_MANY_OLD_EDITS
from bot.model.draft import LedgerPost, Line, Urgency
from bot.model.ids import DiscordUserId
from bot.model.watch import Watch
from bot.storage import posts
from bot.storage.tables import post
from tests.doubles.desk import LIVE, ROOM, Desk, chat

GONE = "*🗑️ removed*"


def strike(desk: Desk, watch: Watch, seq: int, *, viewers: tuple[str, ...] = (), messages: tuple[str, ...] = ()) -> None:
    desk.dispatcher.strike(watch, seq=seq, room_id=ROOM, message_ids=messages, viewer_ids=viewers)
    desk.dispatcher.passed(watch, seq)


def follows(seq: int, text: str = "") -> Line:
    """A line that grows."""
    return Line(seq, text or f"➕ {seq} new followers", Urgency.GIFT, ROOM, grows="follows")


async def test_a_line_that_still_waits_is_never_posted(desk: Desk) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, chat(1))
    desk.dispatcher.offer(alice, chat(2, viewer="eve"))
    strike(desk, alice, 3, viewers=("eve",))
    await desk.until_idle()
    assert desk.discord.contents(LIVE) == [chat(1).text]
    assert desk.discord.edits == 0
    assert desk.dispatcher.counters.struck_waiting == 1


async def test_a_posted_line_is_struck_within_five_seconds_and_its_text_is_gone_everywhere(desk: Desk) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, chat(1))
    desk.dispatcher.offer(alice, chat(2, "**eve** secret", viewer="eve"))
    desk.dispatcher.offer(alice, chat(3))
    await desk.until_idle()
    removed_at = desk.clock.monotonic()
    strike(desk, alice, 4, messages=("m2",))
    await desk.until_idle()
    assert desk.clock.monotonic() - removed_at < 5
    assert desk.discord.contents(LIVE) == [f"{chat(1).text}\n{GONE}\n{chat(3).text}"]
    assert await unedited(desk) == []


async def test_a_line_that_is_in_flight_is_struck_right_after_it_landed(desk: Desk) -> None:
    alice = await desk.watch()
    desk.discord.answering.clear()
    desk.dispatcher.offer(alice, chat(1))
    desk.dispatcher.offer(alice, chat(2, viewer="eve"))
    await desk.until(lambda: bool(desk.discord.messages))
    strike(desk, alice, 3, viewers=("eve",))
    await desk.wait(4)
    assert (await desk.cursor(alice) or 0) < 3
    desk.discord.answering.set()
    landed_at = desk.clock.monotonic()
    await desk.until_idle(step_s=0.01)  # small steps: fake time must not run far ahead while the database is at work
    assert desk.discord.contents(LIVE) == [f"{chat(1).text}\n{GONE}"]
    assert desk.clock.monotonic() - landed_at < 1.5


async def test_a_kill_between_a_strike_and_its_edit_is_made_good_at_the_next_start(desk: Desk) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, chat(1))
    await desk.until_idle()
    desk.discord.lost_edits = 1_000
    strike(desk, alice, 2, viewers=("bob",))
    await desk.until(lambda: desk.discord.lost_edits < 1_000)
    await desk.kill()
    desk.discord.lost_edits = 0
    desk.start()
    await desk.until(lambda: desk.discord.contents(LIVE) == [GONE])
    await desk.until_idle()
    assert await unedited(desk) == []


async def test_a_wipe_of_two_hundred_lines_in_eight_posts_is_eight_edits(desk: Desk) -> None:
    alice = await desk.watch()
    for seq in range(1, 201):
        desk.dispatcher.offer(alice, chat(seq, "**eve** " + "x" * 70, viewer="eve"))
    await desk.until_idle()
    assert len(desk.discord.contents(LIVE)) == 8
    strike(desk, alice, 201, viewers=("eve",))
    await desk.until_idle()
    assert desk.discord.edits == 8
    assert all(content.startswith("*🗑️ ") and "x" not in content for content in desk.discord.contents(LIVE))
    assert desk.discord.contents(LIVE)[0] == "*🗑️ 25 removed*"


async def test_strikes_of_one_second_are_one_edit(desk: Desk) -> None:
    alice = await desk.watch()
    for seq in range(1, 11):
        desk.dispatcher.offer(alice, chat(seq))
    await desk.until_idle()
    for seq in range(1, 10):
        strike(desk, alice, 10 + seq, messages=(f"m{seq}",))
        await desk.wait(0.1)
    await desk.until_idle()
    assert desk.discord.contents(LIVE) == [f"*🗑️ 9 removed*\n{chat(10).text}"]
    assert desk.discord.edits == 1


async def test_a_strike_does_not_wait_for_the_edit_of_a_line_that_grows(desk: Desk) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, follows(1))
    desk.dispatcher.offer(alice, chat(2, "**eve** secret", viewer="eve"))
    await desk.until_idle()
    await desk.wait(5)
    desk.dispatcher.offer(alice, follows(3))
    await desk.wait(0.05, step_s=0.05)
    removed_at = desk.clock.monotonic()
    strike(desk, alice, 4, viewers=("eve",))
    await desk.until(lambda: "secret" not in "".join(desk.discord.contents(LIVE)))
    assert desk.clock.monotonic() - removed_at <= GATHER_S + 0.5


async def test_a_line_that_only_grew_is_less_urgent_than_one_that_was_removed(desk: Desk) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, follows(1))
    desk.dispatcher.offer(alice, chat(2, viewer="eve"))
    await desk.until_idle()
    desk.dispatcher.offer(alice, follows(3))
    await desk.until_idle()
    strike(desk, alice, 4, viewers=("eve",))
    await desk.until_idle()
    assert desk.discord.edited_as == [Urgency.GIFT, Urgency.DELETION]


async def test_what_was_removed_from_a_full_post_is_gone_although_a_line_of_it_grew(desk: Desk) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, follows(1))
    desk.dispatcher.offer(alice, chat(2, "**eve** secret", viewer="eve"))
    for seq in range(3, 100):
        if sum(len(chat(each, "w" * 90).text) + 1 for each in range(3, seq + 1)) < MOST_CHARS - 40:
            desk.dispatcher.offer(alice, chat(seq, "w" * 90))
    await desk.until_idle()
    (full,) = desk.discord.contents(LIVE)
    desk.dispatcher.offer(alice, follows(100, "➕ 100 new followers " + "+" * (MOST_CHARS - len(full) + 20)))
    await desk.until_idle()
    strike(desk, alice, 101, viewers=("eve",))
    await desk.until_idle()
    assert "secret" not in desk.discord.contents(LIVE)[0]
    assert desk.dispatcher.counters.edits_refused == 0


async def test_an_old_message_that_has_to_wait_lets_the_others_go_first(desk: Desk) -> None:
    alice = await desk.watch()
    for seq in (1, 2):
        desk.dispatcher.offer(alice, chat(seq, viewer="eve"))
        await desk.until_idle()
    desk.discord.edit_codes.append(TOO_MANY_OLD_EDITS)
    strike(desk, alice, 3, viewers=("eve",))
    await desk.until(lambda: not desk.discord.edit_codes)
    await desk.wait(OLD_MESSAGE_S - 1)
    assert GONE in desk.discord.contents(LIVE), "the second, while the first still waits"
    await desk.until_idle()
    assert desk.discord.contents(LIVE) == [GONE, GONE]


async def test_a_strike_during_an_edit_of_the_same_post_is_a_second_edit(desk: Desk) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, chat(1))
    desk.dispatcher.offer(alice, chat(2, viewer="eve"))
    await desk.until_idle()
    desk.discord.answering.clear()
    strike(desk, alice, 3, viewers=("eve",))
    await desk.until(lambda: desk.discord.edits == 1)
    strike(desk, alice, 4, viewers=("bob",))
    # The next post is what must not overtake the strike: it writes it into the ledger.
    desk.dispatcher.offer(alice, chat(5))
    await desk.wait(3)
    desk.discord.answering.set()
    await desk.until_idle()
    assert desk.discord.contents(LIVE) == ["*🗑️ 2 removed*", chat(5).text]


async def test_what_the_viewer_writes_after_the_wipe_stands(desk: Desk) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, chat(1, "**eve** before", viewer="eve"))
    strike(desk, alice, 2, viewers=("eve",))
    desk.dispatcher.offer(alice, chat(3, "**eve** after", viewer="eve"))
    await desk.until_idle()
    assert desk.discord.contents(LIVE) == ["**eve** after"]


async def test_another_watch_and_another_room_keep_their_lines(desk: Desk) -> None:
    alice, bea = await desk.watch("alice"), await desk.watch("bea")
    desk.dispatcher.offer(alice, chat(1))
    desk.dispatcher.offer(bea, chat(1))
    await desk.until_idle()
    strike(desk, alice, 2, viewers=("bob",))
    desk.dispatcher.strike(bea, seq=2, room_id="another", message_ids=("m1",), viewer_ids=("bob",))
    await desk.until_idle()
    struck, kept = desk.discord.contents(LIVE)
    assert GONE in struck
    assert chat(1).text in kept
    assert desk.discord.edits == 1


async def test_the_cursor_does_not_pass_a_strike_that_is_not_in_the_ledger(desk: Desk) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, chat(1))
    await desk.until_idle()
    strike(desk, alice, 2, viewers=("bob",))
    desk.dispatcher.offer(alice, chat(3))
    await desk.until_idle()
    assert desk.discord.contents(LIVE) == [GONE, chat(3).text]
    assert await desk.cursor(alice) == 3


@pytest.mark.parametrize("code", [10003, 10008, 50005])
async def test_a_message_that_is_gone_is_forgotten(desk: Desk, code: int) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, chat(1))
    await desk.until_idle()
    desk.discord.edit_codes.append(code)
    strike(desk, alice, 2, viewers=("bob",))
    await desk.until_idle()
    assert await unedited(desk) == []
    assert desk.discord.edits == 0
    strike(desk, alice, 3, viewers=("bob",))
    await desk.until_idle()
    assert desk.discord.edits == 0


@pytest.mark.parametrize("codes", [[30046, 30046], [50013], [0]])
async def test_an_edit_that_has_to_wait_is_made_later(desk: Desk, codes: list[int]) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, chat(1))
    await desk.until_idle()
    desk.discord.edit_codes.extend(codes)
    strike(desk, alice, 2, viewers=("bob",))
    await desk.until_idle()
    assert desk.discord.contents(LIVE) == [GONE]


async def test_an_edit_that_discord_will_never_take_does_not_hold_up_the_next(desk: Desk) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, chat(1, "x" * 1990, viewer="eve"))
    desk.dispatcher.offer(alice, chat(2, "y" * 1990, viewer="eve"))
    await desk.until_idle()
    desk.discord.edit_codes.append(50035)
    strike(desk, alice, 3, viewers=("eve",))
    await desk.until_idle()
    assert desk.dispatcher.counters.edits_refused == 1
    assert desk.discord.contents(LIVE)[1] == GONE
    assert await unedited(desk) == []


async def unedited(desk: Desk) -> list[LedgerPost]:
    return await desk.db.read(posts.unedited)


async def test_a_post_that_somebody_else_changed_in_the_ledger_is_edited(desk: Desk) -> None:
    alice = await desk.watch()
    desk.dispatcher.offer(alice, chat(1))
    desk.dispatcher.offer(alice, chat(2, "**eve** secret", viewer="eve"))
    await desk.until_idle()
    [post_id] = await desk.db.read(lambda connection: list(connection.execute(select(post.c.id)).scalars()))
    changed = await desk.db.write(
        posts.strike_source, guild_id=alice.guild_id, post_id=post_id, number=1, source=0, by=DiscordUserId(1), now_ms=1
    )
    assert changed is not None
    desk.dispatcher.correct(changed)
    await desk.until_idle()
    assert desk.discord.contents(LIVE) == [f"{chat(1).text}\n{GONE}"]
    assert await unedited(desk) == []
