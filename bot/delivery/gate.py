"""The one gate in front of Discord: every request of the bot's token passes it, the library's own and its retries included.

It is a hook of the HTTP session, `discord.Client(http_trace=gate.trace())`, because discord.py has no limiter of its own for
the token's 50 requests a second: it learns of them by 429s. Interaction answers and webhook calls carry no token's budget
and pass freely.

Whoever sends says how urgent that is in the context variable `urgency`; what says nothing (log in, commands) goes first.
Those who wait are at most one request for each lane's post, one for its edit, and what the library itself is doing.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import re
from collections import Counter
from collections.abc import Mapping
from contextvars import ContextVar
from types import SimpleNamespace

import aiohttp

from bot.clock import Clock
from bot.delivery.budget import InvalidAnswers, RequestBudget
from bot.model.draft import Urgency

urgency: ContextVar[Urgency] = ContextVar("urgency", default=Urgency.INTERACTION)
"""How urgent the request is that this task is about to make."""

_EXEMPT = re.compile(r"/(?:interactions|webhooks)/\d+/")
"""Callbacks and follow-ups: not bound to the token's limit (interactions/receiving-and-responding)."""

_PAUSE_S = 10.0

FIRST_BAN_S = 300.0
LONGEST_BAN_S = 3600.0
"""Cloudflare does not say how long it blocks an address; users report an hour."""

_log = logging.getLogger(__name__)


class Gate:
    """Lets requests through, most urgent first, `requests_per_s` at most in any second."""

    def __init__(self, clock: Clock, *, requests_per_s: float = 45.0) -> None:
        self.answers: Counter[int] = Counter()
        """How often Discord answered with each status."""
        self._clock = clock
        self._budget = RequestBudget(max(1, int(requests_per_s)))
        self.banned = 0
        """How often an answer came from Cloudflare instead of Discord."""
        self._bans = 0
        self._banned_until = 0.0
        self._invalid = InvalidAnswers()
        self._called = 0
        self._calling: asyncio.Task[None] | None = None
        self._order = itertools.count()
        self._waiting: list[tuple[Urgency, int, asyncio.Future[None]]] = []

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn."""
        return len(self._waiting)

    @property
    def invalid(self) -> int:
        """Answers that count towards a ban, ever."""
        return self._invalid.total

    def trace(self) -> aiohttp.TraceConfig:
        """The hook for `discord.Client(http_trace=…)`."""
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._on_request_start)
        trace.on_request_end.append(self._on_request_end)
        return trace

    async def admit(self, how_urgent: Urgency) -> None:
        """Return when the request may leave."""
        while how_urgent >= Urgency.GIFT and self._invalid.too_many(self._clock.monotonic()):
            await self._clock.sleep(_PAUSE_S)
        await self._my_turn(how_urgent)
        # Spent when it leaves, not when its turn came: a busy loop may be a while between the two, and Discord counts arrivals.
        self._budget.spend(self._clock.monotonic())

    async def _my_turn(self, how_urgent: Urgency) -> None:
        """At once where nobody waits and there is room; else in order of urgency."""
        if not self._waiting and self._free() > 0:
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (how_urgent, next(self._order), turn))
        if self._calling is None or self._calling.done():
            self._calling = asyncio.get_running_loop().create_task(self._call(), name="gate")
        try:
            await turn
        finally:
            if turn.done() and not turn.cancelled():
                self._called -= 1

    async def _call(self) -> None:
        """Call whoever waits, as long as somebody does: all for whom there is room at once, as a busy loop comes round rarely."""
        while self._waiting:
            for _ in range(self._free()):
                self._call_next()
            await self._clock.sleep(self._budget.wait_s(self._clock.monotonic()))

    def _call_next(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                self._called += 1
                return

    def _free(self) -> int:
        """How many may leave now, besides those who were called and have not left yet."""
        return self._budget.free(self._clock.monotonic()) - self._called

    async def _on_request_start(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, start: aiohttp.TraceRequestStartParams
    ) -> None:
        if not _EXEMPT.search(start.url.path):
            await self.admit(urgency.get())

    async def _on_request_end(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, end: aiohttp.TraceRequestEndParams
    ) -> None:
        status, headers = end.response.status, end.response.headers
        self.answers[status] += 1
        if status not in (401, 403, 429):
            if status < 400:
                self._bans = 0
            return
        now = self._clock.monotonic()
        if status != 401 and is_ban(headers):
            self._banned(headers.get("Retry-After", ""), now)
            return
        if status == 429 and headers.get("X-RateLimit-Scope") == "shared":
            return
        self._invalid.add(now)
        if status == 429 and headers.get("X-RateLimit-Global", "").lower() == "true":
            pause_s = _seconds(headers.get("Retry-After", ""))
            _log.warning("Discord pauses the bot's token for %.1f s: its global limit was reached", pause_s)
            self._budget.close(now + pause_s)

    def _banned(self, retry_after: str, now: float) -> None:
        """The address is blocked before Discord hears of us: every further request would only prolong that."""
        self.banned += 1
        if now < self._banned_until:  # one ban, met by every request that was on its way
            return
        pause_s = max(_seconds(retry_after), min(LONGEST_BAN_S, FIRST_BAN_S * 2**self._bans))
        self._bans += 1
        self._banned_until = now + pause_s
        self._budget.close(self._banned_until)
        _log.error(
            "Cloudflare blocks this address from Discord: nothing is sent for %.0f min. Others behind the same address, or too"
            " many refused requests, cause this (docs/operating.md)",
            pause_s / 60,
        )


def is_ban(headers: Mapping[str, str]) -> bool:
    """Whether a refusal comes from Cloudflare: Discord's own answers passed a proxy (`Via`) and are JSON."""
    return "Via" not in headers or not headers.get("Content-Type", "").startswith("application/json")


def _seconds(retry_after: str) -> float:
    try:
        return float(retry_after)
    except ValueError:
        return 1.0
