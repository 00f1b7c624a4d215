"""Whether one creator is live, and in which room, by the edge's `POST /webcast/live_status`.

It serves visitors without a key, too. It is a third party's word: for when TikTok's own pages do not answer.
"""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp
import msgspec

from bot.clock import Clock
from bot.errors import CreatorOffline, Unclear
from bot.events.ids import Handle, RoomId
from bot.tiktok.source import Room
from bot.tiktok.tiktools.bulk import refusal
from bot.tiktok.webcast.fetching import FetchFailed, fetch

NAME = "TikTools"


class EdgeFinder:
    """Asks for one account: `api_key`, or without one as an anonymous visitor. Each question counts there."""

    def __init__(self, http: aiohttp.ClientSession, *, base: str, api_key: str, clock: Clock) -> None:
        scheme, separator, rest = base.rstrip("/").partition("://")
        self._address = {"ws": "http", "wss": "https"}.get(scheme, scheme) + f"{separator}{rest}/webcast/live_status"
        self._headers = {"x-api-key": api_key} if api_key else {}
        self._http = http
        self._clock = clock

    async def find(self, handle: Handle) -> Room:
        """See `finding.Find`."""
        try:
            answer = await fetch(self._http, self._address, headers=self._headers, json={"unique_id": handle}, follow=False)
        except FetchFailed as error:
            raise Unclear(f"{NAME} cannot be asked: {error}") from error
        if answer.status != 200:
            raise refusal(answer, now_ms=self._clock.now_ms(), what="look-ups")
        return room_in(answer.body, handle)


def room_in(body: bytes, handle: Handle) -> Room:
    """The room that an answer names. Raises `CreatorOffline`, or `Unclear` for what is no answer."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        answer = None
    data = answer.get("data") if isinstance(answer, dict) and answer.get("status_code") in (0, None) else None
    if not isinstance(data, Mapping) or not isinstance(data.get("is_live"), bool):
        raise Unclear(f"{NAME} does not say whether @{handle} is live")
    if data["is_live"] is False:
        raise CreatorOffline(f"@{handle} is not live, says {NAME}")
    room_id = data.get("room_id")
    text = str(room_id) if isinstance(room_id, str | int) and not isinstance(room_id, bool) else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= 20 and text.strip("0")):
        raise Unclear(f"{NAME} says that @{handle} is live, but not in which room")
    return Room(RoomId(text), handle)
