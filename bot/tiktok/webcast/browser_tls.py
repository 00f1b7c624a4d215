"""Requests with a browser's TLS handshake, through the optional extra curl_cffi: TikTok answers some programs only so.

It brings its own headers and User-Agent, those of the browser whose handshake it shows; ours must not stand in their place.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from multidict import CIMultiDict, CIMultiDictProxy

from bot.tiktok.webcast.fetching import MOST_BODY_BYTES, Answer, FetchFailed, host_of

TIMEOUT_S = 20.0
IMPERSONATE = "chrome"

SYSTEM_ERROR = "X-TT-System-Error"
"""TikTok's header for a visitor whose handshake is no browser's (webcast-protocol.md 4)."""

NEEDED = (
    "TikTok's pages do not serve this client, because its TLS handshake is not a browser's (X-TT-System-Error). "
    "The optional extra has a browser's: make setup EXTRAS=browser-tls, then start again"
)

OWN = frozenset({"user-agent", "accept", "accept-language", "accept-encoding", "connection"})
"""Headers that the browser sends by itself."""


class CurlHeaders(Protocol):
    """`curl_cffi.requests.Headers`."""

    def multi_items(self) -> list[tuple[str, str | None]]:
        """Every header line of its own."""


class CurlAnswer(Protocol):
    """What we use of a streamed `curl_cffi.requests.Response`."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> CurlHeaders: ...
    def aiter_content(self) -> AsyncIterator[bytes]:
        """The body, piece by piece."""


class CurlSession(Protocol):
    """What we use of `curl_cffi.requests.AsyncSession`."""

    def stream(
        self, method: str, url: str, *, params: Mapping[str, str] | None, headers: Mapping[str, str], timeout: float
    ) -> AbstractAsyncContextManager[CurlAnswer]: ...


class CurlSessions(Protocol):
    """`curl_cffi.requests.AsyncSession`, as the thing to be called."""

    def __call__(self, *, impersonate: str, proxy: str | None) -> AbstractAsyncContextManager[CurlSession]: ...


class BrowserFetch:
    """`fetching.Fetch` as a browser that was never there before: each request brings no cookie but those of its headers."""

    def __init__(self, sessions: CurlSessions, *, proxy: str | None = None) -> None:
        self._sessions = sessions
        self._proxy = proxy

    async def __call__(self, address: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str]) -> Answer:
        """GET `address`. Raises `FetchFailed`; a status of any kind is an answer."""
        ours = {name: value for name, value in headers.items() if name.lower() not in OWN}
        body = bytearray()
        try:
            async with (
                self._sessions(impersonate=IMPERSONATE, proxy=self._proxy) as http,
                http.stream("GET", address, params=params, headers=ours, timeout=TIMEOUT_S) as answer,
            ):
                async for chunk in answer.aiter_content():
                    body += chunk
                    if len(body) > MOST_BODY_BYTES:
                        raise FetchFailed(f"{host_of(address)} sent more than {MOST_BODY_BYTES} bytes")
                lines = CIMultiDict((name, value) for name, value in answer.headers.multi_items() if value is not None)
                return Answer(answer.status_code, CIMultiDictProxy(lines), bytes(body))
        except (OSError, ValueError) as error:  # the library's own are OSErrors; their text may hold the proxy's password
            raise FetchFailed(f"{host_of(address)} did not answer properly ({type(error).__name__})") from error


def installed(*, proxy: str | None = None) -> BrowserFetch | None:
    """None without the extra."""
    try:
        library = importlib.import_module("curl_cffi.requests")
    except ImportError:
        return None
    return BrowserFetch(library.AsyncSession, proxy=proxy)
