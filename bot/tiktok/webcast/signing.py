"""Asks the sign server for a push socket that TikTok will accept: address, parameters, cookie, and the room's backlog.

The sign server is a third party (EulerStream, or whatever `tiktok.sign_base` points to). A signature lives about 30 s and
serves one connect: every reconnect asks again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import aiohttp
import msgspec

from bot.clock import Clock
from bot.errors import ConnectionRefused
from bot.events.ids import RoomId
from bot.tiktok.webcast import browser, frames
from bot.tiktok.webcast.fetching import Answer, FetchFailed, fetch
from bot.tiktok.webcast.frames import Batch, MalformedFrame

RATE_LIMIT_WAIT_S = 60.0
"""For a 429 that names no time."""

CLIENT = "ttlive-python"
"""Sign servers keep a list of client kinds; this one they know."""

_STATUS_REASONS = {
    401: "does not know this API key; set tiktok.sign_api_key to a valid one",
    402: "wants a paid plan for this",
    403: "does not allow this with this API key or plan",
    404: "has no such route, or does not find the room",
    429: "allows no more connects for now",
}
_SERVER_FAILED = "has trouble of its own"

_COOKIE = re.compile(r"(?:^|[;,])\s*([^=;,\s]+)=([^;,]*)")
_COOKIE_ATTRIBUTES = frozenset({"path", "domain", "expires", "max-age", "samesite", "version", "priority"})


@dataclass(frozen=True, slots=True)
class Signed:
    """What one connect needs. `room_id` is the one that the signer used: adopt it. `cookie` is a secret of ours with TikTok."""

    room_id: RoomId
    address: str
    cookie: str
    backlog: Batch


class Signer:
    """A sign server's `/webcast/fetch`."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        clock: Clock,
        sign_base: str = "https://api.eulerstream.com",
        api_key: str = "",
        user_agent: str = browser.USER_AGENT,
    ) -> None:
        self._http = http
        self._clock = clock
        self._address = f"{sign_base.rstrip('/')}/webcast/fetch"
        self._api_key = api_key.strip()
        self._user_agent = user_agent

    async def sign(self, room_id: RoomId) -> Signed:
        """Raises `ConnectionRefused`; its reason begins with "the sign server" and never holds the key."""
        params = {
            "room_id": room_id,
            "client": CLIENT,
            "user_agent": self._user_agent,
            "client_enter": "true",
            "platform": "web",
        }
        headers = {"User-Agent": "tiktok-live-relay", "Accept": "*/*"}
        if self._api_key:
            headers["X-Api-Key"] = self._api_key
        try:
            answer = await fetch(self._http, self._address, params=params, headers=headers, follow=False)
        except FetchFailed as error:
            raise ConnectionRefused(f"the sign server cannot be used: {error}") from error
        if answer.status != 200:
            raise refusal(answer, now_ms=self._clock.now_ms(), secret=self._api_key)
        return _signed(answer, room_id, self._user_agent)


def refusal(answer: Answer, *, now_ms: int, secret: str) -> ConnectionRefused:
    """Why a sign server said no, in a sentence, with its own words behind (the key blotted out, should it repeat it)."""
    status = answer.status
    why = _STATUS_REASONS.get(status, _SERVER_FAILED if status >= 500 else "answered what we do not understand")
    words = _own_words(answer.body, secret)
    wait = answer.retry_after_s(now_ms)
    if wait is None and status == 429:
        wait = RATE_LIMIT_WAIT_S
    reason = f"the sign server {why} (HTTP {status}{': ' + words if words else ''})"
    return ConnectionRefused(reason, retry_after_s=wait)


def _own_words(body: bytes, secret: str) -> str:
    """The `message` of a JSON answer, and which limit a 429 is about."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return ""
    if not isinstance(answer, dict):
        return ""
    said = [str(answer[name]) for name in ("message", "limit_label") if isinstance(answer.get(name), str)]
    text = " ".join(" ".join(said).split())
    return (text.replace(secret, "…") if secret else text)[:200]


def _signed(answer: Answer, room_id: RoomId, user_agent: str) -> Signed:
    if not answer.body:
        raise ConnectionRefused("the sign server got nothing from TikTok, which has detected it (empty answer)")
    try:
        batch = frames.read_batch(answer.body)
    except MalformedFrame as error:
        raise ConnectionRefused("the sign server did not answer with a signed fetch") from error
    if not batch.push_server.startswith(("ws://", "wss://")) or not batch.cursor or not batch.route_params:
        raise ConnectionRefused("the sign server's answer names no push socket")
    cookie = cookies(answer.headers.getall("X-Set-TT-Cookie", []))
    if not cookie:
        raise ConnectionRefused("the sign server brought no cookie: TikTok refused it")
    used = RoomId(answer.headers.get("X-Room-Id", "").strip() or room_id)
    address = browser.push_address(
        batch.push_server,
        route_params=batch.route_params,
        room_id=used,
        cursor=batch.cursor,
        internal_ext=batch.internal_ext,
        user_agent=user_agent,
    )
    return Signed(used, address, f"{browser.TARGET_IDC}; {cookie}", batch)


def cookies(set_cookies: Iterable[str]) -> str:
    """`Set-Cookie` texts as one `Cookie` text. Several cookies in one text are told apart, attributes dropped."""
    jar: dict[str, str] = {}
    for text in set_cookies:
        for name, value in _COOKIE.findall(text):
            if name.lower() not in _COOKIE_ATTRIBUTES:
                jar[name] = value.strip()
    return "; ".join(f"{name}={value}" for name, value in jar.items() if value)
