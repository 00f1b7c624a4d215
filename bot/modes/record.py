"""`python -m bot record`: one LIVE into a capture file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.clock import Clock, SystemClock
from bot.config import SourceName, TikTok
from bot.errors import ConfigError
from bot.events import ConnectedEvent, DisconnectedEvent, Event, GapEvent, Handle, LiveEndedEvent
from bot.ingest.together import side_by_side
from bot.modes import sources
from bot.modes.following import Following, follow_all, parts
from bot.modes.terminal import Printer, Status
from bot.tiktok.capture.recorder import Recorder

FLUSH_EVERY_S = 1.0
"""What a kill can cost."""

RAW: Sequence[SourceName] = ("webcast", "direct")
"""The sources that see TikTok's own messages; the others make events of them first."""

TOLD = frozenset({ConnectedEvent, DisconnectedEvent, GapEvent, LiveEndedEvent})
"""What of a room is printed while it is recorded."""


async def run(tiktok: TikTok, creator: Handle, file: Path, *, printer: Printer, clock: Clock | None = None) -> Status:
    """Wait for the creator to be live, write everything to `file` until the LIVE is over. Raises `OperatorError`.

    Over all configured sources that have raw messages, in their order, with the fail-over of `tail`.
    """
    raw = [each for each in tiktok.sources if each in RAW]
    if not raw:
        raise ConfigError(
            f"{' and '.join(tiktok.sources)} cannot be recorded: a capture holds TikTok's own messages, and there they arrive "
            f"already taken apart; add one of {', '.join(RAW)} to tiktok.sources"
        )
    if len(raw) < len(tiktok.sources):
        left_out = [each for each in tiktok.sources if each not in RAW]
        await printer.say(f"recording over {', '.join(raw)}, not over {', '.join(left_out)}: there are no raw messages there")
    tiktok = tiktok.model_copy(update={"sources": tuple(raw)})
    clock = clock or SystemClock()
    statuses: list[Status] = []

    async def show(events: Sequence[Event]) -> None:
        await printer.show(event for event in events if type(event) in TOLD)

    with Recorder(file, creator) as recorder:
        try:
            async with sources.session(tiktok) as http:
                shared = parts(tiktok, http, printer=printer, clock=clock, tap=recorder.take)
                following = Following(creator, shared, take=show, once=True)

                async def follow() -> None:
                    statuses.append(await follow_all([following]))

                await side_by_side(follow(), _flush(recorder, clock))
        finally:
            await printer.say(f"{recorder.messages} messages in {file}")
    return statuses[0]


async def _flush(recorder: Recorder, clock: Clock) -> None:
    while True:
        await clock.sleep(FLUSH_EVERY_S)
        recorder.flush()
