"""Asks the sign server for a push socket that TikTok will accept: address, parameters, cookie, and the room's backlog.

The sign server is a third party (EulerStream, or whatever `tiktok.sign_base` points to). A signature lives about 30 s and
serves one connect: every reconnect asks again. It has two routes for the same thing (webcast-protocol.md 3.1): the old one is
being taken away, the new one is not yet everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

import aiohttp
import msgspec

from bot.clock import Clock
from bot.errors import ConnectionRefused, RateLimited, SignRefused
from bot.events.ids import RoomId
from bot.tiktok.source import Room
from bot.tiktok.webcast import browser, frames
from bot.tiktok.webcast.fetching import Answer, FetchFailed, fetch
from bot.tiktok.webcast.frames import Batch, MalformedFrame
from bot.tiktok.webcast.session import Session

RATE_LIMIT_WAIT_S = 60.0
"""For a 429 that names no time."""

CLIENT = "ttlive-python"
"""Sign servers keep a list of client kinds; this one they know."""

_STATUS_REASONS = {
    401: "does not know this API key; set tiktok.sign_api_key to a valid one",
    402: "wants a paid plan for this; use the key of one, or another sign server",
    403: "does not allow this with this API key or plan; use another one",
    404: "has no such route, or does not find the room",
    429: "allows no more connects for now; wait, or use an API key with a higher limit",
}
_SERVER_FAILED = "has trouble of its own"
_KINDS = {401: SignRefused, 402: SignRefused, 403: SignRefused, 429: RateLimited}

Route = Literal["auto", "old", "new"]
"""`auto`: the old one until the server says that it is gone, then the new one for good."""

MAY_HELP = "an API key or another source may help"

_REMOVED = re.compile(r"removed|no longer|deprecated|outdated|route|endpoint|cannot get", re.IGNORECASE)
"""A 404 is about the room unless its words are about the address."""

_COOKIE = re.compile(r"(?:^|[;,])\s*([^=;,\s]+)=([^;,]*)")
_COOKIE_ATTRIBUTES = frozenset({"path", "domain", "expires", "max-age", "samesite", "version", "priority"})


@dataclass(frozen=True, slots=True)
class Signed:
    """What one connect needs. `room_id` is the one that the signer used: adopt it. `cookie` is a secret of ours with TikTok.

    `user_agent` is the one to come with, "" for the usual; `headers` go along.
    """

    room_id: RoomId
    address: str
    cookie: str = field(repr=False)
    backlog: Batch
    user_agent: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Signer:
    """A sign server. It is `socket.Opener` for whoever connects with a signature."""

    name = "webcast"
    beats_first = False

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        clock: Clock,
        sign_base: str = "https://api.eulerstream.com",
        api_key: str = "",
        user_agent: str = browser.USER_AGENT,
        language: str = browser.LANGUAGE,
        route: Route = "auto",
        session: Session | None = None,
    ) -> None:
        self._http = http
        self._clock = clock
        self._base = sign_base.rstrip("/")
        self._api_key = api_key.strip()
        self._user_agent = user_agent
        self._language = language
        self._route = route
        self._session = session

    async def permit(self, room: Room) -> Signed:
        """`sign`, for a room."""
        return await self.sign(room.room_id)

    def renew(self) -> bool:
        """Every signature is new anyway: nothing else to try at once."""
        return False

    async def sign(self, room_id: RoomId) -> Signed:
        """Raises `ConnectionRefused`; its reason begins with "the sign server" and never holds the key."""
        answer = await self._ask(room_id, is_new=self._route == "new")
        if self._route == "auto" and _is_removed(answer):
            self._route = "new"
            answer = await self._ask(room_id, is_new=True)
        if answer.status != 200:
            raise refusal(answer, now_ms=self._clock.now_ms(), secrets=self._secrets())
        return _signed(answer, room_id, self._user_agent, self._language, self._session)

    async def _ask(self, room_id: RoomId, *, is_new: bool) -> Answer:
        params = {"client": CLIENT, "user_agent": self._user_agent, "client_enter": "true", "platform": "web"}
        headers = {"User-Agent": "tiktok-live-relay", "Accept": "*/*"}
        if self._api_key:
            headers["X-Api-Key"] = self._api_key
        shared = self._session if self._session is not None and self._session.to_sign_server else None
        if is_new:
            address = f"{self._base}/webcast/rooms/{quote(room_id, safe='')}/connect"
            if shared is not None:
                headers["x-cookie-header"] = f"sessionid={shared.session_id}; tt-target-idc={shared.target_idc}"
        else:
            address = f"{self._base}/webcast/fetch"
            params["room_id"] = room_id
            if shared is not None:
                params |= {"session_id": shared.session_id, "tt_target_idc": shared.target_idc}
        try:
            return await fetch(self._http, address, params=params, headers=headers, follow=False)
        except FetchFailed as error:
            raise ConnectionRefused(f"the sign server cannot be used: {error}") from error

    def _secrets(self) -> list[str]:
        return [secret for secret in (self._api_key, self._session.session_id if self._session else "") if secret]


def _is_removed(answer: Answer) -> bool:
    """Whether the server says that the route is gone, rather than the room."""
    if answer.status == 410:
        return True
    return answer.status == 404 and _REMOVED.search(answer.body[:2_000].decode("utf-8", "replace")) is not None


def refusal(answer: Answer, *, now_ms: int, secrets: Iterable[str]) -> ConnectionRefused:
    """Why a sign server said no, in a sentence, with its own words behind (our secrets blotted out, should it repeat them)."""
    status = answer.status
    why = _STATUS_REASONS.get(status, _SERVER_FAILED if status >= 500 else "answered what we do not understand")
    words = _own_words(answer.body, secrets)
    wait = answer.retry_after_s(now_ms)
    if wait is None and status == 429:
        wait = RATE_LIMIT_WAIT_S
    reason = f"the sign server {why} (HTTP {status}{': ' + words if words else ''})"
    return _KINDS.get(status, ConnectionRefused)(reason, retry_after_s=wait)


def _own_words(body: bytes, secrets: Iterable[str]) -> str:
    """The `message` of a JSON answer, and which limit a 429 is about."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if not isinstance(answer, dict):
        return ""
    said = [str(answer[name]) for name in ("message", "limit_label") if isinstance(answer.get(name), str)]
    text = " ".join(" ".join(said).split())
    for secret in secrets:
        text = text.replace(secret, "…")
    return text[:200]


def _signed(answer: Answer, room_id: RoomId, user_agent: str, language: str, session: Session | None) -> Signed:
    if not answer.body:
        raise ConnectionRefused(f"the sign server got nothing from TikTok, which has detected it (empty answer): {MAY_HELP}")
    try:
        batch = frames.read_batch(answer.body)
    except MalformedFrame as error:
        raise ConnectionRefused("the sign server did not answer with a signed fetch: is its address right?") from error
    if not batch.push_server.startswith(("ws://", "wss://")) or not batch.cursor or not batch.route_params:
        raise ConnectionRefused("the sign server's answer names no push socket: is its address right?")
    cookie = cookies(answer.headers.getall("X-Set-TT-Cookie", []))
    if not cookie:
        raise ConnectionRefused(f"the sign server brought no cookie, TikTok refused it: {MAY_HELP}")
    used = RoomId(answer.headers.get("X-Room-Id", "").strip() or room_id)
    address = browser.push_address(
        batch.push_server,
        route_params=batch.route_params,
        room_id=used,
        cursor=batch.cursor,
        internal_ext=batch.internal_ext,
        user_agent=user_agent,
        language=language,
    )
    if session is not None and (session.to_sign_server or session.may_go_to(batch.push_server)):
        jar = dict(part.split("=", 1) for part in cookie.split("; "))
        return Signed(used, address, cookie_text({**jar, **session.cookies}), batch)
    return Signed(used, address, f"{browser.TARGET_IDC}; {cookie}", batch)


def cookie_text(jar: Mapping[str, str]) -> str:
    """Cookies as a `Cookie` header has them."""
    return "; ".join(f"{name}={value}" for name, value in jar.items() if value)


def cookies(set_cookies: Iterable[str]) -> str:
    """`Set-Cookie` texts as one `Cookie` text. Several cookies in one text are told apart, attributes dropped."""
    jar: dict[str, str] = {}
    for text in set_cookies:
        for name, value in _COOKIE.findall(text):
            if name.lower() not in _COOKIE_ATTRIBUTES:
                jar[name] = value.strip()
    return cookie_text(jar)
