"""Several at once: the first one done ends the others."""

from __future__ import annotations

import asyncio

import pytest

from bot.ingest.together import side_by_side


async def test_the_first_to_return_ends_the_others() -> None:
    ended: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("forever")

    async def at_once() -> None:
        ended.append("at once")

    await side_by_side(forever(), at_once())
    assert ended == ["at once", "forever"]


async def test_an_error_comes_out_as_itself_with_its_cause() -> None:
    async def fails() -> None:
        raise KeyError("mine") from ValueError("why")

    with pytest.raises(KeyError, match="mine") as caught:
        await side_by_side(asyncio.Event().wait(), fails())
    assert isinstance(caught.value.__cause__, ValueError)


async def test_a_cancellation_is_not_lost_when_a_part_fails_in_the_same_moment() -> None:
    async def fails_when_cancelled() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise KeyError("too late")

    outer = asyncio.get_running_loop().create_task(side_by_side(fails_when_cancelled(), asyncio.Event().wait()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    outer.cancel()
    await asyncio.wait([outer])
    assert outer.cancelled()
