"""Stories of one creator: live, offline, unknown, lost, over, and everything that comes between."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from bot.errors import ConnectionRefused, CreatorOffline, Unclear
from bot.events import (
    Combo,
    CommentEvent,
    CreatorNotFoundEvent,
    DisconnectedEvent,
    GapEvent,
    GiftEvent,
    Handle,
    LiveEndedEvent,
    LiveStartedEvent,
    RoomId,
)
from bot.ingest.settings import IngestSettings
from bot.model.creator import CreatorState, CreatorStatus
from bot.storage import creators, sessions
from bot.tiktok.allowance import Limit
from tests.bot.ingest.conftest import World, live
from tests.doubles.events import comment, deletion, gift


async def test_what_is_said_in_the_room_reaches_the_log_in_order_with_the_room_and_the_creator(world: World) -> None:
    alice = await live(world)
    world.source.stream("alice").say(comment("one"), comment("two"))
    world.source.stream("alice").say(comment("three"))

    said = await world.until_logged(alice, CommentEvent, 3)
    assert [event.text for event in said if isinstance(event, CommentEvent)] == ["one", "two", "three"]
    assert {(event.room_id, event.creator) for event in said} == {("100", "alice")}


async def test_the_chat_of_a_foreign_room_never_reaches_the_log(world: World) -> None:
    alice = await live(world)
    world.source.stream("alice").say(comment("not ours", room="999"), comment("ours", room="100"))

    said = await world.until_logged(alice, CommentEvent)
    assert [event.text for event in said if isinstance(event, CommentEvent)] == ["ours"]
    assert world.supervisor is not None
    assert world.supervisor.counters.foreign == 1


async def test_a_restart_in_mid_live_announces_no_second_start_and_admits_the_gap(world: World) -> None:
    alice = await live(world)
    world.source.stream("alice").say(comment("before"))
    await world.until_logged(alice, CommentEvent)
    await world.passing(10)
    killed_at_ms = world.clock.now_ms()
    await world.crash()
    await world.clock.advance(120)
    back_at_ms = world.clock.now_ms()
    await world.start()
    await world.connected("alice")

    (gap,) = await world.until_logged(alice, GapEvent)
    assert isinstance(gap, GapEvent)
    assert killed_at_ms - 6_000 <= gap.from_ms <= killed_at_ms
    assert back_at_ms <= gap.to_ms <= back_at_ms + 5_000
    assert gap.reason == "the bot was not running"
    assert len(await world.said(alice, LiveStartedEvent)) == 1


async def test_a_quick_restart_is_no_gap(world: World) -> None:
    alice = await live(world)
    world.source.stream("alice").say(comment("before"))
    await world.until_logged(alice, CommentEvent)
    await world.passing(6)
    await world.stop()
    await world.clock.advance(5)
    await world.start()
    await world.connected("alice")
    world.source.stream("alice").say(comment("after"))
    await world.until_logged(alice, CommentEvent, 2)

    assert await world.said(alice, GapEvent) == []


async def test_a_crash_between_noting_the_room_and_announcing_it_announces_it_after_the_restart(world: World) -> None:
    world.rooms.live("alice", "100")
    alice = await world.watch("alice")
    now_ms = world.clock.now_ms()
    await world.db.write(sessions.begin, alice, RoomId("100"), now_ms=now_ms, started_at_ms=0, title="")
    await world.clock.advance(60)
    await world.start()

    assert len(await world.until_logged(alice, LiveStartedEvent)) == 1


async def test_after_the_end_of_a_live_the_creator_is_polled_and_the_next_live_starts_anew(world: World) -> None:
    alice = await live(world)
    world.source.stream("alice").end()
    world.rooms.offline("alice")
    status = await world.until_status(alice, CreatorState.OFFLINE)
    assert status.next_try_at is not None
    assert await world.session(alice) is None
    await world.passing(300, step_s=5)
    looks = world.rooms.looked_up("alice")
    assert all(60 <= later - sooner <= 75 for sooner, later in pairwise(looks[1:])), looks

    world.rooms.live("alice", "101")
    await world.connected("alice")
    started = await world.until_logged(alice, LiveStartedEvent, 2)
    assert [event.message_id for event in started] == ["live:100", "live:101"]
    assert len(await world.said(alice, LiveEndedEvent)) == 1


async def test_a_live_is_not_closed_before_its_end_is_durable(world: World) -> None:
    alice = await live(world)
    world.log.is_full = True
    world.source.stream("alice").end()
    world.rooms.offline("alice")
    await world.passing(20)
    assert await world.session(alice) is not None, "a crash now must not lose the end"

    world.log.is_full = False
    await world.until_status(alice, CreatorState.OFFLINE)
    assert len(await world.said(alice, LiveEndedEvent)) == 1
    assert await world.session(alice) is None


async def test_a_stream_that_ends_without_a_word_is_checked_and_the_end_is_inferred(world: World) -> None:
    alice = await live(world)
    world.rooms.offline("alice")
    world.source.stream("alice").close()

    (ended,) = await world.until_logged(alice, LiveEndedEvent)
    assert isinstance(ended, LiveEndedEvent)
    assert ended.inferred
    assert await world.said(alice, DisconnectedEvent) == []


async def test_a_lost_connection_is_told_and_made_anew_with_a_gap_and_without_a_tight_loop(world: World) -> None:
    alice = await live(world)
    waits = []
    for _ in range(3):
        world.source.stream("alice").lose("reset by peer")
        await world.until(lambda: not world.source.open_streams("alice"))
        lost_at = world.clock.monotonic()
        await world.connected("alice")
        waits.append(world.source.attempts[Handle("alice")][-1] - lost_at)
    gaps = await world.until_logged(alice, GapEvent, 3)

    assert {gap.reason for gap in gaps if isinstance(gap, GapEvent)} == {"reset by peer"}
    assert len(await world.said(alice, DisconnectedEvent)) == 3
    assert len(await world.said(alice, LiveStartedEvent)) == 1
    assert waits == sorted(waits)
    assert waits[0] >= 0.7, "not at once"
    assert len(world.rooms.looked_up("alice")) == 1, "a known room needs no page"


async def test_a_broken_stream_of_a_live_that_is_over_is_an_end_not_a_loop(world: World) -> None:
    alice = await live(world)
    world.rooms.offline("alice")
    world.source.stream("alice").lose()

    (ended,) = await world.until_logged(alice, LiveEndedEvent)
    assert isinstance(ended, LiveEndedEvent)
    assert ended.inferred
    await world.until_status(alice, CreatorState.OFFLINE)
    assert len(world.source.streams) == 1


async def test_a_room_that_falls_silent_because_it_is_over_is_noticed(world: World) -> None:
    alice = await live(world)
    world.rooms.offline("alice")

    (ended,) = await world.until_logged(alice, LiveEndedEvent)
    assert isinstance(ended, LiveEndedEvent)
    assert ended.inferred
    assert not world.source.open_streams("alice")


async def test_a_room_that_lives_and_says_nothing_is_connected_to_anew(world: World) -> None:
    alice = await live(world)
    await world.until(lambda: len(world.source.streams) == 2, step_s=5, most_s=400)

    (lost,) = await world.said(alice, DisconnectedEvent)
    assert isinstance(lost, DisconnectedEvent)
    assert "nothing" in lost.reason
    assert world.clock.monotonic() >= 180


async def test_a_refusal_of_the_sign_server_is_shown_with_the_next_try_and_others_are_unaffected(world: World) -> None:
    world.rooms.live("alice", "100")
    world.source.refuse("alice", ConnectionRefused("the sign server's limit is used up", retry_after_s=120))
    carol = await live(world, "carol", "300")
    alice = await world.watch("alice")
    status = await world.until_status(alice, CreatorState.UNCLEAR)

    assert status.reason == "the sign server's limit is used up"
    assert status.checked_at is not None
    assert status.next_try_at is not None
    assert (status.next_try_at - status.checked_at).total_seconds() == 120
    world.source.stream("carol").say(comment("still here"))
    await world.until_logged(carol, CommentEvent)

    await world.watch("alice", guild=2)  # impatience changes nothing
    await world.passing(110)
    assert len(world.source.attempts[Handle("alice")]) == 1
    world.source.accept("alice")
    await world.connected("alice")
    (gap,) = await world.until_logged(alice, GapEvent)
    assert isinstance(gap, GapEvent)
    assert gap.to_ms - gap.from_ms >= 110_000, "what was said while we were refused is missing"


async def test_an_unclear_answer_keeps_the_watch_says_why_and_tries_again(world: World) -> None:
    world.rooms.answer("alice", Unclear("TikTok showed a captcha"))
    alice = await world.watch("alice")
    await world.start()
    status = await world.until_status(alice, CreatorState.UNCLEAR)
    assert status.reason == "TikTok showed a captcha"
    assert status.next_try_at is not None

    world.rooms.live("alice", "100")
    await world.until_logged(alice, LiveStartedEvent)


async def test_an_unclear_answer_does_not_end_a_live_we_know_of(world: World) -> None:
    alice = await live(world)
    await world.crash()
    world.rooms.answer("alice", Unclear("TikTok showed a captcha"))
    world.rooms.alive("100", Unclear("TikTok showed a captcha"))
    await world.start()
    await world.until_status(alice, CreatorState.UNCLEAR)

    assert await world.session(alice) is not None
    assert await world.said(alice, LiveEndedEvent) == []


async def test_a_room_that_lives_is_entered_again_after_a_restart_though_the_page_does_not_answer(world: World) -> None:
    alice = await live(world)
    await world.crash()
    await world.clock.advance(120)
    world.rooms.answer("alice", Unclear("TikTok showed a captcha"))
    await world.start()

    await world.connected("alice")
    world.source.stream("alice").say(comment("still here"))
    assert len(await world.until_logged(alice, GapEvent)) == 1
    assert len(await world.until_logged(alice, CommentEvent)) == 1


async def test_who_told_that_a_creator_is_live_is_known_and_a_title_that_only_tiktok_knows_is_kept(world: World) -> None:
    told = world.rooms.live("alice", "100", title="Evening")
    alice = await world.watch("alice")
    supervisor = await world.start()
    await world.connected("alice")
    assert supervisor.snapshot().creators[alice].told_by == ""
    await world.stop()

    world.rooms.hear(replace(told, title="", started_at_ms=0, told_by="TikTools"))
    supervisor = await world.start()
    await world.connected("alice")
    assert supervisor.snapshot().creators[alice].told_by == "TikTools"
    assert (await world.until_status(alice, CreatorState.LIVE, connected=True)).title == "Evening"


async def test_who_told_that_a_creator_is_not_live_is_known(world: World) -> None:
    answer = CreatorOffline("not live, says TikTools")
    answer.told_by = "TikTools"
    world.rooms.answer("alice", answer)
    alice = await world.watch("alice")
    supervisor = await world.start()
    await world.until_status(alice, CreatorState.OFFLINE)
    assert supervisor.snapshot().creators[alice].told_by == "TikTools"


async def test_an_unknown_creator_is_told_once_and_asked_for_hourly(world: World) -> None:
    alice = await world.watch("alice")
    await world.start()
    await world.until_status(alice, CreatorState.NOT_FOUND)
    for _ in range(8):
        await world.passing(1_200, step_s=300)

    assert 2 <= len(world.rooms.looked_up("alice")) <= 4
    assert len(await world.said(alice, CreatorNotFoundEvent)) == 1

    await world.stop()
    await world.start()
    await world.passing(7_200, step_s=300)
    assert len(await world.said(alice, CreatorNotFoundEvent)) == 1, "a restart is no news"


async def test_an_answer_about_a_creator_whom_nobody_watches_any_more_is_not_given_to_the_next_who_asks(world: World) -> None:
    alice = await world.watch("alice")
    await world.start()
    assert (await world.until_status(alice, CreatorState.NOT_FOUND)).next_try_at is not None
    await world.unwatch(alice)
    await world.passing(60)
    assert (await world.status(alice)).next_try_at is None, "no look is planned"

    world.rooms.offline("alice")
    await world.watch("alice")
    await world.passing(5)
    assert (await world.status(alice)).state is CreatorState.OFFLINE


async def test_after_a_crash_nobody_is_told_that_a_stream_is_open(world: World) -> None:
    alice = await live(world)
    await world.crash()
    assert (await world.status(alice)).connected, "the crash left it so"
    world.source.refuse("alice")
    world.rooms.answer("alice", Unclear("TikTok showed a captcha"))
    await world.start()
    await world.rest()

    assert not (await world.status(alice)).connected


async def test_a_new_wish_asks_about_an_unknown_creator_again_but_not_faster_than_every_ten_seconds(world: World) -> None:
    alice = await world.watch("alice")
    await world.start()
    await world.until_status(alice, CreatorState.NOT_FOUND)
    for guild in range(2, 30):
        await world.watch("alice", guild)
        await world.passing(1)

    looks = world.rooms.looked_up("alice")
    assert 3 <= len(looks) <= 4
    assert all(later - sooner >= 10 for sooner, later in pairwise(looks))


async def test_a_combo_whose_end_never_comes_is_closed_after_a_minute(world: World) -> None:
    alice = await live(world)
    world.source.stream("alice").say(gift(3))
    events = await world.until_logged(alice, GiftEvent, 2)

    assert [event.combo for event in events if isinstance(event, GiftEvent)] == [Combo.OPEN, Combo.INFERRED]


async def test_a_combo_that_was_open_at_a_crash_is_closed_after_the_restart(world: World) -> None:
    alice = await live(world)
    world.source.stream("alice").say(gift(3))
    await world.until_logged(alice, GiftEvent)
    await world.crash()
    await world.clock.advance(600)
    await world.start()

    events = await world.until_logged(alice, GiftEvent, 2)
    last = events[-1]
    assert isinstance(last, GiftEvent)
    assert (last.combo, last.repeat_count) == (Combo.INFERRED, 3)


async def test_a_live_that_ended_while_the_bot_was_down_is_finished_at_the_start(world: World) -> None:
    alice = await live(world)
    world.source.stream("alice").say(gift(3))
    await world.until_logged(alice, GiftEvent)
    await world.crash()
    world.rooms.offline("alice")
    await world.clock.advance(600)
    await world.start()
    await world.until_logged(alice, LiveEndedEvent)

    tags = [str(event.__struct_config__.tag) for event in await world.said(alice)]
    assert tags == ["liveStarted", "connected", "gift", "gap", "gift", "liveEnded"]
    await world.until_status(alice, CreatorState.OFFLINE)
    assert await world.session(alice) is None


async def test_a_next_live_that_began_while_the_bot_was_down_ends_the_old_one_first(world: World) -> None:
    alice = await live(world)
    await world.crash()
    world.rooms.offline("alice")
    world.rooms.live("alice", "101")
    await world.clock.advance(600)
    await world.start()
    await world.until_logged(alice, LiveStartedEvent, 2)

    events = await world.said(alice, LiveStartedEvent, LiveEndedEvent)
    assert [event.message_id for event in events] == ["live:100", "ended:100", "live:101"]


async def test_a_deletion_is_never_left_out_while_the_log_cannot_be_written(world: World) -> None:
    """The buffer fills with chat; likes and chat give way, and a line says so afterwards."""
    await world.start(IngestSettings(buffer_events=20))
    alice = await live(world)
    await world.passing(1)
    world.is_stuck = True
    somebody_else = sqlite3.connect(world.file)
    somebody_else.execute("BEGIN IMMEDIATE")
    stream = world.source.stream("alice")
    stream.say(comment("first"))
    await world.until(lambda: stream.unread == 0)
    await world.passing(1, step_s=0.1)
    stream.say(*[comment(str(number), at_ms=world.clock.now_ms()) for number in range(100)])
    stream.say(deletion(of_viewers=("bob",), at_ms=world.clock.now_ms()), gift(1, end=True))
    await world.until(lambda: stream.unread == 0)
    somebody_else.rollback()
    somebody_else.close()
    world.is_stuck = False

    (gap,) = await world.until_logged(alice, GapEvent)
    events = await world.said(alice)
    tags = [str(event.__struct_config__.tag) for event in events]
    assert tags.count("imDelete") == 1
    assert tags.count("gift") == 1
    assert world.supervisor is not None
    shed = world.supervisor.counters.shed["chat"]
    assert shed == 101 - tags.count("chat") > 50
    assert isinstance(gap, GapEvent)
    assert f"{shed} comments" in gap.reason


async def test_a_newer_room_that_the_sign_server_knows_is_followed(world: World) -> None:
    world.rooms.live("alice", "100")
    world.rooms.alive("101", answer=True)
    world.source.knows_newer("100", "101")
    await world.start()
    alice = await world.watch("alice")
    await world.until(lambda: len(world.source.attempts[Handle("alice")]) == 2)
    await world.connected("alice")
    world.source.stream("alice").say(comment("here", room="101"))

    said = await world.until_logged(alice, CommentEvent)
    assert [(event.room_id, event.text) for event in said if isinstance(event, CommentEvent)] == [("101", "here")]
    started = await world.until_logged(alice, LiveStartedEvent, 2)
    assert [event.room_id for event in started if isinstance(event, LiveStartedEvent)] == ["100", "101"]


async def test_an_older_room_that_the_sign_server_names_is_not_believed(world: World) -> None:
    world.rooms.live("alice", "200")
    world.source.knows_newer("200", "100")
    await world.start()
    alice = await world.watch("alice")
    await world.until(lambda: len(world.source.attempts[Handle("alice")]) == 3)

    assert not await world.said(alice, LiveEndedEvent)
    assert [event.room_id for event in await world.said(alice, LiveStartedEvent)] == ["200"]
    assert world.source.attempts[Handle("alice")][1] - world.source.attempts[Handle("alice")][0] > 1


async def test_a_handle_that_changes_hands_during_a_live_leaves_no_live_open_behind_it(world: World) -> None:
    alice = await live(world)
    await world.crash()
    world.rooms.live("alice", "200", user_id="999")
    await world.start()
    await world.connected("alice")
    assert world.source.stream("alice").room.room_id == "200"
    assert await world.session(alice) is None
    status = await world.status(alice)
    assert (status.connected, status.next_try_at) == (False, None)


async def test_a_wait_noted_by_a_clock_that_was_put_back_since_is_no_longer_than_it_was_meant_to_be(world: World) -> None:
    alice = await world.watch("alice")
    ahead = datetime.fromtimestamp(world.clock.now_ms() / 1000, UTC) + timedelta(days=365)
    unclear = CreatorStatus(alice, CreatorState.UNCLEAR, checked_at=ahead, next_try_at=ahead + timedelta(seconds=60))
    await world.db.write(creators.set_status, unclear)
    world.rooms.live("alice", "100")
    await world.start()
    await world.until(lambda: len(world.source.open_streams("alice")) == 1, most_s=90)


async def test_who_is_stopped_while_their_late_turn_is_checked_gives_it_back(world: World) -> None:
    world.limits = (Limit(1, 100.0),)
    await live(world, "alice", "100")
    world.rooms.live("bob", "200")
    await world.watch("bob")
    supervisor = world.supervisor
    assert supervisor is not None
    (standing,) = supervisor.standings.values()
    await world.until(lambda: standing.open == 2, step_s=0.05)
    assert not world.source.open_streams("bob"), "their room is being asked about"
    await world.stop()
    assert standing.open == 0
    assert not standing.connects, "nobody was asked"
