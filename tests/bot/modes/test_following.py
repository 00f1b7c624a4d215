"""One creator followed from a terminal, on a clock that stands still."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator
from itertools import pairwise
from random import Random

import pytest

from bot.errors import ConnectionRefused, Unclear
from bot.events import Combo, Event, GapEvent, GiftEvent, Handle
from bot.ingest.connects import NamedSource
from bot.ingest.polling import Budget
from bot.ingest.settings import IngestSettings
from bot.ingest.sources import Sources, Way
from bot.modes.following import Following, Parts, follow_all
from bot.modes.terminal import Printer, Status
from bot.tiktok.lines import line
from tests.doubles.clock import FakeClock
from tests.doubles.events import comment, gift, join
from tests.doubles.tiktok import ScriptedRooms, ScriptedSource

ALICE = Handle("alice")


class Scene:
    """Some followings at work, what they printed and what they said."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.rooms = ScriptedRooms(self.clock)
        self.source = ScriptedSource(self.clock)
        self.spare = ScriptedSource(self.clock)
        self.out, self.err = io.BytesIO(), io.BytesIO()
        self.events: list[Event] = []
        self.status: Status | None = None
        ways = [Way("scripted"), Way("spare")]
        self.parts = Parts(
            rooms=self.rooms,
            named=[NamedSource(ways[0], self.source), NamedSource(ways[1], self.spare)],
            sources=Sources(ways, rng=Random(1)),
            clock=self.clock,
            rng=Random(1),
            settings=IngestSettings(),
            look_ups=Budget(per_s=1.0, burst=3),
            printer=Printer(self.out, self.err),
        )

    @property
    def lines(self) -> list[str]:
        return [str(line(event)) for event in self.events]

    @property
    def said(self) -> list[str]:
        return self.out.getvalue().decode().splitlines()

    @property
    def complaints(self) -> list[str]:
        return self.err.getvalue().decode().splitlines()

    async def take(self, events: object) -> None:
        assert isinstance(events, list | tuple)
        self.events += events

    @contextlib.asynccontextmanager
    async def follow(self, *names: str, raw: bool = False, once: bool = False) -> AsyncIterator[None]:
        followings = [Following(Handle(name), self.parts, take=self.take, raw=raw, once=once) for name in names]

        async def run() -> None:
            self.status = await follow_all(followings)

        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(run())
            await self.clock.settle(lambda: bool(self.said))
            yield
            running.cancel()


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def until_open(scene: Scene, name: str = "alice") -> None:
    await scene.clock.until(lambda: bool(scene.source.open_streams(name)))


async def test_who_is_offline_is_waited_for_and_that_is_said_once(scene: Scene) -> None:
    scene.rooms.offline("alice")
    async with scene.follow("alice"):
        await scene.clock.until(lambda: len(scene.rooms.look_ups) > 3)
        assert scene.said == ["[events] connecting to @alice ...", "[events] @alice is not live; waiting"]
        times = scene.rooms.looked_up("alice")
        assert min(later - sooner for sooner, later in pairwise(times)) > 50
        scene.rooms.live("alice", "1")
        await until_open(scene)
        await scene.clock.until(lambda: bool(scene.lines))
    assert scene.lines == ["[ready]   connected to @alice (room 1)"]


async def test_a_room_that_lives_is_read_on_after_a_break_though_the_page_does_not_answer_any_more(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    async with scene.follow("alice"):
        await until_open(scene)
        await scene.clock.until(lambda: bool(scene.lines))
        scene.rooms.answer("alice", Unclear("a captcha"))
        scene.source.stream("alice").lose()
        await scene.clock.until(lambda: not scene.source.open_streams("alice"))
        await until_open(scene)
        await scene.clock.until(lambda: len(scene.lines) > 3)
    assert [each.split("]")[0] for each in scene.lines] == ["[ready", "[bye", "[ready", "[gap"]


async def test_a_combo_is_one_line_and_raw_shows_every_step(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    async with scene.follow("alice"):
        await until_open(scene)
        scene.source.stream("alice").say(gift(1), gift(4), gift(4, end=True))
        await scene.clock.until(lambda: len(scene.events) > 1)
    assert scene.lines[1:] == ["[gift]    bob -> Rose x4"]

    raw = Scene()
    raw.rooms.live("alice", "1")
    async with raw.follow("alice", raw=True):
        await until_open(raw)
        raw.source.stream("alice").say(gift(1), gift(4), gift(4, end=True))
        await raw.clock.until(lambda: len(raw.events) > 3)
    assert raw.lines[1:] == ["[gift]    bob -> Rose x1", "[gift]    bob -> Rose x4", "[gift]    bob -> Rose x4"]


async def test_a_combo_whose_end_never_comes_is_shown_after_a_minute(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    async with scene.follow("alice"):
        await until_open(scene)
        scene.source.stream("alice").say(gift(5))
        await scene.clock.advance(50)
        assert len(scene.events) == 1
        await scene.clock.advance(20)
    assert isinstance(scene.events[1], GiftEvent)
    assert (scene.events[1].combo, scene.events[1].repeat_count) == (Combo.INFERRED, 5)


async def test_what_is_open_when_the_live_ends_is_shown_before_the_end(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    async with scene.follow("alice", once=True):
        await until_open(scene)
        stream = scene.source.stream("alice")
        stream.say(gift(2))
        stream.end()
        await scene.clock.until(lambda: scene.status is not None)
    assert scene.status is Status.DONE
    assert scene.lines[1:] == ["[gift]    bob -> Rose x2", "[end]     stream ended"]


async def test_after_a_live_the_next_one_is_waited_for_though_the_page_still_names_the_old_room(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    async with scene.follow("alice"):
        await until_open(scene)
        scene.source.stream("alice").end()
        await scene.clock.advance(200)
        assert len(scene.source.attempts[ALICE]) == 1
        scene.rooms.live("alice", "2")
        await until_open(scene)
    assert len(scene.source.attempts[ALICE]) == 2
    assert scene.said.count("[events] @alice is not live; waiting") == 1


async def test_a_lost_stream_is_told_and_opened_again_and_nothing_is_shown_twice(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    async with scene.follow("alice"):
        await until_open(scene)
        scene.source.stream("alice").say(comment("hi", message_id="m1"))
        await scene.clock.until(lambda: len(scene.events) == 2)
        scene.source.stream("alice").lose("the socket broke")
        await scene.clock.until(lambda: len(scene.source.attempts[ALICE]) == 2)
        scene.source.stream("alice").say(comment("hi", message_id="m1"), comment("again", message_id="m2"))
        await scene.clock.until(lambda: len(scene.events) == 6)
    assert scene.lines[1:3] == ["[chat]    bob: hi", "[bye]     disconnected"]
    assert scene.lines[3].startswith("[ready]")
    assert scene.lines[4].startswith("[gap]     ")
    assert scene.lines[5] == "[chat]    bob: again"
    assert scene.complaints[0].startswith("[error]   @alice: the socket broke; next try in ")


async def test_what_may_be_missing_is_told_from_the_last_that_was_heard_to_the_open_stream(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    async with scene.follow("alice"):
        await until_open(scene)
        scene.source.stream("alice").say(comment("hi", message_id="m1"))
        await scene.clock.until(lambda: len(scene.events) == 2)
        heard_at_ms = scene.clock.now_ms()
        await scene.clock.advance(30)
        scene.source.refuse("alice", ConnectionRefused("the sign server said 500"))
        scene.source.stream("alice").lose("the socket broke")
        await scene.clock.until(lambda: len(scene.events) == 5)
        reopened_at_ms = scene.clock.now_ms()
    *_, ready, gap = scene.events
    assert (ready.type, ready.room_id) == ("connected", "1")
    assert isinstance(gap, GapEvent)
    assert (gap.creator, gap.room_id, gap.reason) == ("alice", "1", "the connection was lost")
    assert heard_at_ms - 1000 <= gap.from_ms <= heard_at_ms
    assert gap.from_ms + 30_000 < gap.to_ms <= reopened_at_ms
    assert len(scene.spare.attempts[ALICE]) == 1, "through whichever source"


async def test_between_two_lives_nothing_is_missing(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    async with scene.follow("alice"):
        await until_open(scene)
        scene.source.stream("alice").lose()
        scene.rooms.live("alice", "2")
        await scene.clock.until(lambda: bool(scene.source.attempts[ALICE][1:]), most_s=300)
        await scene.clock.until(lambda: scene.lines[-1] == "[ready]   connected to @alice (room 2)")
    assert not [event for event in scene.events if isinstance(event, GapEvent)]


async def test_nor_when_only_the_stream_knows_of_the_next_one(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    async with scene.follow("alice"):
        await until_open(scene)
        scene.source.knows_newer("1", "2")
        scene.source.stream("alice").lose()
        await scene.clock.until(lambda: scene.lines[-1] == "[ready]   connected to @alice (room 2)")
        scene.source.stream("alice").say(comment("new", room="2"))
        await scene.clock.until(lambda: scene.lines[-1] == "[chat]    bob: new")
    assert not [event for event in scene.events if isinstance(event, GapEvent)]


async def test_a_stream_that_breaks_at_once_every_time_is_not_tried_in_a_tight_loop(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    async with scene.follow("alice"):
        while scene.clock.monotonic() < 300:
            for stream in scene.source.open_streams() + scene.spare.open_streams():
                stream.lose()
            await scene.clock.advance(0.5)
    attempts = len(scene.source.attempts[ALICE]) + len(scene.spare.attempts[ALICE])
    assert 5 < attempts < 25


async def test_when_one_source_refuses_the_next_serves_soon(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    scene.source.refuse("alice", ConnectionRefused("the sign server said 500"))
    async with scene.follow("alice"):
        await scene.clock.until(lambda: bool(scene.spare.open_streams("alice")), most_s=10)
    assert "trying spare" in scene.complaints[0]


async def test_a_wait_that_the_other_side_names_is_kept(scene: Scene) -> None:
    scene.rooms.answer("alice", Unclear("TikTok says we ask too often", retry_after_s=500))
    async with scene.follow("alice"):
        await scene.clock.advance(480)
    assert len(scene.rooms.look_ups) == 1


async def test_rooms_of_others_are_not_shown(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    async with scene.follow("alice"):
        await until_open(scene)
        scene.source.stream("alice").say(comment("rival's", room="9"), comment("ours", room="1"), join())
        await scene.clock.until(lambda: len(scene.events) > 1)
    assert scene.lines[1:] == ["[chat]    bob: ours", "[join]    bob"]


async def test_the_stream_may_know_a_newer_room_than_the_page(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    scene.source.knows_newer("1", "2")
    async with scene.follow("alice"):
        await until_open(scene)
        scene.source.stream("alice").say(comment("new", room="2"), comment("old", room="1"))
        await scene.clock.until(lambda: len(scene.events) > 1)
    assert scene.lines == ["[ready]   connected to @alice (room 2)", "[chat]    bob: new"]


async def test_who_does_not_exist_is_told_and_the_others_go_on(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    async with scene.follow("nobody", "alice"):
        await until_open(scene)
        await scene.clock.settle(lambda: bool(scene.complaints))
        assert scene.complaints == ["[error]   @nobody: TikTok knows no such user; check the spelling"]
        assert scene.status is None


async def test_when_nobody_of_them_exists_that_is_the_end(scene: Scene) -> None:
    async with scene.follow("nobody", "noone"):
        await scene.clock.until(lambda: scene.status is not None)
    assert scene.status is Status.NOT_FOUND
    assert len(scene.rooms.look_ups) == 2


async def test_a_live_that_ended_while_we_were_cut_off_is_over_all_the_same(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    async with scene.follow("alice", once=True):
        await until_open(scene)
        scene.source.stream("alice").lose()
        scene.rooms.offline("alice")
        await scene.clock.until(lambda: scene.status is not None)
    assert scene.status is Status.DONE
    assert scene.lines[-2:] == ["[bye]     disconnected", "[end]     stream ended"]


async def test_a_page_that_is_wrong_does_not_end_a_live(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    async with scene.follow("alice", once=True):
        await until_open(scene)
        scene.source.stream("alice").lose()
        scene.rooms.offline("alice")
        scene.rooms.alive("1", True)
        await scene.clock.advance(30)
        scene.rooms.live("alice", "1")
        await until_open(scene)
    assert "[end]     stream ended" not in scene.lines


async def test_once_is_not_a_second_live(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    async with scene.follow("alice", once=True):
        await until_open(scene)
        scene.source.stream("alice").lose()
        scene.rooms.live("alice", "2")
        await scene.clock.until(lambda: scene.status is not None)
    assert len(scene.source.attempts[ALICE]) == 1


async def test_a_stream_that_stops_without_a_word_is_lost_while_the_room_lives(scene: Scene) -> None:
    scene.rooms.live("alice", "1")
    async with scene.follow("alice"):
        await until_open(scene)
        scene.source.stream("alice").close()
        await scene.clock.until(lambda: len(scene.source.attempts[ALICE]) == 2)
    assert "[bye]     disconnected" in scene.lines


async def test_many_creators_are_not_looked_up_all_at_once(scene: Scene) -> None:
    async with scene.follow(*(f"creator{number}" for number in range(10))):
        await scene.clock.until(lambda: scene.status is not None, step_s=0.25)
    times = sorted(at for at, _ in scene.rooms.look_ups)
    assert len(times) == 10
    assert times[-1] >= 7


async def test_a_live_that_ends_while_its_source_rests_costs_no_connect(scene: Scene) -> None:
    room = scene.rooms.live("alice", "1")
    for way in scene.parts.sources.ways:
        scene.parts.sources.spend(way, 0)
        scene.parts.sources.failed(way, ConnectionRefused("too many", retry_after_s=300), 0, whom="somebody else")
    async with scene.follow("alice"):
        await scene.clock.advance(200)
        assert any("waiting for a source" in each for each in scene.said)
        scene.rooms.offline("alice")
        await scene.clock.advance(200)
    assert not scene.source.attempts
    assert not scene.spare.attempts
    assert scene.rooms.alive_checks == [room.room_id]
    assert scene.said[-1] == "[events] @alice is not live; waiting"
