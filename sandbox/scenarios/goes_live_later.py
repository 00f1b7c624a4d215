"""alice is offline, goes live, ends, and comes back with another room id."""

from __future__ import annotations

from sandbox.scenarios.cast import MIA
from sandbox.scenarios.demo import interval, murmur
from sandbox.scenarios.stage import Scene, Stage, counting, together

OFFLINE_S, LIVE_S, AGAIN_S = 15.0, 60.0, 25.0


def goes_live_later(stage: Stage) -> Scene:
    """For whoever wants to see what a watch does while nobody is live. It never ends."""
    alice = stage.creator("alice", "Alice")
    yield OFFLINE_S
    for number in range(1, 1_000_000):
        room = alice.go_live(f"LIVE number {number}")
        room.count_viewers(20)
        yield from stage.audience(room)
        room.chat(MIA, "finally!", language="en")
        yield from together(interval(LIVE_S), murmur(stage, room, 2), counting(room))
        room.end()
        yield AGAIN_S
