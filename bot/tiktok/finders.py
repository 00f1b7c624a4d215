"""Who is asked for a creator's room where TikTok does not answer: the third parties that were chosen as sources anyway."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import aiohttp

from bot.clock import Clock
from bot.events.ids import Handle
from bot.tiktok.allowance import ANONYMOUS_EDGE, HOUR_S, Limit, Meter
from bot.tiktok.finding import Finder, always
from bot.tiktok.tiktools import finder as tiktools
from bot.tiktok.webcast import anchors

LOOK_UPS = "look-ups"
SIGN_SHARE = 10
"""At most one in so many of the day's connects that a sign server's key pays for goes into look-ups."""

TIKTOOLS_PER_DAY = 1_000
"""A fifth of what the smallest plan has a day (tiktools-edge.md 4); as many again are for others of the same key."""


class Account(NamedTuple):
    """Where a third party is, as whom we come, and how many look-ups a day that pays for."""

    base: str
    key: str
    per_day: int


def chosen(
    sources: Collection[str],
    http: aiohttp.ClientSession,
    *,
    clock: Clock,
    sign: Account,
    tiktools_edge: Account,
    meter: Callable[[str, Account, Sequence[Limit]], Meter] | None = None,
    is_worth: Callable[[Handle], bool] = always,
) -> list[Finder]:
    """In the order of `sources`. Without a key the sign server tells nothing; TikTools does, a few times an hour.

    `meter` says whose allowance an account's is, where it is not this list's alone; `is_worth` about whom it is spent.
    """
    meter = meter or (lambda name, _, limits: Meter(name, limits, of=LOOK_UPS))
    found = []
    for name in dict.fromkeys(sources):
        if name == "webcast" and sign.key and sign.per_day:
            sign_finder = anchors.SignFinder(http, sign_base=sign.base, api_key=sign.key, clock=clock)
            found.append(Finder(sign_finder.find, meter(anchors.NAME, sign, evenly(sign.per_day)), is_worth))
        if name == "tiktools" and tiktools_edge.per_day:
            edge_finder = tiktools.EdgeFinder(http, base=tiktools_edge.base, api_key=tiktools_edge.key, clock=clock)
            limits = evenly(tiktools_edge.per_day) if tiktools_edge.key else ANONYMOUS_EDGE
            found.append(Finder(edge_finder.find, meter(tiktools.NAME, tiktools_edge, limits), is_worth))
    return found


def evenly(per_day: int) -> Sequence[Limit]:
    """So many a day by the hour: a bad hour must not leave the rest of the day with nothing."""
    return (Limit(max(1, per_day // 24), HOUR_S),)
