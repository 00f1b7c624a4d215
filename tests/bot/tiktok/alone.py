"""A LiveClient pointed at a sandbox, and an ear that notes what its handlers hear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from bot.events import Event
from bot.tiktok.client import LiveClient
from sandbox.app import Sandbox
from sandbox.tiktok.viewer import Viewer

E = TypeVar("E", bound=Event)

BOB = Viewer("bob", "Bob")
EVE = Viewer("eve", "Eve")


def addresses(sandbox: Sandbox) -> dict[str, Any]:
    """Where TikTok is."""
    return {"web_base": sandbox.url, "webcast_base": f"{sandbox.url}/webcast", "sign_base": sandbox.url}


def client_of(sandbox: Sandbox, creator: str = "@alice", **options: Any) -> LiveClient:
    """A client of that creator."""
    return LiveClient(creator, **addresses(sandbox), **options)


class Ear:
    """Hears everything that a client's handlers are given."""

    def __init__(self, client: LiveClient) -> None:
        self.heard: list[Event] = []
        self._news = asyncio.Event()
        client.on(Event, self._hear)

    def _hear(self, event: Event) -> None:
        self.heard.append(event)
        self._news.set()

    def of(self, kind: type[E]) -> list[E]:
        """Those of one class, in order."""
        return [event for event in self.heard if isinstance(event, kind)]

    def names(self) -> list[str]:
        """The classes, in order."""
        return [type(event).__name__.removesuffix("Event") for event in self.heard]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until what was heard is enough; five real seconds at most."""
        async with asyncio.timeout(5):
            while not condition():
                self._news.clear()
                await self._news.wait()
