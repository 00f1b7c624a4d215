"""The way in without a sign server: an anonymous browser's `ttwid` cookie opens TikTok's fixed push address, unsigned.

No account, no third party; but TikTok does not mean it to be used so and may end it any day. TikTok hands the cookie out with
its pages, only sometimes, and to some addresses only when the TLS handshake is a browser's (webcast-protocol.md 4).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

import aiohttp

from bot.clock import Clock
from bot.errors import ConnectionRefused
from bot.events.ids import Handle
from bot.tiktok.source import Room
from bot.tiktok.webcast import browser, browser_tls
from bot.tiktok.webcast.fetching import Answer, Fetch, FetchFailed, fetch
from bot.tiktok.webcast.frames import Batch
from bot.tiktok.webcast.session import Session
from bot.tiktok.webcast.signing import Signed, cookie_text, cookies

ROUNDS = 8
BETWEEN_ROUNDS_S = 0.75
"""How often the pages are asked for the cookie, and how far apart (webcast-protocol.md 4)."""

PUSH_PATH = "/webcast/im/ws_proxy/ws_reuse_supplement/"
MOST_OPEN = 4
"""Direct sockets that TikTok is said to let one address have."""

OTHER_AGENTS = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
)
"""Whom we say we are after a device of ours was blocked."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page said to an anonymous visitor. `system_error` is TikTok's header of that name, "" without one."""

    status: int
    ttwid: str
    system_error: str = ""


class Pages(Protocol):
    """Opens TikTok's pages as somebody who was never there before."""

    is_browser: bool
    """Whether its TLS handshake is a browser's."""

    async def visit(self, address: str, user_agent: str) -> Visit:
        """Raises `ConnectionRefused` when no answer came."""


class PlainPages:
    """With our usual HTTP client: enough for many addresses."""

    is_browser = False

    def __init__(self, *, proxy: str | None = None) -> None:
        self._proxy = proxy

    async def visit(self, address: str, user_agent: str) -> Visit:
        # A jar would send the last visitor's cookie along, and TikTok gives none to whom it has given one.
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), proxy=self._proxy) as http:
            try:
                answer = await fetch(http, address, headers={**browser.headers(user_agent), "Accept": "text/html"})
            except FetchFailed as error:
                raise ConnectionRefused(f"TikTok's pages cannot be used: {error}") from error
        return _seen(answer)


class BrowserPages:
    """With a browser's TLS handshake, headers and User-Agent."""

    is_browser = True

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def visit(self, address: str, user_agent: str) -> Visit:
        """`user_agent` is left out: it must be that of the browser whose handshake this is."""
        try:
            return _seen(await self._fetch(address, headers={}))
        except FetchFailed as error:
            raise ConnectionRefused(f"TikTok's pages cannot be used: {error}") from error


def best_pages(*, proxy: str | None = None) -> Pages:
    """As a browser when that is possible."""
    as_browser = browser_tls.installed(proxy=proxy)
    return PlainPages(proxy=proxy) if as_browser is None else BrowserPages(as_browser)


class Visitor:
    """An anonymous browser. It is `socket.Opener` for whoever connects without a signature; one device serves all rooms."""

    name = "direct"
    beats_first = True

    def __init__(
        self,
        pages: Pages,
        *,
        clock: Clock,
        web_base: str = browser.SITE,
        push_base: str = "wss://webcast-ws.tiktok.com",
        user_agent: str = browser.USER_AGENT,
        language: str = browser.LANGUAGE,
        session: Session | None = None,
    ) -> None:
        self._pages = pages
        self._clock = clock
        self._web_base = web_base.rstrip("/")
        self._push = push_base.rstrip("/") + PUSH_PATH
        self._agents = [user_agent, *(agent for agent in OTHER_AGENTS if agent != user_agent)]
        self._language = language
        self._session = session
        self._ttwid = ""
        self._minting = asyncio.Lock()

    async def permit(self, room: Room) -> Signed:
        """What one connect needs. Raises `ConnectionRefused`."""
        async with self._minting:  # a cookie for one is a cookie for all who wait
            self._ttwid = self._ttwid or await self.mint(room.handle)
            jar, agent = {"ttwid": self._ttwid}, self._agents[0]
        if self._session is not None and self._session.may_go_to(self._push):
            jar |= self._session.cookies
        address = browser.push_address(
            self._push,
            route_params={},
            room_id=room.room_id,
            cursor="",
            internal_ext=b"",
            user_agent=agent,
            language=self._language,
        )
        shown = browser.headers(agent, language=self._language)
        headers = {"Referer": shown["Referer"], "Accept-Language": shown["Accept-Language"], "Cache-Control": "no-cache"}
        return Signed(room.room_id, address, cookie_text(jar), Batch(), agent, headers)

    def renew(self) -> bool:
        """Be another browser with another cookie from now on."""
        self._ttwid = ""
        self._agents.append(self._agents.pop(0))
        return True

    async def mint(self, handle: Handle) -> str:
        """A fresh `ttwid`, from the creator's page or TikTok's own. Raises `ConnectionRefused`."""
        visit = Visit(0, "")
        for attempt in range(ROUNDS):
            if attempt:
                await self._clock.sleep(BETWEEN_ROUNDS_S)
            for name in dict.fromkeys((handle, "tiktok")):
                visit = await self._pages.visit(f"{self._web_base}/@{quote(name, safe='')}", self._agents[0])
                if visit.ttwid:
                    return visit.ttwid
                if visit.system_error and not self._pages.is_browser:
                    raise ConnectionRefused(browser_tls.NEEDED)
        raise ConnectionRefused(
            f"TikTok's pages gave no cookie in {ROUNDS} rounds (HTTP {visit.status}); it may block this address: "
            "a proxy or another source may help"
        )


def _seen(answer: Answer) -> Visit:
    cookies_told = answer.headers.getall("Set-Cookie", [])
    return Visit(answer.status, _ttwid(cookies_told), answer.headers.get(browser_tls.SYSTEM_ERROR, ""))


def _ttwid(set_cookies: list[str]) -> str:
    for cookie in cookies(set_cookies).split("; "):
        name, _, value = cookie.partition("=")
        if name == "ttwid":
            return value
    return ""
