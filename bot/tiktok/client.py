"""LiveClient: one creator's LIVE, event by event. Usable alone.

    client = LiveClient("@alice")

    @client.on(CommentEvent)
    async def show(event: CommentEvent) -> None:
        print(f"{event.user.name}: {event.text}")

    client.run()

Three tasks: one reads the room and never waits for a handler, one calls the handlers (one after the other, in the order of
their registration and of the events), and whoever iterates reads at their own pace. Between them stand letter boxes of
`buffer` events; a reader too slow for that loses the oldest and is told by a `GapEvent`. What nobody listens for is not kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from types import MappingProxyType, TracebackType
from typing import Any, Self, TypeVar, overload

from bot.clock import Clock, SystemClock
from bot.errors import AlreadyConnected, ConnectionLost, CreatorNotFound, CreatorOffline, DownloadFailed, SourceError
from bot.events import Event, Gift, Handle, RoomId, TopViewer
from bot.text import parse_handle
from bot.tiktok import download, reconnect
from bot.tiktok.access import Access, Way, chosen
from bot.tiktok.calling import Calls
from bot.tiktok.listeners import Handler
from bot.tiktok.reconnect import Reconnect, Retry, Turns
from bot.tiktok.room_info import RoomDetails
from bot.tiktok.source import Room, Source
from bot.tiktok.webcast import browser
from bot.tiktok.whereabouts import Whereabouts

log = logging.getLogger(__name__)

E = TypeVar("E", bound=Event)

BUFFERED_EVENTS = 10_000
"""A minute of a very loud room."""

HANDLERS_WITHIN_S = 5.0
"""How long `stop` waits for the handler that is at work."""


class LiveClient:
    """Follows one creator. Every argument but the creator is a keyword.

    - `sign_api_key`, `web_base`, `webcast_base`, `sign_base`, `headers`, `cookies`, `session_to_sign_server`, `http_params`,
      `proxy`, `trust_env`, `language`, `user_agent`, `ssl_context`, `http_timeout_s`, `open_timeout_s`, `close_timeout_s`,
      `silence_s`: how TikTok is reached, see `access.Access`.
    - `room_id`: enter this room, without looking up the creator first.
    - `fetch_room_info`, `fetch_gifts`: fill `room_info` and `available_gifts` before the stream opens; that they cannot be had
      is logged, and the stream opens all the same.
    - `process_initial_data`: whether the comments that were there before us are events (`is_history`), too.
    - `reconnect`: True, False, or a `Reconnect` that says how often, how slowly, and whether to wait for the next LIVE.
    - `buffer`: events that may wait for handlers.
    - `sources`: ways to the events in order of preference: "webcast" (signed; the only one unless you say otherwise), "direct"
      (unsigned), "tiktools" (a third party's feed) or a `Source` of your own. When one fails the next is tried.
    - `source`: the only one, such as a capture.
    """

    def __init__(
        self,
        creator: str,
        *,
        sign_api_key: str | None = None,
        web_base: str | None = None,
        webcast_base: str | None = None,
        sign_base: str | None = None,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
        session_to_sign_server: bool = False,
        http_params: Mapping[str, str] | None = None,
        proxy: str | None = None,
        trust_env: bool = False,
        language: str = browser.LANGUAGE,
        user_agent: str = browser.USER_AGENT,
        ssl_context: ssl.SSLContext | None = None,
        http_timeout_s: float = Access.http_timeout_s,
        open_timeout_s: float = Access.open_timeout_s,
        close_timeout_s: float = Access.close_timeout_s,
        silence_s: float = Access.silence_s,
        room_id: str = "",
        fetch_room_info: bool = False,
        fetch_gifts: bool = False,
        process_initial_data: bool = True,
        reconnect: bool | Reconnect = True,
        buffer: int = BUFFERED_EVENTS,
        source: Source | str | None = None,
        sources: str | Sequence[Source | str] = (),
        clock: Clock | None = None,
        rng: Random | None = None,
    ) -> None:
        """Raises `BadInput` when `creator` is no handle and no address of a profile, or a source is none. Opens nothing."""
        self.creator = Handle(parse_handle(creator))
        self.room_info: RoomDetails | None = None
        self.available_gifts: Mapping[str, Gift] = MappingProxyType({})
        self._access = Access(
            sign_api_key=sign_api_key,
            web_base=web_base,
            webcast_base=webcast_base,
            sign_base=sign_base,
            headers=headers or {},
            cookies=cookies or {},
            session_to_sign_server=session_to_sign_server,
            http_params=http_params or {},
            proxy=proxy,
            trust_env=trust_env,
            language=language,
            user_agent=user_agent,
            ssl_context=ssl_context,
            http_timeout_s=http_timeout_s,
            open_timeout_s=open_timeout_s,
            close_timeout_s=close_timeout_s,
            silence_s=silence_s,
        )
        self._wants_room_info, self._wants_gifts = fetch_room_info, fetch_gifts
        self._policy = reconnect if isinstance(reconnect, Reconnect) else POLICIES[reconnect]
        self._sources, self._clock, self._rng = chosen(source, sources), clock or SystemClock(), rng or Random()
        given = Room(RoomId(room_id), self.creator) if room_id else None
        self._where = Whereabouts(self.creator, given, process_initial_data=process_initial_data)
        self._calls = Calls(buffer, self._clock, due=self._where.due)
        self._way: Way | None = None
        self._task: asyncio.Task[None] | None = None
        self._opened: asyncio.Future[None] | None = None
        self._failure: Exception | None = None
        self._download: download.Download | None = None
        self._is_stopping = False
        self._connected_at = 0.0

    # ------------------------------------------------------------------------------------------ who listens

    @overload
    def on(self, what: type[E]) -> Callable[[Handler[E]], Handler[E]]: ...
    @overload
    def on(self, what: str) -> Callable[[Handler[Any]], Handler[Any]]: ...
    @overload
    def on(self, what: type[E], handler: Handler[E]) -> Handler[E]: ...
    @overload
    def on(self, what: str, handler: Handler[Any]) -> Handler[Any]: ...
    def on(self, what: type[Event] | str, handler: Handler[Any] | None = None) -> Any:
        """Call `handler` with every event of a class or name; without a handler, a decorator.

        `what`: a class (`GiftEvent`; `Event` is everything), a name of TikTokLive or tiktok-live-events (`"gift"`,
        `"comment"`), or `"event"` for everything. The handler may be async. Raises `BadInput` for an unknown name.
        """
        if handler is None:
            return lambda decorated: self.on(what, decorated)
        self._calls.listeners.add(what, handler)
        return handler

    def add_listener(self, what: type[E] | str, handler: Handler[E]) -> Handler[E]:
        """`on`, called with a handler."""
        self._calls.listeners.add(what, handler)  # type: ignore[arg-type]  # it is called with E only
        return handler

    def remove_listener(self, what: type[E] | str, handler: Handler[E]) -> bool:
        """Whether it was registered; it is not any more."""
        return self._calls.listeners.remove(what, handler)  # type: ignore[arg-type]

    async def wait_for(self, kind: type[E], predicate: Callable[[E], object] | None = None, timeout_s: float | None = None) -> E:
        """The next event of that class for which `predicate` holds.

        Raises `TimeoutError` after `timeout_s`, `ConnectionLost` when the client ends first, and what `predicate` raises.
        """
        async with asyncio.timeout(timeout_s):
            return await self._calls.next_of(kind, predicate)

    async def __aiter__(self) -> AsyncGenerator[Event, None]:
        """Every event, until the client ends. Starts a client that does not run, and stops it afterwards."""
        box = self._calls.subscribe()
        is_ours = not self.running
        try:
            if is_ours:
                await self.start()
            while (event := await box.get()) is not None:
                yield event
            self._raise_failure()
        finally:
            self._calls.unsubscribe(box)
            if is_ours:
                await self.stop()

    # ------------------------------------------------------------------------------------------ start and stop

    def run(self) -> None:
        """Follow the creator until the LIVE is over, or Ctrl+C. Blocks; for programs without an event loop of their own."""
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(self._run())

    async def _run(self) -> None:
        async with self:
            await self.finished()

    async def start(self) -> RoomId:
        """Connect; return when the stream is open and leave it running.

        Raises `AlreadyConnected`, `CreatorOffline`, `CreatorNotFound`, or the `SourceError` that says why not.
        """
        if self.running:
            raise AlreadyConnected(f"this client follows @{self.creator} already: make another LiveClient, or stop this one")
        loop = asyncio.get_running_loop()
        self._is_stopping, self._failure, self._opened = False, None, loop.create_future()
        self._where.begin()
        self._task = loop.create_task(self._live(), name=f"LiveClient @{self.creator}")
        try:
            await asyncio.wait([self._opened, self._task], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self.stop()
            raise
        if not self._opened.done():
            self._raise_failure()
            raise ConnectionLost("the client was stopped before the stream opened")
        return self._where.room_id

    async def finished(self) -> None:
        """Wait until the client ends: the LIVE is over or `stop` was called. Raises what made it give up."""
        if self._task is not None:
            await asyncio.wait([self._task])
            self._raise_failure()

    async def stop(self) -> None:
        """Leave the room. Events that no handler has seen yet are forgotten; a handler at work may finish. Never raises.

        Called by a handler, it returns at once and the client ends after that handler.
        """
        if self._task is None or self._task.done():
            return
        self._is_stopping = True
        self._calls.forget()
        self._task.cancel()
        if not self._calls.is_calling():
            await asyncio.wait([self._task])

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    # ------------------------------------------------------------------------------------------ what is known

    @property
    def running(self) -> bool:
        """Started, and not at its end: connected, or on the way there."""
        return self._task is not None and not self._task.done()

    @property
    def connected(self) -> bool:
        """The stream is open."""
        return self._where.is_connected

    @property
    def connecting(self) -> bool:
        """Looking for the room, opening the stream, or waiting before the next attempt."""
        return self.running and not self._where.is_connected

    @property
    def room_id(self) -> RoomId:
        """The room that we are or last were in; "" before."""
        return self._where.room_id

    @property
    def viewer_count(self) -> int:
        """How many watch, as the room last said."""
        return self._where.viewer_count

    @property
    def top_viewers(self) -> tuple[TopViewer, ...]:
        """Who gave most among them, as the room last said."""
        return self._where.top_viewers

    @property
    def dropped(self) -> int:
        """Events that handlers were too slow for."""
        return self._calls.dropped

    async def is_live(self) -> bool:
        """Ask TikTok now. Raises `CreatorNotFound`, `AgeRestricted` or `Unclear`: none of them is "no"."""
        async with self._some_way() as way:
            try:
                await way.rooms.look_up(self.creator)
            except CreatorOffline:
                return False
        return True

    async def fetch_room_info(self) -> RoomDetails:
        """Ask TikTok for the room's details now. Raises `SourceError`, `AgeRestricted` among them."""
        async with self._some_way() as way:
            self.room_info = await way.rooms.room_info(await self._some_room(way))
        return self.room_info

    async def fetch_gifts(self) -> Mapping[str, Gift]:
        """Ask TikTok for the gift panel now. Raises `SourceError`."""
        async with self._some_way() as way:
            self.available_gifts = MappingProxyType(await way.rooms.gifts(await self._some_room(way)))
        return self.available_gifts

    @contextlib.asynccontextmanager
    async def _some_way(self) -> AsyncIterator[Way]:
        if self._way is not None:
            yield self._way
            return
        async with self._access.opened(self._clock, self._sources) as way:
            yield way

    async def _some_room(self, way: Way) -> RoomId:
        return (self._where.room or await way.rooms.look_up(self.creator)).room_id

    # ------------------------------------------------------------------------------------------ the video

    async def download(
        self,
        path: str | Path,
        duration_s: float | None = None,
        quality: str = "hd",
        *,
        on_progress: download.OnProgress | None = None,
    ) -> download.Download:
        """Begin to record the LIVE's video with ffmpeg; `await (…).finished()` waits for its end.

        `quality`: origin, uhd, hd, sd or ld; the next lower one where there is none. The suffix of `path` chooses the
        container. Raises `DownloadFailed`, or the `SourceError` why TikTok names no video.
        """
        if self._download is not None and self._download.is_running:
            raise DownloadFailed(f"a download to {self._download.path} runs already: stop it first")
        address = (await self.fetch_room_info()).stream(quality)
        access = self._access
        self._download = await download.begin(
            address, path, duration_s=duration_s, user_agent=access.user_agent, proxy=access.proxy, on_progress=on_progress
        )
        return self._download

    async def stop_download(self) -> None:
        """End the recording, if there is one; its file is complete."""
        if self._download is not None:
            await self._download.stop()

    # ------------------------------------------------------------------------------------------ following

    async def _live(self) -> None:
        """The client's task. What goes wrong is kept for `start`, `finished` and iteration."""
        self._calls.open()
        try:
            async with self._access.opened(self._clock, self._sources, wanted=self._calls.wants) as self._way:
                await self._follow(self._way)
        except SourceError as error:
            self._failure = error
        except asyncio.CancelledError:
            if not self._is_stopping:
                raise
        except Exception as error:  # the task's edge: whoever waits for the client must hear of it
            log.exception("@%s: the client failed", self.creator)
            self._failure = error
        finally:
            self._way = None
            await self._wind_up()

    async def _wind_up(self) -> None:
        why = "the client was stopped" if self._is_stopping else str(self._failure or "the LIVE is over")
        self._publish(self._where.go(why, now_ms=self._clock.now_ms()))
        with contextlib.suppress(asyncio.CancelledError):
            await self.stop_download()
            await self._calls.close(within_s=HANDLERS_WITHIN_S if self._is_stopping else None)

    async def _follow(self, way: Way) -> None:
        turns = Turns([each.name for each in way.sources], policy=self._policy, rng=self._rng)
        attempt = 0
        while True:
            error, is_the_sources = await self._visit(way, way.sources[turns.current])
            if self._where.is_connected and self._clock.monotonic() - self._connected_at >= reconnect.STABLE_AFTER_S:
                turns.held()
            retry = self._retry(error, attempt, turns if is_the_sources else None)
            self._publish(self._where.leave(retry.reason if retry else error.reason, now_ms=self._clock.now_ms()))
            if retry is None:
                if self._where.is_over:
                    return
                for name, why in turns.reasons.items() if len(way.sources) > 1 else ():
                    error.add_note(f"{name}: {why}")
                raise error
            attempt = 0 if is_the_sources or isinstance(error, CreatorOffline) else attempt + 1
            log.info("@%s: %s; next try in %.0f s", self.creator, retry.reason, retry.wait_s)
            await self._clock.sleep(retry.wait_s)

    def _retry(self, error: SourceError, attempt: int, turns: Turns | None) -> Retry | None:
        """Before the stream was ever open, somebody waits for an answer: tell them, unless they want to wait for a LIVE.

        `turns`: the failure is about a source, of which there may be others.
        """
        is_awaited = self._opened is not None and not self._opened.done() and self._policy.wait_for_live_s is None
        if turns is not None:
            return turns.failed(error, self._clock.monotonic(), each_once=is_awaited)
        wait_s = None if is_awaited else reconnect.after(error, attempt=attempt, rng=self._rng, policy=self._policy)
        return None if wait_s is None else Retry(wait_s, error.reason)

    async def _visit(self, way: Way, source: Source) -> tuple[SourceError, bool]:
        """Read the room as long as it goes. Returns why it ended, and whether that is about the source and not the creator."""
        try:
            room = self._where.room or await way.rooms.look_up(self.creator)
            self._where.enter(room)
        except SourceError as error:
            return error, False
        await self._prepare()
        try:
            await self._read(source, room)
        except SourceError as error:
            if isinstance(error, CreatorOffline | CreatorNotFound):
                return error, False
            if not await self._has_ended_untold(way):
                return error, True
            self._publish(self._where.end_untold(error.reason, now_ms=self._clock.now_ms()))
        else:
            self._where.end()
        return CreatorOffline(f"@{self.creator}'s LIVE is over"), False

    async def _has_ended_untold(self, way: Way) -> bool:
        """A stream that broke may have been the end of the LIVE, which is sometimes not told (webcast-protocol.md 6.6)."""
        if not self._where.is_connected or self._where.room is None:
            return False
        try:
            return not await way.rooms.is_alive(self._where.room.room_id)
        except SourceError:
            return False

    async def _prepare(self) -> None:
        """What was asked for beside the stream, once for each room; the stream does not depend on it."""
        try:
            if self._wants_room_info and (self.room_info is None or self.room_info.room_id != self._where.room_id):
                await self.fetch_room_info()
            if self._wants_gifts and not self.available_gifts:
                await self.fetch_gifts()
        except SourceError as error:
            log.warning("@%s: going on without it: %s", self.creator, error.reason)

    async def _read(self, source: Source, room: Room) -> None:
        """Until the source says that the LIVE is over. Raises `SourceError`."""
        batches = source.events(room)
        try:
            async for batch in batches:
                if not self._where.is_connected:
                    self._connected_at = self._clock.monotonic()
                self._publish(self._where.take(batch, room, now_ms=self._clock.now_ms()))
                if self._opened is not None and not self._opened.done():
                    self._opened.set_result(None)
        finally:
            if isinstance(batches, AsyncGenerator):
                await batches.aclose()

    def _publish(self, events: Sequence[Event]) -> None:
        for event in events:
            self._calls.publish(event)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure


POLICIES = {True: Reconnect(), False: reconnect.NEVER}
