from __future__ import annotations

import asyncio

from bot.eventlog.partition import Partition


async def test_everybody_who_waits_is_woken_by_what_they_wait_for() -> None:
    partition = Partition(last_seq=5)
    async with asyncio.TaskGroup() as group:
        next_one = [group.create_task(partition.wait(after=5, timeout_s=10)) for _ in range(3)]
        far = group.create_task(partition.wait(after=9, timeout_s=10))
        await asyncio.sleep(0)
        partition.grow(6)
        await asyncio.wait(next_one)
        assert not far.done()
        partition.grow(10)
    assert all(task.result() for task in [*next_one, far])


async def test_old_news_wakes_nobody_and_time_runs_out() -> None:
    partition = Partition(last_seq=5)
    partition.grow(3)
    assert partition.last_seq == 5
    assert not await partition.wait(after=5, timeout_s=0)
    assert await partition.wait(after=4, timeout_s=0)


async def test_what_retention_deleted_is_nothing_to_wait_for() -> None:
    partition = Partition(last_seq=5)
    partition.prune(5)
    partition.prune(2)
    assert not await partition.wait(after=0, timeout_s=0)
    partition.grow(6)
    assert await partition.wait(after=0, timeout_s=0)


async def test_whoever_waits_can_be_woken_to_look_again() -> None:
    partition = Partition(last_seq=5)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(partition.wait(after=5, timeout_s=10))
        await asyncio.sleep(0)
        partition.wake()
        assert not await waiting
    partition.wake()
    assert await partition.wait(after=4, timeout_s=0)
