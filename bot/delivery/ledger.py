"""What a lane writes down: intents before, the ledger after, strikes between. Waits out a database that refuses for a while.

A lane must not go on without these writes: its promise is that the cursor, the ledger and Discord agree after a crash. So a
write that the database refuses is tried again, with growing pauses, until it is done or the process ends.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from random import Random
from typing import TypeVar

from bot.backoff import delay_s
from bot.clock import Clock
from bot.delivery.intents import Strike
from bot.delivery.lane import Growth
from bot.errors import DatabaseError
from bot.events.ids import RoomId
from bot.model.draft import Intent, LedgerPost
from bot.model.ids import DiscordMessageId, PostId, WatchId
from bot.model.watch import Watch
from bot.storage import cursors, posts
from bot.storage.database import Database

C = TypeVar("C")
T = TypeVar("T")

MOST_MOVES = 500
"""Cursors moved in one transaction."""

_log = logging.getLogger(__name__)


class Ledger:
    """Delivery's part of the database."""

    def __init__(self, db: Database, clock: Clock, rng: Random) -> None:
        self.refusals = 0
        """How often the database refused, ever."""
        self._db = db
        self._clock = clock
        self._rng = rng

    async def open(self, intent: Intent) -> Intent:
        """The intent is durable from now on: the post may be sent."""
        return await self._surely(partial(self._db.write, posts.open_intent, intent))

    async def fulfil(self, intent: Intent, message_id: DiscordMessageId) -> None:
        """The post stands in the channel: ledger, cursor and intent in one transaction."""
        now_ms = self._clock.now_ms()
        await self._surely(lambda: self._db.write(posts.fulfil, intent, message_id=message_id, now_ms=now_ms))

    async def holds(self, message_id: DiscordMessageId) -> bool:
        """Whether this message is known to be a post."""
        return await self._surely(partial(self._db.read, posts.is_known, message_id))

    async def replace(self, intent: Intent, parts: Sequence[Intent]) -> list[Intent]:
        """A post that Discord does not hold gives way to others, or to none, in one transaction."""
        closed = partial(posts.abandon, intent=intent)
        opened = [partial(posts.open_intent, intent=part) for part in parts]
        return await self._surely(partial(self._db.write, _then, closed, opened))

    async def strike(self, strikes: Iterable[Strike]) -> list[LedgerPost]:
        """Strike the posted lines and return the posts that read differently now. One write for each watch and room."""
        groups: dict[tuple[WatchId, str], tuple[set[str], set[str]]] = {}
        for each in strikes:
            messages, viewers = groups.setdefault((each.watch_id, each.room_id), (set(), set()))
            messages |= each.message_ids
            viewers |= each.viewer_ids
        changed = await asyncio.gather(
            *(self._strike(*which, messages, viewers) for which, (messages, viewers) in groups.items())
        )
        return [post for some in changed for post in some]

    async def _strike(self, watch_id: WatchId, room_id: str, messages: set[str], viewers: set[str]) -> list[LedgerPost]:
        return await self._surely(
            lambda: self._db.write(
                posts.strike, watch_id=watch_id, room_id=RoomId(room_id), viewer_ids=viewers, message_ids=messages
            )
        )

    async def grow(self, growths: Sequence[Growth]) -> list[list[LedgerPost]]:
        """Lines that grow read like this now, and are about these; of each the post that holds it, if any does."""
        return await asyncio.gather(
            *(self._grow(posts.Regrown(each.watch.id, each.line.grows, each.line.text, each.line.viewer_id)) for each in growths)
        )

    async def _grow(self, regrown: posts.Regrown) -> list[LedgerPost]:
        async def write() -> list[LedgerPost]:
            return await (await self._db.submit(posts.grow, regrown))

        return await self._surely(write)

    async def edited(self, post: LedgerPost) -> None:
        """Discord shows the post as it stands."""
        await self._surely(lambda: self._db.write(posts.edited, post.id, revision=post.edit_revision))

    async def forget(self, post_id: PostId) -> None:
        """The message is gone from Discord."""
        await self._surely(partial(self._db.write, posts.forget, post_id))

    async def pending(self) -> list[Intent]:
        """Posts that were on their way when the last process ended, oldest first."""
        return await self._surely(partial(self._db.read, posts.pending_intents))

    async def unedited(self) -> list[LedgerPost]:
        """Posts of which Discord shows an older text."""
        return await self._surely(partial(self._db.read, posts.unedited))

    async def move(self, moves: Sequence[tuple[Watch, int]]) -> None:
        """Move cursors on. Tried once: what is not moved now is moved later. Raises `DatabaseError`."""
        for start in range(0, len(moves), MOST_MOVES):
            some = [(cursors.of_watch(watch.id), watch.creator_id, seq) for watch, seq in moves[start : start + MOST_MOVES]]
            await self._db.write(cursors.move_all, some)

    async def _surely(self, write: Callable[[], Awaitable[T]]) -> T:
        attempt = 0
        while True:
            try:
                return await write()
            except DatabaseError as error:
                self.refusals += 1
                if attempt == 0:
                    _log.warning("delivery waits for the database: %s", error)
                await self._clock.sleep(delay_s(attempt, self._rng, first_s=0.5, most_s=30.0))
                attempt += 1


def _then(connection: C, first: Callable[[C], None], others: Sequence[Callable[[C], T]], /) -> list[T]:
    """Several units as one: all of them happen, or none."""
    first(connection)
    return [unit(connection) for unit in others]
