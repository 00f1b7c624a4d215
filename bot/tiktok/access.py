"""How a client reaches TikTok: addresses, key, cookies, proxy, language, time-outs.

What is not given is read from the environment, by the names that `run` knows (`RELAY_TIKTOK__WEB_BASE`,
`RELAY_TIKTOK__SIGN_API_KEY` …), else it is TikTok's own.
"""

from __future__ import annotations

import contextlib
import os
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from bot.clock import Clock
from bot.tiktok.source import Source
from bot.tiktok.webcast import browser
from bot.tiktok.webcast.connection import SILENCE_S
from bot.tiktok.webcast.fetching import TIMEOUT
from bot.tiktok.webcast.rooms import WebRooms
from bot.tiktok.webcast.session import Session
from bot.tiktok.webcast.socket import CLOSE_TIMEOUT_S, OPEN_TIMEOUT_S, WebcastSource

ENVIRONMENT = "RELAY_TIKTOK__"
STANDARD = {
    "web_base": "https://www.tiktok.com",
    "webcast_base": "https://webcast.tiktok.com/webcast",
    "sign_base": "https://api.eulerstream.com",
    "sign_api_key": "",
}


@dataclass(frozen=True, slots=True)
class Way:
    """An open way to TikTok."""

    rooms: WebRooms
    source: Source


@dataclass(frozen=True, kw_only=True)
class Access:
    """The way that `opened` opens. `None` for an address or the key: the environment's, else the standard one.

    `cookies` go to TikTok's own addresses only: they are an account. Of an account's cookies (`sessionid`, `tt-target-idc`),
    the push socket gets its own, the sign server, a third party, only with `session_to_sign_server`. `headers` and
    `http_params` override what a browser would send to TikTok's pages.
    """

    web_base: str | None = None
    webcast_base: str | None = None
    sign_base: str | None = None
    sign_api_key: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    session_to_sign_server: bool = False
    http_params: Mapping[str, str] = field(default_factory=dict)
    proxy: str | None = field(default=None, repr=False)
    trust_env: bool = False
    language: str = browser.LANGUAGE
    user_agent: str = browser.USER_AGENT
    ssl_context: ssl.SSLContext | None = None
    http_timeout_s: float = TIMEOUT.total or 20.0
    open_timeout_s: float = OPEN_TIMEOUT_S
    close_timeout_s: float = CLOSE_TIMEOUT_S
    silence_s: float = SILENCE_S

    @contextlib.asynccontextmanager
    async def opened(
        self, clock: Clock, source: Source | None = None, *, wanted: Callable[[str], bool] | None = None
    ) -> AsyncIterator[Way]:
        """The way, as long as it is needed. `source`: take the events from there instead of TikTok's push socket.

        `wanted` says of a method whether its messages are decoded at all (None: all are).
        """
        web_base, webcast_base = self._setting("web_base", self.web_base), self._setting("webcast_base", self.webcast_base)
        jar = aiohttp.CookieJar(unsafe=True)
        for base in (web_base, webcast_base):
            jar.update_cookies(self.cookies, URL(base))
        # Two sessions: one carries the account's cookies, the other talks to a third party.
        async with self._session(jar) as site, self._session(aiohttp.DummyCookieJar()) as signer:
            rooms = WebRooms(
                site,
                clock=clock,
                web_base=web_base,
                webcast_base=webcast_base,
                user_agent=self.user_agent,
                language=self.language,
                extra_headers=self.headers,
                extra_params={"user_is_login": str("sessionid" in self.cookies).lower(), **self.http_params},
            )
            yield Way(rooms, source or self._webcast(signer, clock, wanted))

    def _webcast(self, signer: aiohttp.ClientSession, clock: Clock, wanted: Callable[[str], bool] | None) -> WebcastSource:
        return WebcastSource(
            signer,
            clock=clock,
            sign_base=self._setting("sign_base", self.sign_base),
            sign_api_key=self._setting("sign_api_key", self.sign_api_key),
            user_agent=self.user_agent,
            language=self.language,
            proxy=self.proxy or (True if self.trust_env else None),
            tls=self.ssl_context,
            silence_s=self.silence_s,
            session=self._login(),
            open_timeout_s=self.open_timeout_s,
            close_timeout_s=self.close_timeout_s,
            wanted=wanted,
        )

    def _login(self) -> Session | None:
        session_id = self.cookies.get("sessionid", "")
        if not session_id:
            return None
        bases = (self._setting("web_base", self.web_base), self._setting("webcast_base", self.webcast_base))
        return Session(
            session_id,
            target_idc=self.cookies.get("tt-target-idc", "useast1a"),
            to_sign_server=self.session_to_sign_server,
            hosts=frozenset([host for base in bases if (host := URL(base).host)]),
        )

    def _session(self, jar: aiohttp.abc.AbstractCookieJar) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            cookie_jar=jar,
            connector=aiohttp.TCPConnector(ssl=self.ssl_context or True),
            timeout=aiohttp.ClientTimeout(total=self.http_timeout_s, connect=self.http_timeout_s / 2),
            proxy=self.proxy,
            trust_env=self.trust_env,
        )

    @staticmethod
    def _setting(name: str, given: str | None) -> str:
        return os.environ.get(f"{ENVIRONMENT}{name.upper()}", STANDARD[name]) if given is None else given
