"""One HTTP request to TikTok or the sign server: bounded in time and size, every failure one kind of error."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Protocol

import aiohttp
from aiohttp.client import DEFAULT_TIMEOUT
from multidict import CIMultiDictProxy
from yarl import URL

from bot.errors import RelayError

TIMEOUT = aiohttp.ClientTimeout(total=20.0, connect=10.0)
MOST_BODY_BYTES = 16 * 1024 * 1024
"""A live page has about half a MiB, a signed fetch less."""

MOST_WAIT_S = 24 * 3600.0
"""Nobody's `Retry-After` puts us to sleep for longer."""


class FetchFailed(RelayError):
    """No usable answer arrived. The message names the host and why, never the query or a header: those may hold secrets."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read whole."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    def retry_after_s(self, now_ms: int) -> float | None:
        """Seconds to wait, as the answer asks for, None when it asks for nothing.

        `Retry-After` first (seconds or a date), then `RateLimit-Reset`, an instant here and a duration by its draft standard.
        """
        now_s = now_ms / 1000
        if (wait := _seconds(self.headers.get("Retry-After", ""), now_s)) is not None:
            return wait
        for name in ("RateLimit-Reset", "X-RateLimit-Reset"):
            if (wait := _seconds(self.headers.get(name, ""), now_s)) is not None:
                return wait
        return None


class Fetch(Protocol):
    """GETs an address, with whatever HTTP client. Raises `FetchFailed`; a status of any kind is an answer."""

    async def __call__(self, address: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str]) -> Answer: ...


async def fetch(
    http: aiohttp.ClientSession,
    address: str,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str],
    follow: bool = True,
    json: object = None,
) -> Answer:
    """GET `address`, or POST `json` to it. Raises `FetchFailed`; a status of any kind is an answer.

    A session's own time-out goes before ours. `follow`: go where redirects lead. False when a header is a secret: it would be
    sent there, too.
    """
    host = host_of(address)
    timeout = TIMEOUT if http.timeout == DEFAULT_TIMEOUT else http.timeout
    try:
        method = "GET" if json is None else "POST"
        async with http.request(
            method, URL(address), params=params, headers=headers, json=json, timeout=timeout, allow_redirects=follow
        ) as response:
            return Answer(response.status, response.headers, await _read(response))
    except TimeoutError as error:
        raise FetchFailed(f"{host} did not answer in time") from error
    except aiohttp.ClientConnectorError as error:
        raise FetchFailed(f"{host} cannot be reached: {error.strerror or error.os_error}") from error
    except (aiohttp.ClientError, OSError, ValueError, asyncio.IncompleteReadError) as error:
        raise FetchFailed(f"{host} did not answer properly ({type(error).__name__})") from error


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > MOST_BODY_BYTES:
            raise FetchFailed(f"{response.url.host} sent more than {MOST_BODY_BYTES} bytes")
    return bytes(body)


def host_of(address: str) -> str:
    """Whom a failure names: never the query, which may hold secrets."""
    try:
        url = URL(address)
    except ValueError:
        return "a malformed address"
    return f"{url.host}:{url.explicit_port}" if url.explicit_port else url.host or "an address without a host"


def _seconds(text: str, now_s: float) -> float | None:
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        try:
            number = parsedate_to_datetime(text).timestamp() if text else -1.0
        except ValueError:
            return None
    if not number >= 0:  # also not-a-number
        return None
    # A date, or an instant in seconds: no one asks for thirty years.
    wait = number - now_s if number > 1e9 else number
    return min(max(wait, 0.0), MOST_WAIT_S)
