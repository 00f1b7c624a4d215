"""Stories of guilds who watch: who is followed, how often, and what one creator does to the others."""

from __future__ import annotations

import logging

import pytest

from bot.events import (
    CommentEvent,
    Handle,
    LiveStartedEvent,
)
from bot.ingest.settings import IngestSettings
from bot.model.creator import CreatorState
from bot.storage import watches
from tests.bot.ingest.conftest import World, live
from tests.doubles.events import comment


async def test_fifty_guilds_watch_alice_and_tiktok_sees_one_connection(world: World) -> None:
    world.rooms.live("alice", "100")
    for guild in range(1, 26):
        alice = await world.watch("alice", guild)
    await world.start()
    await world.connected("alice")
    for guild in range(26, 51):
        await world.watch("alice", guild)
    await world.passing(60)

    assert len(world.source.streams) == 1
    assert len(world.rooms.looked_up("alice")) == 1
    assert len(await world.said(alice, LiveStartedEvent)) == 1


async def test_the_connection_goes_after_the_last_guild_and_a_grace(world: World) -> None:
    alice = await live(world)
    await world.watch("alice", guild=2)
    await world.unwatch(alice, guild=1)
    await world.passing(60)
    assert world.source.open_streams("alice"), "a guild still watches"

    await world.unwatch(alice, guild=2)
    await world.passing(25)
    assert world.source.open_streams("alice"), "the grace is not over"
    await world.until(lambda: not world.source.open_streams("alice"), most_s=40)

    await world.until(lambda: world.supervisor is not None and world.supervisor.counters.following == 0)
    assert not (await world.status(alice)).connected
    assert await world.session(alice) is None


async def test_watching_again_within_the_grace_keeps_the_connection(world: World) -> None:
    alice = await live(world)
    await world.unwatch(alice)
    await world.passing(20)
    await world.watch("alice", guild=2)
    await world.passing(60)

    assert [stream.is_open for stream in world.source.streams] == [True]


async def test_a_wish_is_answered_at_once_and_the_open_stream_is_answer_enough(world: World) -> None:
    alice = await live(world)
    await world.passing(120)
    asked_at_ms = world.clock.now_ms()
    await world.watch("alice", guild=2)
    await world.passing(2)

    checked_at = (await world.status(alice)).checked_at
    assert checked_at is not None
    assert checked_at.timestamp() * 1000 >= asked_at_ms
    assert len(world.rooms.looked_up("alice")) == 1, "nobody had to ask TikTok's page again"


async def test_a_wish_overtakes_routine_look_ups_and_all_keep_to_the_budget(world: World) -> None:
    for number in range(30):
        world.rooms.offline(f"creator{number}")
        await world.watch(f"creator{number}")
    await world.start()
    await world.passing(5)
    world.rooms.live("alice", "100")
    await world.watch("alice")
    await world.connected("alice")

    asked = [handle for _, handle in world.rooms.look_ups]
    assert asked.index(Handle("alice")) <= 10, "she did not wait behind all thirty"
    for start in range(40):
        assert sum(start <= at < start + 1 for at, _ in world.rooms.look_ups) <= 4


async def test_a_creator_whose_task_crashes_takes_nobody_down_and_comes_back(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    carol = await live(world, "carol", "300")
    world.rooms.answer("alice", RuntimeError("a bug"))
    alice = await world.watch("alice")
    await world.until(lambda: world.supervisor is not None and world.supervisor.counters.crashes >= 2)
    world.source.stream("carol").say(comment("still here"))
    await world.until_logged(carol, CommentEvent)
    assert "a bug" in caplog.text

    world.rooms.live("alice", "100")
    await world.connected("alice")
    await world.until_status(alice, CreatorState.LIVE, connected=True)


async def test_a_stop_brings_what_was_said_into_the_log_and_closes_the_socket(world: World) -> None:
    alice = await live(world)
    world.source.stream("alice").say(*[comment(str(number)) for number in range(700)])
    stream = world.source.stream("alice")
    await world.until(lambda: stream.unread == 0)
    await world.stop()

    assert len(await world.said(alice, CommentEvent)) == 700
    assert not stream.is_open
    assert not (await world.status(alice)).connected
    assert await world.session(alice) is not None, "the LIVE goes on without us"


async def test_two_names_that_prove_to_be_one_creator_are_followed_once(world: World) -> None:
    world.rooms.live("alice", "100", user_id="77")
    alice = await world.watch("alice")
    await world.start()
    await world.connected("alice")
    world.rooms.live("alice.new", "100", user_id="77")
    await world.watch("alice.new", guild=2)
    await world.until(lambda: len(world.rooms.looked_up("alice.new")) == 1)
    await world.passing(60)

    assert len(world.source.streams) == 1, "no second connection, not even for a moment"
    assert {watch.creator_id for watch in await world.db.read(watches.active)} == {alice}
    assert world.supervisor is not None
    assert world.supervisor.counters.following == 1


async def test_another_process_that_takes_a_creator_over_keeps_them(world: World) -> None:
    alice = await live(world)
    await world.log.writer(alice)
    world.source.stream("alice").say(comment("for the other one"))
    await world.until(lambda: not world.source.open_streams("alice"))
    await world.passing(120)

    assert world.supervisor is not None
    assert world.supervisor.counters.fenced == 1
    assert world.source.open_streams() == []
    assert await world.said(alice, CommentEvent) == []


async def test_the_operator_hears_once_how_late_a_live_is_noticed(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="bot.ingest.supervisor")
    for number in range(5):
        world.rooms.offline(f"creator{number}")
        await world.watch(f"creator{number}")
    supervisor = await world.start(IngestSettings(look_ups_per_s=0.01))
    await world.until(lambda: supervisor.counters.following == 5)
    await world.passing(60)

    assert supervisor.detection_delay_s == 500
    assert [message for message in caplog.messages if "late" in message] == [
        "so many creators are watched that a LIVE may be noticed 500 s late: see docs/operating.md"
    ]


async def test_who_is_in_a_room_is_not_waited_for(world: World) -> None:
    await live(world)
    assert world.supervisor is not None
    assert world.supervisor.detection_delay_s == IngestSettings().poll_every_s
    assert world.supervisor.skipped == {}
