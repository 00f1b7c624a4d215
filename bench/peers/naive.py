"""A relay as most are written: each event that is to be shown is one `channel.send` of discord.py's, at once.

Ours, written for the comparison; it reads the same rooms as the relay that is measured and posts to the same sandbox. Decoding
is the product's own, so that what differs is only how lines become posts. It prints one line of JSON.

    python -m bench.peers.naive --place '{"api_base": …}' --rooms 1000 --hot 20 --seconds 60
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import time
from random import Random

import discord
import uvloop
from discord.http import Route

from bench.load.discord import Place
from bench.load.measures import percentile, posted_at_ms
from bench.load.rooms import Scripted, room_of
from bot.clock import SystemClock
from bot.events import CommentEvent, DeletionEvent, Event, FollowEvent, GiftEvent, ShareEvent
from bot.modes import sources

SHOWN = (CommentEvent, GiftEvent, FollowEvent, ShareEvent, DeletionEvent)
MOST_TASKS = 100_000
"""A naive relay knows no bound; this one keeps the machine alive, and says that it was reached."""


class Naive:
    """One client, one send for each event and channel."""

    def __init__(self, place: Place, rooms: int) -> None:
        Route.BASE = place.api_base
        self.client = discord.Client(intents=discord.Intents(guilds=True), chunk_guilds_at_startup=False, max_messages=None)
        self.lags_s: list[float] = []
        self.failed = 0
        self.offered = 0
        self.dropped = 0
        self._rooms = rooms
        self._channels = [self.client.get_partial_messageable(channel_id) for _, channel_id in place.channels]
        self._tasks: set[asyncio.Task[None]] = set()

    async def follow(self, source: Scripted, number: int) -> None:
        """One room, to every channel that watches it."""
        channels = self._channels[number :: self._rooms]
        async for batch in source.events(room_of(number)):
            for event in batch:
                if isinstance(event, SHOWN) and not (isinstance(event, GiftEvent) and not event.is_final):
                    for channel in channels:
                        self._begin(channel, event)

    def _begin(self, channel: discord.PartialMessageable, event: Event) -> None:
        self.offered += 1
        if len(self._tasks) >= MOST_TASKS:
            self.dropped += 1
            return
        task = asyncio.ensure_future(self._send(channel, event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, channel: discord.PartialMessageable, event: Event) -> None:
        name = event.user.nickname if event.user else ""
        said = event.text if isinstance(event, CommentEvent) else event.type
        try:
            message = await channel.send(f"**{name}** {said}", allowed_mentions=discord.AllowedMentions.none())
        except (discord.DiscordException, OSError):
            self.failed += 1
            return
        self.lags_s.append((posted_at_ms(message.id) - event.received_at_ms) / 1000)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.client.close()


async def measure(place: Place, rooms: int, hot: int, seconds: float) -> dict[str, object]:
    """Play the rooms for so long; what arrived meanwhile."""
    naive = Naive(place, rooms)
    await naive.client.login(place.token)
    source = Scripted(SystemClock(), hot_rooms=hot, rng=Random(1), wanted=sources.LOGGED)
    source.begin.set()
    await place.mark()
    began, cpu = time.monotonic(), time.process_time()
    following = [asyncio.ensure_future(naive.follow(source, number)) for number in range(rooms)]
    await asyncio.sleep(seconds)
    wall, cpu = time.monotonic() - began, time.process_time() - cpu
    report = await place.report()
    lags = sorted(naive.lags_s)
    waiting = naive.offered - naive.dropped - naive.failed - len(lags)
    for task in following:
        task.cancel()
    await naive.stop()
    return {
        "lines_per_s": len(lags) / wall,
        "offered_per_s": naive.offered / wall,
        "lag_p50_s": percentile(lags, 0.5),
        "lag_p99_s": percentile(lags, 0.99),
        "limited": report.limited,
        "failed": naive.failed,
        "dropped": naive.dropped,
        "waiting": waiting,
        "core": cpu / wall,
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "sandbox_core": report.core,
    }


def main() -> None:
    """Measure, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--place", required=True)
    parser.add_argument("--rooms", type=int, default=1000)
    parser.add_argument("--hot", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    place = Place(**json.loads(options.place))
    print(json.dumps(uvloop.run(measure(place, options.rooms, options.hot, options.seconds))))  # noqa: T201


if __name__ == "__main__":
    main()
