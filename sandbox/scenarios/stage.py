"""What scenes are made of. Pure: a scene yields its pauses, it never waits."""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections.abc import Iterator

from sandbox.tiktok.world import Creator, Room, World

Scene = Iterator[float]
"""A running script: each value is a pause in seconds, what happens between is done to rooms."""

LATECOMERS_S = 1.5
"""After the first listener, so long for those who watch the other rooms."""


class Stage:
    """The creators of a scenario and its source of chance."""

    def __init__(self, world: World, *, seed: int = 0, audience_within_s: float = math.inf) -> None:
        self.world = world
        self.rng = random.Random(seed)
        self.audience_within_s = audience_within_s

    def creator(self, handle: str, nickname: str) -> Creator:
        """A creator of this scenario, offline until they go live."""
        return self.world.creator(handle, nickname=nickname)

    def about(self, seconds: float) -> float:
        """Roughly so long: people do not act by the clock, and often act in quick succession."""
        return min(self.rng.expovariate(1 / seconds), seconds * 4)

    def audience(self, *rooms: Room) -> Scene:
        """Wait for the first listener, so that nobody who starts the bot late misses the beginning."""
        waited_s = 0.0
        while waited_s < self.audience_within_s and not any(room.sockets for room in rooms):
            yield 0.25
            waited_s += 0.25
        if any(room.sockets for room in rooms) and not all(room.sockets for room in rooms):
            yield LATECOMERS_S


def together(leading: Scene, *backdrop: Scene) -> Scene:
    """Play scenes at the same time; when the leading one ends, all end."""
    order = itertools.count()
    waiting = [(0.0, next(order), scene) for scene in (leading, *backdrop)]
    now_s = 0.0
    while waiting:
        due_s, _, scene = heapq.heappop(waiting)
        if due_s > now_s:
            yield due_s - now_s
            now_s = due_s
        pause_s = next(scene, None)
        if pause_s is not None:
            heapq.heappush(waiting, (now_s + pause_s, next(order), scene))
        elif scene is leading:
            return


def counting(room: Room, *, every_s: float = 2.0) -> Scene:
    """TikTok's regular viewer count, as long as the room is live."""
    while not room.is_over:
        yield every_s
        if not room.is_over:
            room.count_viewers()
