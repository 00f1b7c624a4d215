"""`python -m bot tail`: rooms in the terminal, as lines or JSON."""

from __future__ import annotations

from collections.abc import Sequence

from bot.clock import Clock, SystemClock
from bot.config import TikTok
from bot.events import Handle
from bot.modes import sources
from bot.modes.following import Following, follow_all, parts
from bot.modes.terminal import Printer, Status


async def run(
    tiktok: TikTok,
    creators: Sequence[Handle],
    *,
    printer: Printer,
    raw: bool = False,
    once: bool = False,
    source: str = "",
    clock: Clock | None = None,
) -> Status:
    """Print what happens in the rooms of these creators. Raises `BadInput` for an unknown source."""
    async with sources.session(tiktok) as http:
        shared = parts(tiktok, http, printer=printer, clock=clock or SystemClock(), source=source)
        return await follow_all([Following(each, shared, take=printer.show, raw=raw, once=once) for each in creators])
