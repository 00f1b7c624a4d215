"""Who of many is live, by one request: the edge's `POST /webcast/bulk_live_check`. `source.LiveCheck` for one key.

The documents show one shape of the answer, clients that run against it read another (tiktools-edge.md 9), so both are read. A row
can say that TikTok was not clear; that, and whatever we do not understand, is nobody's hint.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import aiohttp
import msgspec

from bot.clock import Clock
from bot.errors import RateLimited, SignRefused, Unclear
from bot.events.ids import Handle
from bot.tiktok.source import MOST_CHECKED
from bot.tiktok.webcast.fetching import Answer, FetchFailed, fetch

FRESH_S = 1_800.0
"""How long an answer is worth something: with the smallest plan it takes 12 minutes to ask about 1,000 creators."""

REFUSED = (401, 402, 403)
REFUSED_WAIT_S = 3600.0
"""A key or a plan that is refused is not another one a minute later."""

LIMITED_WAIT_S = 60.0
"""For a 429 that names no time."""


class BulkCheck:
    """Asks with the operator's key. Each request counts against its daily allowance."""

    def __init__(self, http: aiohttp.ClientSession, *, base: str, api_key: str, clock: Clock) -> None:
        self._http = http
        self._address = f"{base.rstrip('/')}/webcast/bulk_live_check"
        self._headers = {"x-api-key": api_key}
        self._clock = clock
        self._said: dict[Handle, tuple[float, bool]] = {}

    def may_be_live(self, handle: Handle) -> bool:
        """False for whom we asked about in the last `FRESH_S` and who were not called live, though it was perhaps unclear."""
        at, is_live = self._said.get(handle, (float("-inf"), True))
        return is_live or self._clock.monotonic() - at >= FRESH_S

    async def live_among(self, handles: Collection[Handle]) -> frozenset[Handle]:
        """See `source.LiveCheck`."""
        if len(handles) > MOST_CHECKED:
            raise ValueError(f"{len(handles)} creators are too many for one request")
        try:
            answer = await fetch(
                self._http, self._address, headers=self._headers, json={"unique_ids": list(handles)}, follow=False
            )
        except FetchFailed as error:
            raise Unclear(f"TikTools cannot be asked: {error}") from error
        if answer.status != 200:
            raise refusal(answer, now_ms=self._clock.now_ms(), what="bulk checks")
        live = live_in(answer.body).intersection(handles)
        now = self._clock.monotonic()
        fresh = {each: said for each, said in self._said.items() if now - said[0] < FRESH_S}
        self._said = fresh | {each: (now, each in live) for each in handles}
        return live


def live_in(body: bytes) -> frozenset[Handle]:
    """Who is live by the word of an answer. Raises `Unclear` for what is no answer at all."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or answer.get("status_code") not in (0, None):
        raise Unclear("TikTools answered the bulk check with an error")
    match answer.get("data"):
        case list(rows):
            said = [(row.get("unique_id"), row) for row in rows if isinstance(row, dict)]
        case dict(by_name):
            said = list(by_name.items())
        case _:
            raise Unclear("TikTools answered the bulk check in an unknown form")
    return frozenset(Handle(name.removeprefix("@").lower()) for name, word in said if isinstance(name, str) and _is_live(word))


def _is_live(word: object) -> bool:
    """`true`, or a row whose words say live; "unknown" is no."""
    if not isinstance(word, Mapping):
        return word is True
    status = word.get("alive_status") or word.get("live_status")
    if isinstance(status, str):
        return status.lower() == "live"
    return word.get("check_failed") is not True and (word.get("alive") is True or word.get("is_live") is True)


def refusal(answer: Answer, *, now_ms: int, what: str) -> SignRefused | RateLimited | Unclear:
    """Why the edge gave no answer; `what` was asked for, and has its setting `tiktok.tiktools_…_per_day`."""
    wait_s = answer.retry_after_s(now_ms)
    if answer.status in REFUSED:
        reason = f"TikTools refuses {what} with this key (HTTP {answer.status}); set tiktok.tiktools_api_key to a valid one"
        return SignRefused(reason, retry_after_s=REFUSED_WAIT_S if wait_s is None else wait_s)
    if answer.status == 429:
        setting = "tiktools_look_ups_per_day" if what == "look-ups" else "tiktools_checks_per_day"
        reason = f"TikTools allows no more requests for now (HTTP 429); lower tiktok.{setting}"
        return RateLimited(reason, retry_after_s=LIMITED_WAIT_S if wait_s is None else wait_s)
    return Unclear(f"TikTools answered HTTP {answer.status}", retry_after_s=wait_s)
