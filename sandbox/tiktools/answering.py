"""What the edge's HTTP answers share: who is asked about, and every way to be refused."""

from __future__ import annotations

from typing import Any, Protocol

from aiohttp import web

from sandbox.tiktok.world import Creator, Room, World
from sandbox.tiktools.edge import Manner

Json = dict[str, Any]

RETRY_S = 60
"""When an exhausted rate limit is told to be full again."""

MESSAGES = {
    401: "Invalid API key",
    403: "Evaluation period ended",
    429: "Rate limit exceeded",
    500: "Internal error",
    503: "Service unavailable",
}


class Place(Protocol):
    """What the answers are about."""

    base: str
    world: World
    manner: Manner

    def knows_key(self, key: str) -> bool:
        """Whether this key (or none) is let in."""

    def take_failure(self) -> int | None:
        """The HTTP status that the next answer has to fail with."""


class Answering:
    """A part of the edge that answers over HTTP."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._world = place.world

    def refused(self, request: web.Request) -> web.Response | None:
        """Why this request gets no answer: a failure that was asked for, else its key."""
        key = request.headers.get("x-api-key", "") or request.query.get("apiKey", "")
        return self.failed() or (None if self._place.knows_key(key) else self._failure(401))

    def failed(self) -> web.Response | None:
        """The failure that was asked for, once."""
        status = self._place.take_failure()
        return None if status is None else self._failure(status)

    def creator(self, handle: object) -> Creator | None:
        return self._world.find(str(handle or "").removeprefix("@"))

    def live(self, handle: object) -> Room | None:
        """The room of a creator who is live."""
        creator = self.creator(handle)
        return creator.room if creator else None

    def _failure(self, status: int) -> web.Response:
        headers = {}
        if status == 429:
            reset_at_s = self._world.now_ms() // 1000 + RETRY_S
            headers = {"X-RateLimit-Limit": "20", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset_at_s)}
        told = {"status_code": status, "message": MESSAGES.get(status, "Error")}
        return web.json_response(told, status=status, headers=headers)


async def asked(request: web.Request) -> Json:
    """The JSON object in the body; anything else is an empty one."""
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def ok(data: object) -> web.Response:
    return web.json_response({"status_code": 0, "data": data})
