"""Which room a creator is live in by the sign server's word: `GET /webcast/anchors/{handle}/room_id` (webcast-protocol.md 2.2 C).

It needs a key, and each question counts against that key: for when TikTok's own pages do not answer.
"""

from __future__ import annotations

from urllib.parse import quote

import aiohttp
import msgspec

from bot.clock import Clock
from bot.errors import CreatorOffline, SignRefused, Unclear
from bot.events.ids import Handle, RoomId
from bot.tiktok.source import Room
from bot.tiktok.webcast.fetching import FetchFailed, fetch
from bot.tiktok.webcast.signing import refusal

NAME = "the sign server"
NOT_ALLOWED = (401, 402, 403)
"""As HTTP statuses, and as the `code` of an answer with status 200."""


class SignFinder:
    """Asks with the operator's key."""

    def __init__(self, http: aiohttp.ClientSession, *, sign_base: str, api_key: str, clock: Clock) -> None:
        self._http = http
        self._base = sign_base.rstrip("/")
        self._key = api_key
        self._clock = clock

    async def find(self, handle: Handle) -> Room:
        """See `finding.Find`."""
        address = f"{self._base}/webcast/anchors/{quote(handle, safe='')}/room_id"
        headers = {"User-Agent": "tiktok-live-relay", "Accept": "*/*", "X-Api-Key": self._key}
        try:
            answer = await fetch(self._http, address, params={"creator_id_type": "unique_id"}, headers=headers, follow=False)
        except FetchFailed as error:
            raise Unclear(f"{NAME} cannot be asked: {error}") from error
        if answer.status in (*NOT_ALLOWED, 429):
            raise refusal(answer, now_ms=self._clock.now_ms(), secrets=[self._key])
        if answer.status != 200:
            raise Unclear(f"{NAME} answered HTTP {answer.status} when asked for @{handle}'s room")
        return room_in(answer.body, handle)


def room_in(body: bytes, handle: Handle) -> Room:
    """The room that an answer names. Raises `CreatorOffline`, `SignRefused`, or `Unclear` for what is no answer."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise Unclear(f"{NAME} did not answer in JSON about @{handle}")
    if answer.get("code") in NOT_ALLOWED:
        raise SignRefused(f"{NAME} does not look up rooms for this API key or plan (code {answer['code']})")
    if answer.get("is_live") is False:
        raise CreatorOffline(f"@{handle} is not live, says {NAME}")
    room_id = str(answer.get("room_id") or "")
    if answer.get("is_live") is not True or not (room_id.isascii() and room_id.isdecimal() and room_id.strip("0")):
        raise Unclear(f"{NAME} does not say whether @{handle} is live")
    return Room(RoomId(room_id), handle)
