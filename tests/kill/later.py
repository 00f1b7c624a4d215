"""Time goes on at a stroke: an outage of minutes without waiting for it. As a program, the bot by a clock that is ahead.

AHEAD_S=200 python -m tests.kill.later      what `python -m bot run` would do in 200 seconds
"""

from __future__ import annotations

import os

from bot import config, logs
from bot.__main__ import in_loop
from bot.clock import SystemClock
from bot.modes import embedded
from sandbox.tiktok.clock import Clock


class Time(Clock):
    """The sandbox's wall clock, both TikTok's and Discord's."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead_s = 0.0

    def now_ms(self) -> int:
        return super().now_ms() + round(self.ahead_s * 1000)

    def now(self) -> float:
        """Seconds since 1970."""
        return self.now_ms() / 1000


class Ahead(SystemClock):
    """The bot's."""

    def __init__(self, by_s: float) -> None:
        self._by_ms = round(by_s * 1000)

    def now_ms(self) -> int:
        return super().now_ms() + self._by_ms


if __name__ == "__main__":
    settings = config.load(None)
    logs.set_up(settings.log.level, secrets=settings.secrets())
    in_loop(lambda: embedded.run(settings, clock=Ahead(float(os.environ["AHEAD_S"]))))
