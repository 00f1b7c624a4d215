"""The scenarios by name, and the one function that waits."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.scenarios.demo import demo
from sandbox.scenarios.goes_live_later import goes_live_later
from sandbox.scenarios.quiet import quiet
from sandbox.scenarios.stage import Scene, Stage
from sandbox.scenarios.storm import storm
from sandbox.tiktok.clock import Clock

SCENARIOS: dict[str, Callable[[Stage], Scene]] = {
    "demo": demo,
    "quiet": quiet,
    "storm": storm,
    "goes-live-later": goes_live_later,
}


async def play(scene: Scene, clock: Clock) -> None:
    """Play a scene to its end, pausing where it pauses."""
    for pause_s in scene:
        await clock.sleep(pause_s)
