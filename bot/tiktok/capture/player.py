"""A capture file as a source of events, at any speed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from itertools import groupby, islice

from msgspec.structs import replace

from bot.clock import Clock, SystemClock
from bot.errors import BadInput, ConnectionLost, ConnectionRefused
from bot.events import Common, ConnectedEvent, Event
from bot.events.ids import Handle, MessageId, RoomId
from bot.tiktok.capture.file import CaptureDamaged, read_lines
from bot.tiktok.capture.line import BadLine, Captured, any_event_of, read
from bot.tiktok.source import Room

MOST_IDLE_S = 3.0
"""Longer silences of the capture are cut to this."""

MOST_BATCH = 256
"""Messages of one instant that are played at once; a file without instants is one long instant."""

EVERYTHING = Room(RoomId(""), Handle(""))
"""The room that stands for all rooms of a capture."""


class CaptureSource:
    """`source.Source` over a capture file (`.gz`: gzip). `speed` 2 is twice as fast, `inf` does not wait at all.

    Of a room it plays the lines of its creator (`host`) that name that room or none; of `EVERYTHING`, all lines in the order
    of the file. Messages of one instant are one batch, as they were one frame. Instants are those of the recording. The end of
    the file is the end. `bad_lines` counts what held no message.
    """

    name = "capture"

    def __init__(self, file: str, *, clock: Clock | None = None, speed: float = 1.0, most_idle_s: float = MOST_IDLE_S) -> None:
        if not speed > 0:
            raise BadInput(f"The speed must be more than 0 (inf: at once), not {speed:g}.")
        self.bad_lines = 0
        self._file = file
        self._clock = clock or SystemClock()
        self._speed = speed
        self._most_idle_s = most_idle_s

    async def events(self, room: Room) -> AsyncGenerator[Sequence[Event], None]:
        """Play. Raises `OperatorError` for a file that cannot be opened, `ConnectionRefused` when it holds nothing of a room."""
        due = self._clock.monotonic()
        before_ms = 0
        opened: set[Handle] = set()
        damage: list[CaptureDamaged] = []
        for frame in self._frames(room, damage):
            first = frame[0]
            due += self._pause_s(before_ms, first.received_at_ms)
            before_ms = first.received_at_ms or before_ms
            await self._clock.sleep(due - self._clock.monotonic())
            events = [any_event_of(captured) for captured in frame]
            if first.host not in opened:
                opened.add(first.host)
                events.insert(0, self._connected(first))
            yield events
        if damage:
            raise ConnectionLost(str(damage[0]))
        if not opened:
            raise ConnectionRefused(f"{self._file} holds no message{f' of @{room.handle}' if room.handle else ''}")

    def _pause_s(self, before_ms: int, now_ms: int) -> float:
        """Real seconds between two frames. Times that are missing or run backwards are no pause."""
        gone_s = (now_ms - before_ms) / 1000 if before_ms and now_ms else 0.0
        return min(max(0.0, gone_s), self._most_idle_s) / self._speed

    def _frames(self, room: Room, damage: list[CaptureDamaged]) -> Iterator[list[Captured]]:
        """What came together, together. Where the file cannot be read on, it ends, and `damage` says why."""
        for _, together in groupby(self._captured(room, damage), key=lambda each: (each.received_at_ms, each.host, each.room_id)):
            while frame := list(islice(together, MOST_BATCH)):
                yield frame

    def _captured(self, room: Room, damage: list[CaptureDamaged]) -> Iterator[Captured]:
        lines = read_lines(self._file)
        while True:
            try:
                captured = read(next(lines))
            except StopIteration:
                return
            except CaptureDamaged as error:
                damage.append(error)
                return
            except BadLine:
                self.bad_lines += 1
                continue
            if _belongs(captured, room):
                yield replace(captured, host=captured.host or room.handle, room_id=captured.room_id or room.room_id)

    def _connected(self, first: Captured) -> ConnectedEvent:
        message_id = MessageId(f"connected:{first.room_id}:{first.received_at_ms}")
        return ConnectedEvent(Common(message_id, first.room_id, first.host, 0, first.received_at_ms), source=self.name)


def _belongs(captured: Captured, room: Room) -> bool:
    is_theirs = not (room.handle and captured.host) or captured.host.lower() == room.handle.lower()
    return is_theirs and (not (room.room_id and captured.room_id) or captured.room_id == room.room_id)
