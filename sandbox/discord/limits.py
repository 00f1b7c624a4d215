"""Discord's request limits as far as they are known. Pure: time is an argument, in seconds.

Only the global 50/s and the 10,000 invalid requests in ten minutes are documented; the figures per route are what people
observed. Discord tells the real ones in headers, and so do we: a client that hard-codes them is wrong.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Rate:
    """`limit` requests in each window of `per_s` seconds."""

    limit: int
    per_s: float


@dataclass(frozen=True, slots=True)
class Limits:
    """One rate per kind of request; see `scaled` for tests that cannot wait."""

    total: Rate = Rate(50, 1.0)
    """All requests of one token together; answers to interactions are exempt."""
    message_create: Rate = Rate(5, 5.0)
    message_edit: Rate = Rate(5, 5.0)
    message_edit_old: Rate = Rate(3, 6.0)
    """Edits of messages older than an hour: a hidden limit inside `message_edit`, error 30046."""
    message_delete: Rate = Rate(5, 1.0)
    message_delete_young: Rate = Rate(3, 1.0)
    """Messages of the last ten seconds have their own bucket, and so have those older than 14 days."""
    message_delete_old: Rate = Rate(30, 120.0)
    message_list: Rate = Rate(5, 5.0)
    command_write: Rate = Rate(5, 20.0)
    command_create: Rate = Rate(200, 86_400.0)
    """New commands per guild and day, error 30034. Overwriting an existing one is free."""
    interaction: Rate = Rate(5, 2.0)
    """Follow-ups and edits of one interaction's answers."""
    other: Rate = Rate(10, 5.0)
    gateway_send: Rate = Rate(120, 60.0)
    """Payloads on one gateway connection, heartbeats included; more closes it."""
    invalid: Rate = Rate(10_000, 600.0)
    """Answers 401, 403 and 429 to one address before Cloudflare bans it."""

    def scaled(self, factor: float) -> Limits:
        """The same limits with every window `factor` times as long (0.1 makes tests ten times as fast)."""
        return Limits(**{f.name: Rate(getattr(self, f.name).limit, getattr(self, f.name).per_s * factor) for f in fields(self)})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a bucket says to one request, in the words of the X-RateLimit headers."""

    allowed: bool
    limit: int
    remaining: int
    reset_after_s: float
    reset_at_s: float


class Window:
    """A bucket: it fills up when its window is over; the window begins with the first request in it."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._ends_at = -math.inf
        self._taken = 0

    def take(self, now: float) -> Verdict:
        """Ask for one request. A refused one takes nothing."""
        if now >= self._ends_at:
            self._ends_at, self._taken = now + self.rate.per_s, 0
        allowed = self._taken < self.rate.limit
        self._taken += allowed
        return Verdict(allowed, self.rate.limit, self.rate.limit - self._taken, self._ends_at - now, self._ends_at)

    def left(self, now: float) -> int:
        """How many more are allowed in the current window."""
        return self.rate.limit if now >= self._ends_at else self.rate.limit - self._taken


class Buckets:
    """All buckets of the server: one for each kind of request and major parameter (channel, guild or interaction)."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], Window] = {}

    def take(self, kind: str, major: str, rate: Rate, now: float) -> Verdict:
        return self._windows.setdefault((kind, major), Window(rate)).take(now)


def bucket_hash(kind: str) -> str:
    """The value of X-RateLimit-Bucket: it names the limit, never the channel, exactly as Discord's does."""
    return hashlib.blake2s(kind.encode(), digest_size=16).hexdigest()


def headers(verdict: Verdict, kind: str) -> dict[str, str]:
    """The X-RateLimit headers that stand on every answer, errors included."""
    return {
        "X-RateLimit-Limit": str(verdict.limit),
        "X-RateLimit-Remaining": str(verdict.remaining),
        "X-RateLimit-Reset": f"{verdict.reset_at_s:.3f}",
        "X-RateLimit-Reset-After": f"{max(0.001, verdict.reset_after_s):.3f}",
        "X-RateLimit-Bucket": bucket_hash(kind),
    }
