"""The scenarios by name, what a person types first to see them, and the one function that waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.scenarios import moderating
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
    "removed-comment": moderating.removed_comment,
    "mute": moderating.mute,
    "early-removal": moderating.early_removal,
    "spam-wave": moderating.spam_wave,
    "reveal": moderating.reveal,
    "forget-me": moderating.forget_me,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A command that the person at the page types in a channel. Options are texts, as they would be typed."""

    channel: str
    command: str
    options: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([f"/{self.command}", *(f"{name}:{value}" for name, value in self.options.items())])


def watch(creator: str, channel: str) -> Line:
    """`/watch`, in the channel that it fills."""
    return Line(channel, "watch", {"creator": creator, "channel": f"#{channel}"})


ALERTS = Line("mods", "alerts channel", {"channel": "#mods", "role": "@moderators"})
REPEATS = Line("mods", "alerts watch detector", {"name": "repeats", "action": "alert"})

_MODERATED = (ALERTS, watch("alice", "live"))
TYPED: Mapping[str, Sequence[Line]] = {
    "removed-comment": _MODERATED,
    "mute": _MODERATED,
    "early-removal": _MODERATED,
    "spam-wave": (REPEATS, *_MODERATED),
    "reveal": _MODERATED,
    "forget-me": (watch("alice", "live"),),
}
"""What has to be typed before a story can be seen; the other scenarios leave it to whoever plays them."""


async def play(scene: Scene, clock: Clock) -> None:
    """Play a scene to its end, pausing where it pauses."""
    for pause_s in scene:
        await clock.sleep(pause_s)
