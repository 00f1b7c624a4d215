"""Hands events to whoever wants them: handlers, those who wait for one, those who iterate.

A handler that fails is itself an event, `HandlerFailedEvent`; when nobody listens for that, it is logged. It never stops the
stream nor the handlers after it. A failing handler of `HandlerFailedEvent` is only logged: there is no end to it otherwise.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import traceback
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from bot.clock import Clock
from bot.errors import ConnectionLost
from bot.events import Common, Event, HandlerFailedEvent, LiveEndedEvent, MessageId, UnknownEvent, ViewersEvent
from bot.tiktok.listeners import Handler, LetterBox, Listeners
from bot.tiktok.webcast.methods import EVENTS_OF

log = logging.getLogger(__name__)

DUE_EVERY_S = 5.0
"""How late an event may be that only time brings."""

NEEDED: frozenset[type[Event]] = frozenset({LiveEndedEvent, ViewersEvent})
"""What a client reads for itself, whoever listens."""

E = TypeVar("E", bound=Event)


class _Waiting(NamedTuple):
    kind: type[Event]
    predicate: Callable[[Any], object] | None
    answer: asyncio.Future[Any]


class Calls:
    """`publish` never waits; a task of ours calls the handlers while it is open.

    `due` is asked every few seconds for the events that time alone brings, given the instant (ms, our clock).
    """

    def __init__(self, buffer: int, clock: Clock, *, due: Callable[[int], Iterable[Event]] = lambda _: ()) -> None:
        self.listeners = Listeners()
        self._buffer = buffer
        self._clock = clock
        self._box = LetterBox(buffer)
        self._readers: list[LetterBox] = []
        self._waiting: list[_Waiting] = []
        self._due = due
        self._calling: asyncio.Task[None] | None = None
        self._timing: asyncio.Task[None] | None = None
        self._dropped_before = 0

    @property
    def dropped(self) -> int:
        return self._dropped_before + self._box.dropped

    def open(self) -> None:
        """Begin to call handlers."""
        self._dropped_before += self._box.dropped
        self._box = LetterBox(self._buffer)
        loop = asyncio.get_running_loop()
        self._calling = loop.create_task(self._call_all(self._box))
        self._timing = loop.create_task(self._publish_due())

    def is_calling(self) -> bool:
        """Whether we are inside a handler now."""
        return asyncio.current_task() is self._calling

    def publish(self, event: Event) -> None:
        """Whoever waits for it gets it now, handlers and readers when they come to it."""
        for waiting in [each for each in self._waiting if isinstance(event, each.kind)]:
            self._answer(waiting, event)
        for reader in self._readers:
            reader.put(event)
        if self.listeners.of(type(event)):
            self._box.put(event)

    def wants(self, method: str) -> bool:
        """Whether a message of that method could become an event that somebody hears of, or that the client itself needs."""
        if self._readers or self._hears(UnknownEvent):
            return True
        return any(kind in NEEDED or self._hears(kind) for kind in EVENTS_OF.get(method, ()))

    def _hears(self, kind: type[Event]) -> bool:
        return bool(self.listeners.of(kind)) or any(issubclass(kind, waiting.kind) for waiting in self._waiting)

    def forget(self) -> None:
        """What no handler has seen yet is not wanted any more."""
        self._box.clear()

    async def close(self, *, within_s: float | None = None) -> None:
        """Let handlers finish what waits (a stuck one only for so long), then end whoever reads or waits for events."""
        if self._timing is not None:
            self._timing.cancel()
        for reader in self._readers:
            reader.close()
        for waiting in self._waiting:
            if not waiting.answer.done():
                waiting.answer.set_exception(ConnectionLost("the client ended before such an event came"))
        self._box.close()
        calling = self._calling
        if calling is None:
            return
        try:
            await asyncio.wait([calling], timeout=within_s)
        finally:
            calling.cancel()
            await asyncio.wait([calling])

    async def _publish_due(self) -> None:
        while True:
            await self._clock.sleep(DUE_EVERY_S)
            for event in self._due(self._clock.now_ms()):
                self.publish(event)

    # ------------------------------------------------------------------------------------------ readers

    def subscribe(self) -> LetterBox:
        """A letter box that gets every event from now on."""
        box = LetterBox(self._buffer)
        self._readers.append(box)
        return box

    def unsubscribe(self, box: LetterBox) -> None:
        self._readers.remove(box)

    async def next_of(self, kind: type[E], predicate: Callable[[E], object] | None) -> E:
        """The next event of that class for which `predicate` holds. Raises `ConnectionLost` at the end, or what it raises."""
        waiting = _Waiting(kind, predicate, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        try:
            event: E = await waiting.answer
            return event
        finally:
            self._waiting.remove(waiting)

    def _answer(self, waiting: _Waiting, event: Event) -> None:
        if waiting.answer.done():
            return
        try:
            if waiting.predicate is None or waiting.predicate(event):
                waiting.answer.set_result(event)
        except Exception as error:  # noqa: BLE001  # theirs: raised where they wait
            waiting.answer.set_exception(error)

    # ------------------------------------------------------------------------------------------ handlers

    async def _call_all(self, box: LetterBox) -> None:
        while (event := await box.get()) is not None:
            for handler in self.listeners.of(type(event)):
                await self._call(handler, event)

    async def _call(self, handler: Handler[Event], event: Event) -> None:
        try:
            result = handler(event)
            if inspect.isawaitable(result):
                await result
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            self._failed(handler, event, error)  # something that the handler waited for was cancelled, not we
        except Exception as error:  # noqa: BLE001  # theirs
            self._failed(handler, event, error)

    def _failed(self, handler: Handler[Event], event: Event, error: BaseException) -> None:
        name = getattr(handler, "__qualname__", repr(handler))
        is_own = isinstance(event, HandlerFailedEvent)
        if is_own or not self.listeners.expects(HandlerFailedEvent):
            log.error("handler %s failed at a %s event; the stream goes on", name, event.type, exc_info=error)
        if is_own:
            return
        now_ms = self._clock.now_ms()
        common = Common(
            MessageId(f"handler_failed:{name}:{event.type}:{event.message_id}"), event.room_id, event.creator, 0, now_ms
        )
        self.publish(
            HandlerFailedEvent(
                common,
                handler=name,
                event_type=event.type,
                error=f"{type(error).__name__}: {error}",
                traceback="".join(traceback.format_exception(error)),
            )
        )
