"""The hosted feed as a whole: its websocket, its accounts with their limits, and its HTTP answers, over TikTok's world.

tools = sandbox.tiktools
tools.keys = {"tk_1"}                       another key is refused with 4401; None lets every key in
tools.limits["tk_1"] = limits.SANDBOX_KEY   what that account may do ("" is everybody without a key)
tools.refuse(closings.DAILY)                the next connect is closed so, before any roomInfo
tools.close("alice", closings.RESTART)      every connection to alice is closed so now
tools.fail(429, 503)                        the next two HTTP answers fail so, whatever they are about
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque

from aiohttp import web

from sandbox.tiktok.world import World
from sandbox.tiktools import closings
from sandbox.tiktools.closings import Closing
from sandbox.tiktools.edge import Edge, Manner
from sandbox.tiktools.limits import DAY_S, HOUR_S, Limits
from sandbox.tiktools.rest import Rest
from sandbox.tiktools.rest_more import RestMore

__all__ = ["Manner", "TikTools"]

KEPT_VIOLATIONS = 1_000
KEPT_CONNECTS = 1_000


class TikTools:
    """One edge. `connects` counts accepted and refused ones by account, as the real one does."""

    def __init__(self, world: World, *, base: str = "/tiktools") -> None:
        self.base = base.rstrip("/")
        self.world = world
        self.manner = Manner()
        self.keys: set[str] | None = None
        self.limits: dict[str, Limits] = defaultdict(Limits)
        self.violations: list[str] = []
        self.connects: Counter[str] = Counter()
        self.rest_more = RestMore(self)
        self._failures: deque[int] = deque()
        self._refusals: deque[Closing | int] = deque()
        self._connected_at_ms: dict[str, deque[int]] = defaultdict(lambda: deque(maxlen=KEPT_CONNECTS))
        self._open: list[Edge] = []

    @property
    def sockets(self) -> int:
        """How many connections are open."""
        return len(self._open)

    def refuse(self, *refusals: Closing | int) -> None:
        """The next connects end so, one each: a close, or an HTTP status instead of the upgrade."""
        self._refusals.extend(refusals)

    def fail(self, *statuses: int) -> None:
        """The next HTTP answers are these failures, one each."""
        self._failures.extend(statuses)

    def take_failure(self) -> int | None:
        """The next failure that was asked for; used up by this."""
        return self._failures.popleft() if self._failures else None

    def close(self, handle: str, closing: Closing, *, session_ms: int = 0) -> None:
        """Close all connections to this creator, after the notice that belongs to it."""
        for edge in self._of(handle):
            edge.close(closing, session_ms=session_ms)

    def say(self, handle: str, text: str) -> None:
        """Send this text, whatever it is, to everybody who is connected to this creator."""
        for edge in self._of(handle):
            edge.say(text)

    def add_routes(self, app: web.Application) -> None:
        """Serve everything below `base`; when the application shuts down, the sockets are cut first."""
        app.router.add_get(self.base or "/", self._connect)
        if self.base:
            app.router.add_get(f"{self.base}/", self._connect)
        Rest(self).add_routes(app)
        self.rest_more.add_routes(app)
        app.on_shutdown.append(self._shut_down)

    def knows_key(self, key: str) -> bool:
        """Whether this key (or none) is let in."""
        return not key or self.keys is None or key in self.keys

    def _of(self, handle: str) -> list[Edge]:
        return [edge for edge in self._open if edge.handle == handle.lower()]

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        handle = request.query.get("uniqueId", "").removeprefix("@").lower()
        account = request.query.get("apiKey", "") or request.query.get("jwtKey", "")
        refusal = self._refusals.popleft() if self._refusals else None
        self.connects[account] += 1
        if isinstance(refusal, int):
            return web.json_response({"status_code": refusal, "message": "refused"}, status=refusal)
        if not handle:
            return web.json_response({"status_code": 400, "message": "uniqueId is required"}, status=400)
        creator = self.world.find(handle)
        edge = Edge(
            request,
            room=creator.room if creator else None,
            handle=handle,
            account=account,
            manner=self.manner,
            violation=self._violate,
        )
        closing = refusal or self._refusal(edge)
        if closing is not None:
            edge.close(closing)
        return await self._serve(edge)

    def _refusal(self, edge: Edge) -> Closing | None:
        """Why this connect is not served. The order is the real one's: the key, the quota, the creator."""
        if not self.knows_key(edge.account):
            return closings.BAD_KEY
        limits, past, now_ms = self.limits[edge.account], self._connected_at_ms[edge.account], self.world.now_ms()
        past.append(now_ms)
        for most, within_s, closing in (
            (limits.connects_per_day, DAY_S, closings.DAILY),
            (limits.connects_per_hour, HOUR_S, closings.HOURLY),
        ):
            if most is not None and sum(now_ms - at < within_s * 1000 for at in past) > most:
                return closing if edge.account else closings.ANONYMOUS
        if edge.room is None:
            return closings.NOT_LIVE
        siblings = [other for other in self._open if other.account == edge.account]
        if limits.open_most is not None and len(siblings) >= limits.open_most:
            siblings[0].close(closings.EVICTED)
        return None

    async def _serve(self, edge: Edge) -> web.StreamResponse:
        self._open.append(edge)
        session_s = self.limits[edge.account].session_s
        timer = None
        if session_s is not None:
            last = closings.LIFETIME._replace(notice="session_limit")
            timer = asyncio.get_running_loop().call_later(session_s, lambda: edge.close(last, session_ms=int(session_s * 1000)))
        try:
            return await edge.run()
        finally:
            self._open.remove(edge)
            if timer is not None:
                timer.cancel()

    def _violate(self, what: str) -> None:
        if len(self.violations) < KEPT_VIOLATIONS:
            self.violations.append(what)

    async def _shut_down(self, _app: web.Application) -> None:
        for edge in tuple(self._open):
            edge.cut()
