"""Finds a creator's live room on TikTok's site: the live page first, the room API when the page is not clear."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from random import Random
from urllib.parse import quote

import aiohttp

from bot.clock import Clock, SystemClock
from bot.errors import AgeRestricted, Unclear
from bot.events import Gift
from bot.events.ids import Handle, RoomId
from bot.tiktok.finding import Finder, Finders
from bot.tiktok.room_info import RoomDetails
from bot.tiktok.source import MOST_CHECKED, Room
from bot.tiktok.webcast import answers, browser
from bot.tiktok.webcast.browser_tls import NEEDED, SYSTEM_ERROR
from bot.tiktok.webcast.fetching import Answer, Fetch, FetchFailed, fetch

TOO_MANY_REQUESTS = 429
ERROR_STATUS = 400


class WebRooms:
    """`source.Rooms` over TikTok's web pages. `web_base` is the site, `webcast_base` the API with its `/webcast` prefix."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        clock: Clock | None = None,
        web_base: str = "https://www.tiktok.com",
        webcast_base: str = "https://webcast.tiktok.com/webcast",
        user_agent: str = browser.USER_AGENT,
        rng: Random | None = None,
        language: str = browser.LANGUAGE,
        extra_headers: Mapping[str, str] | None = None,
        extra_params: Mapping[str, str] | None = None,
        browser_fetch: Fetch | None = None,
        others: Sequence[Finder] = (),
    ) -> None:
        """What is `extra` overrides what a browser sends. `browser_fetch` asks in place of `http`, as a browser would.

        `others` are asked for a creator's room where TikTok does not answer clearly.
        """
        rng = rng or Random()
        self._fetch = browser_fetch or partial(fetch, http)
        self._is_browser = browser_fetch is not None
        self._clock = clock or SystemClock()
        self._web_base = web_base.rstrip("/")
        self._webcast_base = webcast_base.rstrip("/")
        self._headers = {**browser.headers(user_agent, language=language), **(extra_headers or {})}
        # One visitor for the life of the process, as a browser is.
        device_id = str(rng.randrange(10**19, 10**20))
        self._params = {**browser.api_params(user_agent, device_id=device_id, language=language), **(extra_params or {})}
        self._finders = Finders(self._look_up, others, clock=self._clock, rng=rng)

    async def look_up(self, handle: Handle) -> Room:
        """The room that is live now. Raises `CreatorNotFound`, `CreatorOffline` or `Unclear`."""
        return await self._finders.look_up(handle)

    async def _look_up(self, handle: Handle) -> Room:
        """TikTok's own word: the page's, the room API's, and last that of its other host, where a room has its details."""
        path = f"/@{quote(handle, safe='')}/live"
        try:
            return await self._room_of_page(f"{self._web_base}{path}", handle)
        except Unclear as unclear:
            if unclear.retry_after_s is not None:
                raise  # TikTok asked us to wait: another question now would be one too many
            page_reason = unclear.reason
        try:
            params = {"uniqueId": handle, "sourceType": "54", **self._params}
            answer = await self._get(f"{self._web_base}/api-live/user/room/", params)
            return answers.room_of_api(answer.body, handle)
        except Unclear as unclear:
            reason = f"{page_reason}; {unclear.reason}" if unclear.reason != page_reason else page_reason
            if unclear.retry_after_s is None and (room := await self._room_of_info(handle)) is not None:
                return room
            raise Unclear(reason, retry_after_s=unclear.retry_after_s) from unclear

    async def _room_of_info(self, handle: Handle) -> Room | None:
        """What the host of the live API says, which may trust an address that the site does not. None when it says nothing."""
        try:
            answer = await self._get(f"{self._webcast_base}/room/info_by_user/", {"unique_id": handle, **self._params})
            return answers.room_of_info(answer.body, handle)
        except (Unclear, AgeRestricted):
            return None

    async def _room_of_page(self, address: str, handle: Handle) -> Room:
        page = await self._get(address)
        try:
            return answers.room_of_page(page.body, handle)
        except Unclear as unclear:
            if page.headers.get(SYSTEM_ERROR) and not self._is_browser:
                raise Unclear(NEEDED) from unclear
            raise

    async def is_age_restricted(self, room_id: RoomId) -> bool:
        """Whether TikTok keeps a room's details from who is not known for an adult. Raises `Unclear`."""
        try:
            return (await self.room_info(room_id)).is_age_restricted
        except AgeRestricted:
            return True

    async def is_alive(self, room_id: RoomId) -> bool:
        """Whether a known room is still live. Raises `Unclear`."""
        return (await self.are_alive([room_id]))[room_id]

    async def are_alive(self, room_ids: Collection[RoomId]) -> dict[RoomId, bool]:
        """The same of up to `MOST_CHECKED` rooms by one request; rooms that TikTok leaves out are missing. Raises `Unclear`."""
        if len(room_ids) > MOST_CHECKED:
            raise ValueError(f"{len(room_ids)} rooms are too many for one request")
        params = {"room_ids": ",".join(room_ids), **self._params}
        answer = await self._get(f"{self._webcast_base}/room/check_alive/", params)
        return answers.alive(answer.body, room_ids)

    async def room_info(self, room_id: RoomId) -> RoomDetails:
        """A room's details. Raises `AgeRestricted` or `Unclear`; the stream of such a room can often be read all the same."""
        answer = await self._get(f"{self._webcast_base}/room/info/", {"room_id": room_id, **self._params})
        return answers.room_info(answer.body, room_id)

    async def gifts(self, room_id: RoomId) -> dict[str, Gift]:
        """What can be given in a room, by gift id. Raises `Unclear`."""
        answer = await self._get(f"{self._webcast_base}/gift/list/", {"room_id": room_id, **self._params})
        return answers.gifts(answer.body)

    async def _get(self, address: str, params: dict[str, str] | None = None) -> Answer:
        try:
            answer = await self._fetch(address, params=params, headers=self._headers)
        except FetchFailed as error:
            raise Unclear(str(error)) from error
        if answer.status >= ERROR_STATUS:
            raise _refused(answer, now_ms=self._clock.now_ms())
        return answer


def _refused(answer: Answer, *, now_ms: int) -> Unclear:
    """An error status says nothing about the creator: 403 and 429 are about us, the rest about TikTok."""
    retry_after_s = answer.retry_after_s(now_ms)
    if answer.status == TOO_MANY_REQUESTS:
        return Unclear("TikTok says we ask too often (HTTP 429)", retry_after_s=60.0 if retry_after_s is None else retry_after_s)
    if answer.status == 403:
        return Unclear("TikTok blocks this address (HTTP 403)", retry_after_s=retry_after_s)
    return Unclear(f"TikTok answered HTTP {answer.status}", retry_after_s=retry_after_s)
