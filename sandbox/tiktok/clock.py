"""The sandbox's only clock on the TikTok side. `speed` shortens a scenario's pauses, never TikTok's own limits."""

from __future__ import annotations

import asyncio
import time


class Clock:
    """Wall time, and pauses that pass `speed` times as fast."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be above zero, not {speed}")
        self.speed = speed

    def now_ms(self) -> int:
        """UTC milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of scenario time."""
        await asyncio.sleep(max(0.0, seconds) / self.speed)
