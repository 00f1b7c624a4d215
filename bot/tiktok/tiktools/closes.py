"""Why the edge ended a connection, and what follows from it. Pure.

The edge says why in three ways: a notice before the close, the close code, the close's text; one code has several meanings that
only its text tells apart. The documents of March 2026 give 4000 to 4007 other meanings than what was observed later; the later
ones hold, and of the older only those that they leave free.

Each connect is counted by the edge, refused ones too, and a loop can lock an account for a day. So whatever is about the account
(its quota, its key) names a wait, which binds every room of that account; what is about one room names none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from bot.tiktok.tiktools.fields import Json, first, number, text

HOUR_S = 3_600.0
DAY_S = 24 * HOUR_S
EVICTED_S = 600.0
"""After a newer connection of the same account pushed this one out: to come back at once would push that one out."""
UNNAMED_LIMIT_S = 60.0
"""After HTTP 429 without a word of when."""
RESTART_S = 15.0
OVERLOADED_S = 60.0
UPGRADE_HINT = "give another key, or use another source"


class Action(Enum):
    """What to do with the room, the account, or the key."""

    ENDED = "the LIVE is over"
    UNCLEAR = "this room may be offline or unknown: look it up elsewhere, come back later"
    RETRY = "connect again, backing off"
    WAIT = "the account's limit: no connect before the wait is over"
    QUARANTINE = "the key is refused: not again before somebody looks at it"


@dataclass(frozen=True, slots=True)
class Consequence:
    """`wait_s`: not before that, for the whole account; None: as the caller backs off. `reason` is for a human."""

    action: Action
    reason: str
    wait_s: float | None = None

    @property
    def is_about_account(self) -> bool:
        return self.action in (Action.WAIT, Action.QUARANTINE)


class Nudge(NamedTuple):
    """The notice before a limit closes the stream. `session_ms`: how long a session may last, 0 when not told."""

    kind: str
    message: str
    session_ms: int


def nudge_of(data: Json) -> Nudge:
    """A notice's frame. Its upgrade link is left out on purpose: nobody should be led there by us."""
    return Nudge(text(data.get("type")), _short(text(first(data, "message", "error"))), max(0, number(data.get("sessionMaxMs"))))


def after_close(code: int, told: str, nudge: Nudge | None = None, *, has_key: bool) -> Consequence:
    """What a close means. Where notice and close disagree the more careful answer holds."""
    by_code = _by_code(code, _short(told))
    if nudge is None or by_code.action is Action.QUARANTINE:
        return by_code
    by_nudge = _by_nudge(nudge, has_key=has_key)
    return by_code if (by_code.wait_s or 0) > (by_nudge.wait_s or 0) else by_nudge


def _by_nudge(nudge: Nudge, *, has_key: bool) -> Consequence:
    said = f": {nudge.message.rstrip('.')}" if nudge.message else ""
    match nudge.kind:
        case "session_limit" if has_key:
            # About this one connection: the next one may last as long again.
            return Consequence(Action.RETRY, f"TikTools ended the session, it lasted as long as it may{said}")
        case "demo_limit":
            return Consequence(Action.WAIT, f"TikTools' demo limit is reached{said}; {UPGRADE_HINT}", DAY_S)
        case "session_limit" | "anon_limit":
            return Consequence(Action.WAIT, f"TikTools' limit for visitors without a key is reached{said}; give a key", HOUR_S)
        case _:
            return Consequence(Action.WAIT, f"TikTools announced a limit ({_short(nudge.kind)}){said}", HOUR_S)


def _by_code(code: int, told: str) -> Consequence:
    told = told.rstrip(".")
    said = f": {told}" if told else ""
    match code:
        case 4404 | 4000:
            return Consequence(Action.UNCLEAR, f"TikTools says not live, or no such creator ({code}{said})")
        case 4004:
            return Consequence(Action.UNCLEAR, f"TikTools does not find this creator ({code}{said})")
        case 4006:
            return Consequence(Action.UNCLEAR, f"TikTools gets no messages from this room ({code}{said})")
        case 4001:
            return Consequence(Action.ENDED, f"TikTools says that the LIVE has ended ({code}{said})")
        case 4005 if _speaks_of_limit(told):
            return Consequence(Action.WAIT, f"TikTools' connection limit is reached ({code}{said})", EVICTED_S)
        case 4005:
            return Consequence(Action.ENDED, f"TikTools says that the LIVE has ended ({code}{said})")
        case 4401 | 4003:
            return Consequence(Action.QUARANTINE, f"TikTools refuses the key ({code}{said}); {UPGRADE_HINT}", DAY_S)
        case 4429 | 4002 | 4555:
            return _by_limit(code, told)
        case _:
            return _by_other_code(code, said)


def _speaks_of_limit(told: str) -> bool:
    return any(word in told.lower() for word in ("limit", "tier", "upgrade", "concurrent"))


def _by_limit(code: int, told: str) -> Consequence:
    """Several causes under one code, told apart by their text alone; one that we do not know waits an hour."""
    lower = told.lower()
    said = f" ({code}: {told})" if told else f" ({code})"
    if "evicted" in lower:
        return Consequence(Action.WAIT, f"a newer connection with the same account pushed this one out{said}", EVICTED_S)
    if "daily" in lower or "24h" in lower or "per day" in lower:
        return Consequence(Action.WAIT, f"TikTools' daily quota is used up{said}; {UPGRADE_HINT}", DAY_S)
    if code == 4555:
        return Consequence(Action.RETRY, f"TikTools ended the session, it lasted as long as it may{said}")
    return Consequence(Action.WAIT, f"TikTools' quota is used up{said}; {UPGRADE_HINT}", HOUR_S)


_OTHER_CODES: Mapping[int, tuple[str, float | None]] = {
    1000: ("TikTools closed the stream, perhaps because the LIVE ended", None),
    1001: ("TikTools is going away", RESTART_S),
    1005: ("TikTools closed the stream without a word", None),
    1006: ("the connection to TikTools broke", None),
    1008: ("TikTools refuses us by its policy", HOUR_S),
    1009: ("a message was too large", None),
    1011: ("TikTools failed, or did not answer our pings", None),
    1012: ("TikTools restarts", RESTART_S),
    1013: ("TikTools is overloaded", OVERLOADED_S),
    4007: ("TikTools is overloaded", OVERLOADED_S),
    4500: ("TikTok closed the stream to TikTools", None),
    4556: ("TikTools cannot reach TikTok's stream", None),
}


def _by_other_code(code: int, said: str) -> Consequence:
    meaning, wait_s = _OTHER_CODES.get(code, ("TikTools closed the stream with a code that we do not know", None))
    action = Action.WAIT if code == 1008 else Action.RETRY
    return Consequence(action, f"{meaning} ({code}{said})", wait_s)


def after_refusal(status: int, headers: Mapping[str, str], *, now_ms: int) -> Consequence:
    """What an HTTP answer instead of a websocket means. `headers` by lower-case names."""
    match status:
        case 401 | 403:
            return Consequence(Action.QUARANTINE, f"TikTools refuses the key (HTTP {status}); {UPGRADE_HINT}", DAY_S)
        case 402:
            return Consequence(Action.QUARANTINE, f"TikTools wants a paid plan for this (HTTP {status}); {UPGRADE_HINT}", DAY_S)
        case 404:
            return Consequence(Action.RETRY, f"there is no TikTools stream at this address (HTTP {status}): check tiktools_base")
        case 429:
            wait_s = _named_wait_s(headers, now_ms=now_ms)
            return Consequence(Action.WAIT, f"TikTools' request limit is reached (HTTP {status})", wait_s)
        case _:
            return Consequence(Action.RETRY, f"TikTools answered HTTP {status} instead of opening the stream")


def _named_wait_s(headers: Mapping[str, str], *, now_ms: int) -> float:
    """Retry-After (s), then RateLimit-Reset (s from now), then X-RateLimit-Reset (unix s), then a minute."""
    for name, start_s in (("retry-after", 0.0), ("ratelimit-reset", 0.0), ("x-ratelimit-reset", now_ms / 1000)):
        try:
            wait_s = float(headers.get(name, "")) - start_s
        except ValueError:
            continue
        if math.isfinite(wait_s):
            return min(max(1.0, wait_s), DAY_S)
    return UNNAMED_LIMIT_S


def _short(what: str) -> str:
    return " ".join(what.split())[:160]
