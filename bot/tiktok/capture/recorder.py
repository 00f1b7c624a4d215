"""Writes a room's messages to a capture file, as they come from the socket and before anything is made of them.

What a kill can lose is what came since the last `flush`, which is the caller's rhythm. Each flush writes whole lines at one go,
into a `.gz` file as a gzip member of its own: a file that breaks off is readable up to there, by every gzip.
"""

from __future__ import annotations

import gzip
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from google.protobuf.message import DecodeError as ProtobufError

from bot.errors import OperatorError
from bot.events.ids import Handle, RoomId
from bot.tiktok.capture.line import Captured, written
from bot.tiktok.webcast.frames import Message
from bot.tiktok.webcast.pb import webcast_pb2 as pb

MOST_PENDING_BYTES = 256 * 1024
"""So much waits for a flush at most; more is written at once."""

GZIP_LEVEL = 6


class Recorder:
    """One capture file of one creator, open while it is entered. Raises `OperatorError` where the file cannot be written."""

    def __init__(self, path: Path, host: Handle) -> None:
        self.messages = 0
        self._path = path
        self._host = host
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._file: FileIO | None = None

    def __enter__(self) -> Self:
        try:
            # Unbuffered: what could not be written must not be tried again by closing.
            self._file = self._path.open("xb", buffering=0)
        except FileExistsError:
            raise OperatorError(f"{self._path} exists already, and a recording replaces nothing. Name another file.") from None
        except OSError as error:
            raise OperatorError(f"{self._path} cannot be made: {error.strerror}. Name a file in a folder that exists.") from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        file = self._file
        if file is None:
            return
        try:
            self.flush()
        finally:
            self._file = None
            file.close()
            if not self.messages:
                # Nothing came, so nothing stands in the way of the next attempt.
                self._path.unlink(missing_ok=True)

    def take(self, message: Message, room_id: RoomId, received_at_ms: int) -> None:
        """One message of the room's socket: what `WebcastSource` calls as its `tap`."""
        envelope_id = 0 if _names_itself(message.payload) else message.message_id
        captured = Captured(message.method, message.payload, self._host, room_id, received_at_ms, message.is_history, envelope_id)
        line = written(self.messages, captured)
        self.messages += 1
        self._pending.append(line)
        self._pending_bytes += len(line)
        if self._pending_bytes > MOST_PENDING_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hand to the operating system what has come: from then on it survives this process."""
        if not self._pending or self._file is None:
            return
        chunk = b"".join(self._pending)
        self._pending.clear()
        self._pending_bytes = 0
        if self._path.suffix == ".gz":
            chunk = gzip.compress(chunk, GZIP_LEVEL, mtime=0)
        try:
            left = memoryview(chunk)
            while left:
                left = left[self._file.write(left) or 0 :]
        except OSError as error:
            raise OperatorError(f"{self._path} cannot be written on: {error.strerror}. What it holds is good.") from error


def _names_itself(payload: bytes) -> bool:
    """Whether the message says its own id."""
    try:
        return bool(pb.AnyMessage.FromString(payload).base.message_id)
    except ProtobufError:
        return False
