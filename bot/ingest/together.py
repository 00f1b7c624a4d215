"""Several things at once until the first of them is done; and what was begun is closed, whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

Item = TypeVar("Item")


async def side_by_side(*parts: Coroutine[Any, Any, object]) -> None:
    """Run together until one returns or raises; the others are cancelled, and the first error is raised as itself.

    Who is cancelled themselves while a part fails is cancelled: the error comes too late to matter.
    """
    me = asyncio.current_task()
    cancelled_before = me.cancelling() if me else 0
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(part) for part in parts]
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in running:
                task.cancel()
    except ExceptionGroup as group:
        if me and me.cancelling() > cancelled_before:
            raise asyncio.CancelledError from group
        raise group.exceptions[0] from group.exceptions[0].__cause__


@asynccontextmanager
async def closing(items: AsyncIterator[Item]) -> AsyncIterator[AsyncIterator[Item]]:
    """Close an async generator, sockets and all, when the block is left: not when the garbage collector finds it."""
    try:
        yield items
    finally:
        aclose = getattr(items, "aclose", None)
        if aclose is not None:
            await aclose()
