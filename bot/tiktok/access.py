"""How a client reaches TikTok: addresses, key, cookies, proxy, language, time-outs.

What is not given is read from the environment, by the names that `run` knows (`RELAY_TIKTOK__WEB_BASE`,
`RELAY_TIKTOK__SIGN_API_KEY` …), else it is TikTok's own.
"""

from __future__ import annotations

import contextlib
import os
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.request import getproxies

import aiohttp
from yarl import URL

from bot.clock import Clock
from bot.errors import BadInput
from bot.tiktok import finders
from bot.tiktok.allowance import ANONYMOUS_EDGE, ANONYMOUS_SIGNING, DAY_S, Limit
from bot.tiktok.finders import Account
from bot.tiktok.finding import Finder
from bot.tiktok.metered import Metered, shared
from bot.tiktok.source import Source
from bot.tiktok.tiktools.client import EDGE, TikToolsSource
from bot.tiktok.webcast import browser, direct
from bot.tiktok.webcast.connection import SILENCE_S
from bot.tiktok.webcast.fetching import TIMEOUT
from bot.tiktok.webcast.rooms import WebRooms
from bot.tiktok.webcast.session import Session
from bot.tiktok.webcast.socket import CLOSE_TIMEOUT_S, OPEN_TIMEOUT_S, WebcastSource

NAMES = ("webcast", "direct", "tiktools")
"""The sources that are built here: signed, unsigned (may end any day), and the hosted feed of a third party."""

ENVIRONMENT = "RELAY_TIKTOK__"
STANDARD = {
    "web_base": "https://www.tiktok.com",
    "webcast_base": "https://webcast.tiktok.com/webcast",
    "sign_base": "https://api.eulerstream.com",
    "sign_api_key": "",
    "push_base": "https://webcast-ws.tiktok.com",
    "tiktools_base": EDGE,
    "tiktools_api_key": "",
}


KEYED_SIGNING = (Limit(2_500, DAY_S),)
"""What the smallest plan with a key of a sign server allows; `run` has `tiktok.sign_connects_per_day` for it."""

SIGN_ADVICE = "wait, or give a sign_api_key with a higher limit"
EDGE_ADVICE = "wait, or set RELAY_TIKTOK__TIKTOOLS_API_KEY to a key"


def chosen(source: Source | str | None = None, sources: str | Sequence[Source | str] = ()) -> Sequence[Source | str]:
    """What a caller wants, in order of preference: sources of their own or `NAMES`, also as a comma list.

    None given: the environment's. Raises `BadInput` for a name that nobody has, and for both arguments at once.
    """
    if source is not None and sources:
        raise BadInput("give one source, or sources in order of preference, not both")
    wanted = [source] if source is not None else sources or os.environ.get(f"{ENVIRONMENT}SOURCES") or NAMES[:1]
    if isinstance(wanted, str):
        wanted = [each.strip() for each in wanted.split(",") if each.strip()]
    for each in wanted:
        if isinstance(each, str) and each not in NAMES:
            raise BadInput(f"{each!r} is not a source. Known: {', '.join(NAMES)}, and any Source of your own.")
    return tuple(wanted)


@dataclass(frozen=True, slots=True)
class Way:
    """An open way to TikTok: where rooms are looked up, and the sources of their events in order of preference."""

    rooms: WebRooms
    sources: Sequence[Source]


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
        self, clock: Clock, sources: Sequence[Source | str] = NAMES[:1], *, wanted: Callable[[str], bool] | None = None
    ) -> AsyncIterator[Way]:
        """The way, as long as it is needed. `sources`: where the events come from, some of `NAMES` or sources of your own.

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
                others=self._finders([each for each in sources if isinstance(each, str)], signer, clock),
            )
            yield Way(
                rooms,
                [self._built(each, signer, clock, wanted) if isinstance(each, str) else each for each in sources],
            )

    def _finders(self, sources: Sequence[str], http: aiohttp.ClientSession, clock: Clock) -> Sequence[Finder]:
        sign_key, edge_key = self._setting("sign_api_key", self.sign_api_key), self._setting("tiktools_api_key")
        sign_per_day = KEYED_SIGNING[0].most // finders.SIGN_SHARE
        return finders.chosen(
            sources,
            http,
            clock=clock,
            sign=Account(self._setting("sign_base", self.sign_base), sign_key, sign_per_day),
            tiktools_edge=Account(self._setting("tiktools_base"), edge_key, finders.TIKTOOLS_PER_DAY),
            meter=lambda name, account, limits: shared(name, account.base, account.key, tuple(limits), finders.LOOK_UPS),
        )

    def _built(self, name: str, signer: aiohttp.ClientSession, clock: Clock, wanted: Callable[[str], bool] | None) -> Source:
        if name == "tiktools":
            base, key = self._setting("tiktools_base"), self._setting("tiktools_api_key")
            edge = TikToolsSource(
                base=base,
                api_key=key,
                clock=clock,
                tls=self.ssl_context,
                proxy=self.proxy or (True if self.trust_env else None),
            )
            return Metered(edge, shared("TikTools", base, key, () if key else ANONYMOUS_EDGE), advice=EDGE_ADVICE, clock=clock)
        if name == "direct":
            return self._webcast(signer, clock, wanted, opener=self._visitor(clock))
        base, key = self._setting("sign_base", self.sign_base), self._setting("sign_api_key", self.sign_api_key)
        meter = shared("the sign server", base, key, KEYED_SIGNING if key else ANONYMOUS_SIGNING)
        return Metered(self._webcast(signer, clock, wanted, opener=None), meter, advice=SIGN_ADVICE, clock=clock)

    def _visitor(self, clock: Clock) -> direct.Visitor:
        proxy = self.proxy or (getproxies().get("https") if self.trust_env else None)
        return direct.Visitor(
            direct.best_pages(proxy=proxy),
            clock=clock,
            web_base=self._setting("web_base", self.web_base),
            push_base=self._setting("push_base").replace("http", "ws", 1),
            user_agent=self.user_agent,
            language=self.language,
            session=self._login(),
        )

    def _webcast(
        self,
        signer: aiohttp.ClientSession,
        clock: Clock,
        wanted: Callable[[str], bool] | None,
        *,
        opener: direct.Visitor | None,
    ) -> WebcastSource:
        return WebcastSource(
            signer,
            clock=clock,
            opener=opener,
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
    def _setting(name: str, given: str | None = None) -> str:
        return os.environ.get(f"{ENVIRONMENT}{name.upper()}", STANDARD[name]) if given is None else given
