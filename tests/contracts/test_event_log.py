"""What every event log promises (`bot/eventlog/log.py`), in memory and in a table."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.clock import SystemClock
from bot.eventlog.log import EventLog, Fenced
from bot.eventlog.memory import MemoryEventLog
from bot.eventlog.sql import SqlEventLog
from bot.events import CommentEvent, Common, Event, Handle, LikeEvent, MessageId, RoomId, UnknownEvent
from bot.events.codec import Logged
from bot.model.ids import CreatorId
from bot.storage.database import Database
from tests.doubles.database import prepared

ALICE, BOB = CreatorId(1), CreatorId(2)


class Durable:
    """A log that can be closed and opened again, as by a restart of the process."""

    def __init__(self, build: Callable[[], contextlib.AbstractAsyncContextManager[EventLog]]) -> None:
        self._build = build
        self._open = AsyncExitStack()

    async def reopen(self) -> EventLog:
        await self._open.aclose()
        return await self._open.enter_async_context(self._build())

    async def close(self) -> None:
        await self._open.aclose()


def in_memory(_folder: Path) -> Durable:
    store = MemoryEventLog()  # lives as long as the process that the test plays

    @contextlib.asynccontextmanager
    async def build() -> AsyncIterator[EventLog]:
        yield store

    return Durable(build)


def in_a_table(folder: Path) -> Durable:
    url = prepared(folder)

    @contextlib.asynccontextmanager
    async def build() -> AsyncIterator[EventLog]:
        db = await Database.open(url, clock=SystemClock())
        try:
            yield SqlEventLog(db)
        finally:
            await db.close()

    return Durable(build)


ADAPTERS = [pytest.param(in_memory, id="memory"), pytest.param(in_a_table, id="sql")]


@pytest.fixture(params=ADAPTERS)
async def durable(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Durable]:
    durable = request.param(tmp_path)
    yield durable
    await durable.close()


@pytest.fixture
async def log(durable: Durable) -> EventLog:
    return await durable.reopen()


def said(message: int | str, *, at_ms: int = 1000, room: str = "room", text: str = "hi") -> CommentEvent:
    common = Common(MessageId(str(message)), RoomId(room), Handle("alice"), created_at_ms=at_ms - 50, received_at_ms=at_ms)
    return CommentEvent(common, text=text)


def seqs(logged: Sequence[Logged]) -> list[int]:
    return [each.seq for each in logged]


def ids(logged: Sequence[Logged]) -> list[str]:
    return [each.event.message_id for each in logged]


async def filled(log: EventLog, creator_id: CreatorId, *batches: Sequence[Event]) -> None:
    writer = await log.writer(creator_id)
    for batch in batches:
        await writer.append(batch, source="test")


# --- order ---------------------------------------------------------------------------------------------------------------


async def test_a_new_log_is_empty(log: EventLog) -> None:
    assert await log.last_seq(ALICE) == 0
    assert list(await log.read(ALICE, after=0)) == []


async def test_what_was_appended_is_read_in_order_with_all_it_carries(log: EventLog) -> None:
    writer = await log.writer(ALICE)
    first = await writer.append([said(1), said(2)], source="webcast")
    second = await writer.append([said(3, text="🌹 \u200d")], source="tiktools")
    assert seqs(first) == [1, 2]
    assert seqs(second) == [3]
    assert list(await log.read(ALICE, after=0)) == [*first, *second]
    assert await log.last_seq(ALICE) == 3
    envelope = second[0].envelope
    assert (envelope.creator_id, envelope.epoch, envelope.source, envelope.received_at_ms) == (ALICE, 1, "tiktools", 1000)


async def test_nothing_appended_is_nothing_stored(log: EventLog) -> None:
    writer = await log.writer(ALICE)
    assert list(await writer.append([], source="test")) == []
    assert await log.last_seq(ALICE) == 0


async def test_each_creator_counts_from_one(log: EventLog) -> None:
    await filled(log, ALICE, [said(1), said(2)])
    await filled(log, BOB, [said(1)])
    assert (await log.last_seq(ALICE), await log.last_seq(BOB)) == (2, 1)
    assert ids(await log.read(BOB, after=0)) == ["1"]


async def test_a_restart_goes_on_where_it_stopped(durable: Durable) -> None:
    await filled(await durable.reopen(), ALICE, [said(1), said(2)], [said(3)])
    log = await durable.reopen()
    assert await log.last_seq(ALICE) == 3
    assert ids(await log.read(ALICE, after=1)) == ["2", "3"]
    await filled(log, ALICE, [said(4)])
    assert seqs(await log.read(ALICE, after=0)) == [1, 2, 3, 4]


@pytest.mark.parametrize("after", [0, 1, 2, 3, 4, 9, 10, 11])
@pytest.mark.parametrize("limit", [1, 2, 4, 100])
async def test_a_reader_gets_what_is_next_and_no_more_than_asked(durable: Durable, after: int, limit: int) -> None:
    log = await durable.reopen()
    await filled(log, ALICE, [said(1)], [said(n) for n in range(2, 5)], [said(n) for n in range(5, 11)])
    for _ in range(2):
        assert seqs(await log.read(ALICE, after=after, limit=limit)) == list(range(after + 1, 11))[:limit]
        log = await durable.reopen()


async def test_many_rooms_can_append_at_once(log: EventLog) -> None:
    async def fill(creator: int) -> None:
        writer = await log.writer(CreatorId(creator))
        for n in range(5):
            await writer.append([said(f"{creator}.{n}.{m}") for m in range(3)], source="test")

    async with asyncio.TaskGroup() as group:
        for creator in range(20):
            group.create_task(fill(creator))
    for creator in range(20):
        found = await log.read(CreatorId(creator), after=0)
        assert ids(found) == [f"{creator}.{n}.{m}" for n in range(5) for m in range(3)]
        assert seqs(found) == list(range(1, 16))


async def test_one_writer_may_be_asked_again_before_it_has_answered(log: EventLog) -> None:
    writer = await log.writer(ALICE)
    await asyncio.gather(*(writer.append([said(n)], source="test") for n in range(10)))
    assert seqs(await log.read(ALICE, after=0)) == list(range(1, 11))


# --- duplicates ------------------------------------------------------------------------------------------------------------


async def test_a_duplicate_gets_no_seq_also_after_a_restart(durable: Durable) -> None:
    await filled(await durable.reopen(), ALICE, [said(1), said(2), said(1)], [said(2), said(3)])
    log = await durable.reopen()
    writer = await log.writer(ALICE)
    assert ids(await writer.append([said(3), said(1), said(4)], source="test")) == ["4"]
    assert list(await writer.append([said(4)], source="test")) == []
    assert list(zip(seqs(await log.read(ALICE, after=0)), "1234", strict=True)) == [(1, "1"), (2, "2"), (3, "3"), (4, "4")]


async def test_the_same_message_id_of_another_kind_or_in_another_room_is_no_duplicate(log: EventLog) -> None:
    like = LikeEvent(Common(MessageId("1"), RoomId("room")))
    await filled(log, ALICE, [said(1), like, said(1, room="next")])
    assert await log.last_seq(ALICE) == 3


async def test_duplicates_are_remembered_for_4096_events(durable: Durable) -> None:
    await filled(await durable.reopen(), ALICE, *([said(n) for n in range(first, first + 500)] for first in range(0, 4500, 500)))
    writer = await (await durable.reopen()).writer(ALICE)
    # 4,500 were logged: the oldest that is still known is number 404.
    assert ids(await writer.append([said(404), said(403)], source="test")) == ["403"]


# --- one writer --------------------------------------------------------------------------------------------------------------


async def test_a_newer_writer_fences_the_older_off(log: EventLog) -> None:
    old = await log.writer(ALICE)
    await old.append([said(1)], source="test")
    new = await log.writer(ALICE)
    assert new.epoch > old.epoch
    with pytest.raises(Fenced):
        await old.append([said(2)], source="test")
    assert ids(await new.append([said(1), said(2)], source="test")) == ["2"]
    with pytest.raises(Fenced):
        await old.append([said(3)], source="test")
    assert seqs(await log.read(ALICE, after=0)) == [1, 2]


async def test_a_fence_around_one_creator_hinders_no_other(log: EventLog) -> None:
    stale, bob = await log.writer(ALICE), await log.writer(BOB)
    await log.writer(ALICE)
    answers = await asyncio.gather(
        stale.append([said(1)], source="test"), bob.append([said(1)], source="test"), return_exceptions=True
    )
    assert isinstance(answers[0], Fenced)
    assert (await log.last_seq(ALICE), await log.last_seq(BOB)) == (0, 1)


async def test_epochs_survive_a_restart(durable: Durable) -> None:
    before = (await (await durable.reopen()).writer(ALICE)).epoch
    assert (await (await durable.reopen()).writer(ALICE)).epoch == before + 1


# --- waiting -----------------------------------------------------------------------------------------------------------------


async def test_who_waits_is_woken_by_the_event_and_can_read_it(log: EventLog) -> None:
    writer = await log.writer(ALICE)
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(log.wait(ALICE, after=0, timeout_s=10)) for _ in range(3)]
        behind = group.create_task(log.wait(ALICE, after=1, timeout_s=10))
        await asyncio.sleep(0)
        await writer.append([said(1)], source="test")
        await asyncio.wait(waiting)
        assert ids(await log.read(ALICE, after=0)) == ["1"]
        assert not behind.done()
        await writer.append([said(2)], source="test")
    assert all(task.result() for task in [*waiting, behind])


async def test_whoever_waits_is_woken_to_look_again_and_nobody_else(log: EventLog) -> None:
    await log.writer(ALICE)
    await log.writer(BOB)
    async with asyncio.TaskGroup() as group:
        of_alice = group.create_task(log.wait(ALICE, after=0, timeout_s=10))
        of_bob = group.create_task(log.wait(BOB, after=0, timeout_s=10))
        await asyncio.sleep(0)
        log.wake(ALICE)
        assert not await of_alice
        assert not of_bob.done()
        log.wake(BOB)
    assert not of_bob.result()


async def test_what_is_there_already_needs_no_waiting(durable: Durable) -> None:
    await filled(await durable.reopen(), ALICE, [said(1)])
    log = await durable.reopen()
    assert await log.wait(ALICE, after=0, timeout_s=0)
    assert not await log.wait(ALICE, after=1, timeout_s=0.01)
    assert not await log.wait(BOB, after=0, timeout_s=0)


# --- retention -----------------------------------------------------------------------------------------------------------------


async def test_old_batches_go_and_reading_starts_later(durable: Durable) -> None:
    log = await durable.reopen()
    await filled(log, ALICE, [said(1, at_ms=100), said(2, at_ms=200)], [said(3, at_ms=300)], [said(4, at_ms=400)])
    await filled(log, BOB, [said(1, at_ms=150)])
    assert await log.prune(received_before_ms=201, most_bytes=10**9) == 3
    for _ in range(2):
        assert seqs(await log.read(ALICE, after=0)) == [3, 4]
        assert seqs(await log.read(ALICE, after=0, limit=1)) == [3]
        assert list(await log.read(BOB, after=0)) == []
        assert await log.last_seq(BOB) == 1
        log = await durable.reopen()


async def test_a_batch_goes_only_when_all_of_it_is_old(log: EventLog) -> None:
    await filled(log, ALICE, [said(1, at_ms=100), said(2, at_ms=300)])
    assert await log.prune(received_before_ms=200, most_bytes=10**9) == 0


async def test_a_clock_that_was_put_back_leaves_no_hole(log: EventLog) -> None:
    await filled(log, ALICE, [said(1, at_ms=500)], [said(2, at_ms=100)], [said(3, at_ms=600)])
    await log.prune(received_before_ms=200, most_bytes=10**9)
    assert seqs(await log.read(ALICE, after=0)) == [3]


async def test_what_is_too_much_goes_oldest_first_until_the_rest_fits(log: EventLog) -> None:
    for creator, at_ms in ((ALICE, 100), (BOB, 200), (ALICE, 300), (BOB, 400)):
        await filled(log, creator, [said(at_ms, at_ms=at_ms, text="x" * 1000)])
    assert await log.prune(received_before_ms=0, most_bytes=10**6) == 0
    assert await log.prune(received_before_ms=0, most_bytes=2500) == 2
    assert (ids(await log.read(ALICE, after=0)), ids(await log.read(BOB, after=0))) == (["300"], ["400"])


async def test_when_everything_is_gone_seqs_go_on_and_nobody_waits_in_vain(durable: Durable) -> None:
    log = await durable.reopen()
    await filled(log, ALICE, [said(1), said(2)])
    assert await log.prune(received_before_ms=10**15, most_bytes=0) == 2
    for _ in range(2):
        assert await log.last_seq(ALICE) == 2
        assert list(await log.read(ALICE, after=0)) == []
        # A reader that stands before the hole must not be told that there is something to read.
        assert not await log.wait(ALICE, after=0, timeout_s=0)
        log = await durable.reopen()
    await filled(log, ALICE, [said(3)])
    assert seqs(await log.read(ALICE, after=0)) == [3]


# --- what the log does not know ----------------------------------------------------------------------------------------------


class FutureEvent(Event, frozen=True, gc=False, array_like=True, tag="hologram"):
    """A kind of event that a newer version logs."""

    colour: str = ""


async def test_an_event_of_a_newer_version_keeps_its_place_and_its_bytes(durable: Durable) -> None:
    future = FutureEvent(Common(MessageId("2"), RoomId("room"), received_at_ms=77), colour="red")
    await filled(await durable.reopen(), ALICE, [said(1), future, said(3)])
    first, strange, last = await (await durable.reopen()).read(ALICE, after=0)
    assert (first.event, last.event) == (said(1), said(3))
    assert isinstance(strange.event, UnknownEvent)
    assert (strange.seq, strange.event.method, strange.event.message_id) == (2, "hologram", "2")
    assert b"red" in strange.event.payload


async def test_an_unmodelled_message_is_counted_and_not_logged(log: MemoryEventLog | SqlEventLog) -> None:
    odd = [UnknownEvent(Common(MessageId(str(n))), method=method) for n, method in enumerate(("Odd", "Odder", "Odd"))]
    await filled(log, ALICE, [odd[0], said(1), odd[1]], [odd[2]])
    assert ids(await log.read(ALICE, after=0)) == ["1"]
    assert log.unlogged == {"Odd": 2, "Odder": 1}


# --- all of it ---------------------------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["append"]), st.sampled_from([ALICE, BOB]), st.lists(st.integers(0, 20), max_size=6)),
        st.tuples(st.sampled_from(["writer", "reopen"]), st.sampled_from([ALICE, BOB]), st.just([])),
    ),
    max_size=14,
)


@pytest.mark.parametrize("adapter", ADAPTERS)
@given(steps=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_in_between_seqs_have_no_holes_and_exactly_the_duplicates_are_dropped(
    adapter: Callable[[Path], Durable], tmp_path: Path, steps: list[tuple[str, CreatorId, list[int]]]
) -> None:
    async def live() -> None:
        durable = adapter(Path(tempfile.mkdtemp(dir=tmp_path)))  # each example gets a log of its own
        log = await durable.reopen()
        writers = {creator: await log.writer(creator) for creator in (ALICE, BOB)}
        expected: dict[CreatorId, list[str]] = {ALICE: [], BOB: []}
        for act, creator, numbers in steps:
            if act == "reopen":
                log = await durable.reopen()
                writers = {each: await log.writer(each) for each in (ALICE, BOB)}
            elif act == "writer":
                writers[creator] = await log.writer(creator)
            else:
                known = expected[creator]
                known += [each for each in dict.fromkeys(map(str, numbers)) if each not in known]
                await writers[creator].append([said(n) for n in numbers], source="test")
        for _ in range(2):
            for creator, messages in expected.items():
                found = await log.read(creator, after=0)
                assert ids(found) == messages
                assert seqs(found) == list(range(1, len(messages) + 1))
            log = await durable.reopen()
        await durable.close()

    asyncio.run(live())
