"""Many creators who want to know whether their rooms still live, and few questions to TikTok."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import pytest

from bot.errors import SourceError, Unclear
from bot.events import RoomId
from bot.ingest.checks import SharedRooms
from bot.ingest.settings import IngestSettings
from tests.bot.ingest.conftest import World
from tests.doubles.clock import FakeClock
from tests.doubles.tiktok import ScriptedRooms


class Desk:
    """The shared check, at work on a clock of ours."""

    def __init__(self, rooms: ScriptedRooms, clock: FakeClock, shared: SharedRooms) -> None:
        self.rooms, self.clock, self.shared = rooms, clock, shared

    async def ask(self, rooms: Collection[str]) -> list[bool | BaseException]:
        """All at once; a second of the clock is time enough."""
        asking = asyncio.gather(*[self.shared.is_alive(RoomId(room)) for room in rooms], return_exceptions=True)
        await self.clock.advance(1)
        assert asking.done()
        return await asking


@asynccontextmanager
async def at_work(rooms: ScriptedRooms, clock: FakeClock) -> AsyncIterator[Desk]:
    shared = SharedRooms(rooms, clock, IngestSettings())
    running = asyncio.get_running_loop().create_task(shared.run())
    yield Desk(rooms, clock, shared)
    assert not running.done()
    running.cancel()
    await asyncio.wait([running])


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    clock = FakeClock()
    async with at_work(ScriptedRooms(clock), clock) as here:
        yield here


async def test_a_thousand_rooms_are_confirmed_by_twenty_questions(desk: Desk) -> None:
    names = [str(number) for number in range(1000)]
    for name in names[::2]:
        desk.rooms.alive(name, True)
    assert await desk.ask(names) == [number % 2 == 0 for number in range(1000)]
    assert [len(batch) for batch in desk.rooms.batches] == [50] * 20


async def test_two_who_ask_about_one_room_hear_the_same(desk: Desk) -> None:
    desk.rooms.alive("7", True)
    assert await desk.ask(["7", "7"]) == [True, True]
    assert desk.rooms.batches == [("7",)]
    desk.rooms.alive("7", False)
    assert await desk.ask(["7"]) == [False], "an answer is not kept"


async def test_a_room_that_tiktok_leaves_out_is_unclear_and_the_others_are_not(desk: Desk) -> None:
    desk.rooms.alive("7", Unclear("left out"))
    desk.rooms.alive("8", True)
    unclear, alive = await desk.ask(["7", "8"])
    assert isinstance(unclear, Unclear)
    assert "room 7" in unclear.reason
    assert alive is True


async def test_a_question_that_fails_is_told_to_all_and_the_next_one_is_asked(desk: Desk) -> None:
    for room in ("7", "8"):
        desk.rooms.alive(room, Unclear("captcha"))
    assert [each.reason if isinstance(each, SourceError) else each for each in await desk.ask(["7", "8"])] == ["captcha"] * 2
    desk.rooms.alive("7", True)
    assert await desk.ask(["7"]) == [True]


async def test_what_nobody_foresaw_reaches_those_who_asked_and_stops_nobody_else() -> None:
    class Broken(ScriptedRooms):
        is_broken = True

        async def are_alive(self, room_ids: Collection[RoomId]) -> dict[RoomId, bool]:
            if self.is_broken:
                raise RuntimeError("oops")
            return await super().are_alive(room_ids)

    clock = FakeClock()
    rooms = Broken(clock)
    rooms.alive("7", True)
    async with at_work(rooms, clock) as desk:
        assert [type(each) for each in await desk.ask(["7"])] == [RuntimeError]
        rooms.is_broken = False
        assert await desk.ask(["7"]) == [True]


async def test_who_gives_up_is_not_asked_about(desk: Desk) -> None:
    asking = asyncio.ensure_future(desk.shared.is_alive(RoomId("7")))
    await desk.clock.advance(0.1)
    asking.cancel()
    await desk.clock.advance(1)
    assert desk.rooms.batches == []


async def test_after_an_outage_the_rooms_of_many_creators_share_their_questions(world: World) -> None:
    names = [f"creator{number}" for number in range(30)]
    for number, name in enumerate(names):
        world.rooms.live(name, str(100 + number))
        await world.watch(name)
    await world.start(IngestSettings(look_ups_per_s=100, connects_per_s=100))
    await world.until(lambda: len(world.source.open_streams()) == 30)
    for stream in world.source.open_streams():
        stream.close()
    await world.until(lambda: len(world.source.streams) == 60)

    assert sum(len(batch) for batch in world.rooms.batches) >= 30
    assert set(world.rooms.batches[0]) == {str(100 + number) for number in range(30)}, "one question, and not thirty"
