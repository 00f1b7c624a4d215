"""What `tail`, `record` and `replay` owe the terminal they run in: lines or JSON, colours, signals, exit statuses."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Collection, Coroutine, Iterable, Mapping
from enum import IntEnum
from typing import Any, BinaryIO

import click

from bot.errors import BadInput
from bot.events import Event, Handle
from bot.events.codec import to_json
from bot.events.names import classes_named
from bot.text import one_line, parse_handle
from bot.tiktok.lines import Line, line


class Status(IntEnum):
    """How a command ended. 2, a mistake in the command itself, is click's."""

    DONE = 0
    FAULTY = 1
    NOT_FOUND = 3
    INTERRUPTED = 130


STYLES: Mapping[str, Mapping[str, Any]] = {
    "chat": {"fg": "cyan"},
    "gift": {"fg": "yellow", "bold": True},
    "like": {"fg": "magenta"},
    "follow": {"fg": "green"},
    "share": {"fg": "green"},
    "sub": {"fg": "green", "bold": True},
    "join": {"dim": True},
    "viewer": {"dim": True},
    "unknown": {"dim": True},
    "imDelete": {"fg": "red"},
    "battle": {"fg": "blue", "bold": True},
    "battleArmies": {"fg": "blue"},
    "ready": {"bold": True},
    "end": {"bold": True},
    "bye": {"bold": True},
    "error": {"fg": "red", "bold": True},
}
"""The colour of each tag; the text stays in the terminal's own, which its owner can read."""


def classes(names: str) -> frozenset[type[Event]] | None:
    """The event classes of a comma list, in any vocabulary; None (everything) for an empty one. Raises `BadInput`."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    return frozenset(each for name in wanted for each in _classes_of(name)) if wanted else None


def _classes_of(name: str) -> Collection[type[Event]]:
    try:
        return classes_named(name)
    except BadInput as error:
        raise BadInput(f"{name!r}: {error}") from None


def handles(typed: Iterable[str]) -> list[Handle]:
    """The creators of a command line, each once. Raises `BadInput`."""
    return list(dict.fromkeys(Handle(parse_handle(each)) for each in typed))


class ReaderGone(Exception):
    """Whoever read our output has gone (`tail … | head`): not an error, and nothing more can be written."""


class Printer:
    """Prints events to `out`, one line each, flushed. `only`: classes to print, None for all.

    What is about the run itself goes to `out` as `[events]` lines, with `as_json` to `err`; errors go to `err`. A full pipe
    makes us wait in a thread, so that the room's socket is served all the same.
    """

    def __init__(
        self,
        out: BinaryIO,
        err: BinaryIO,
        *,
        as_json: bool = False,
        only: Collection[type[Event]] | None = None,
        names_creators: bool = False,
        coloured: bool = False,
        encoding: str = "utf-8",
    ) -> None:
        self._out = out
        self._err = err
        self._as_json = as_json
        self.only = only
        self._names_creators = names_creators
        self._coloured = coloured and not as_json
        self._encoding = encoding

    async def show(self, events: Iterable[Event]) -> None:
        """Print these. Raises `ReaderGone`."""
        shown = [self._shown(event) for event in events if self.only is None or type(event) in self.only]
        if shown:
            await asyncio.to_thread(self._write, self._out, shown)

    async def say(self, text: str) -> None:
        """Something about the run itself."""
        await asyncio.to_thread(self._write, self._err if self._as_json else self._out, [f"[events] {one_line(text)}"])

    async def complain(self, text: str) -> None:
        """Something that went wrong, on standard error."""
        await asyncio.to_thread(self._write, self._err, [self._painted(Line("error", one_line(text)))])

    def _shown(self, event: Event) -> str:
        if self._as_json:
            return json.dumps({"type": event.type, "data": to_json(event)})
        shown = self._painted(line(event))
        return f"@{one_line(event.creator)} {shown}" if self._names_creators else shown

    def _painted(self, shown: Line) -> str:
        if not self._coloured:
            return str(shown)
        return click.style(shown.head, **STYLES.get(shown.tag, {})) + shown.text

    def _write(self, to: BinaryIO, lines: Iterable[str]) -> None:
        try:
            to.write("".join(f"{each}\n" for each in lines).encode(self._encoding, "replace"))
            to.flush()
        except BrokenPipeError:
            # What the stream still holds goes nowhere, or Python would stumble over it when it ends (status 120).
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, to.fileno())
            os.close(nowhere)
            raise ReaderGone from None


def on_standard_streams(
    *, as_json: bool = False, only: Collection[type[Event]] | None = None, names_creators: bool = False
) -> Printer:
    """A printer on this process's streams: coloured when standard output is a terminal and NO_COLOR is not set."""
    return Printer(
        sys.stdout.buffer,
        sys.stderr.buffer,
        as_json=as_json,
        only=only,
        names_creators=names_creators,
        coloured=sys.stdout.isatty() and not os.environ.get("NO_COLOR"),
        encoding="utf-8" if as_json else sys.stdout.encoding,
    )


async def until_told(work: Coroutine[Any, Any, Status]) -> Status:
    """Do the work; Ctrl+C, SIGTERM and a reader who has gone end it in order. Errors come out as themselves, not as groups.

    Only the first Ctrl+C is orderly: a second one interrupts whatever the end waits for.
    """
    loop = asyncio.get_running_loop()
    told: asyncio.Future[Status] = loop.create_future()
    endings = {signal.SIGINT: Status.INTERRUPTED, signal.SIGTERM: Status.DONE}

    def forget() -> None:
        for name in endings:
            with contextlib.suppress(NotImplementedError):  # where none could be added (see below), none can be taken away
                loop.remove_signal_handler(name)

    def tell(status: Status) -> None:
        forget()
        told.set_result(status)

    for name, status in endings.items():
        with contextlib.suppress(NotImplementedError):  # not on Windows; there Ctrl+C interrupts, which ends in the same status
            loop.add_signal_handler(name, tell, status)
    try:
        async with asyncio.TaskGroup() as tasks:
            working = tasks.create_task(work)
            await asyncio.wait([working, told], return_when=asyncio.FIRST_COMPLETED)
            working.cancel()
    except ExceptionGroup as group:
        error = _first(group)
        if not isinstance(error, ReaderGone):
            raise error from None
        return Status.DONE
    finally:
        forget()
    return told.result() if told.done() else working.result()


def _first(group: ExceptionGroup[Exception]) -> Exception:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
