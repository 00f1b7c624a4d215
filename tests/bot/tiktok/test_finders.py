"""Who is asked for a room beside TikTok: by the sources that were chosen, their keys, and what those pay for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import aiohttp
import pytest

from bot.clock import SystemClock
from bot.tiktok import finders
from bot.tiktok.allowance import HOUR_S
from bot.tiktok.finders import Account
from bot.tiktok.finding import Finder

NOWHERE = "http://127.0.0.1:1"


async def chosen(sources: Collection[str], *, sign_key: str = "", edge_key: str = "", per_day: int = 240) -> list[Finder]:
    async with aiohttp.ClientSession() as http:
        return finders.chosen(
            sources,
            http,
            clock=SystemClock(),
            sign=Account(NOWHERE, sign_key, per_day),
            tiktools_edge=Account(NOWHERE, edge_key, per_day),
        )


@pytest.mark.parametrize(
    ("sources", "keys", "names"),
    [
        (["webcast"], {}, []),
        (["webcast"], {"sign_key": "k"}, ["the sign server"]),
        (["direct"], {"sign_key": "k", "edge_key": "k"}, []),
        (["tiktools"], {}, ["TikTools"]),
        (["webcast", "direct", "tiktools"], {"sign_key": "k"}, ["the sign server", "TikTools"]),
        (["tiktools", "webcast", "tiktools"], {"sign_key": "k"}, ["TikTools", "the sign server"]),
    ],
)
async def test_only_who_is_among_the_sources_is_asked_in_their_order(
    sources: list[str], keys: dict[str, Any], names: list[str]
) -> None:
    assert [each.meter.name for each in await chosen(sources, **keys)] == names


async def test_nothing_a_day_is_nobody() -> None:
    assert await chosen(["webcast", "tiktools"], sign_key="k", per_day=0) == []


@pytest.mark.parametrize(("key", "per_hour"), [("k", 10), ("", 6)])
async def test_a_days_look_ups_are_spread_and_visitors_have_few(key: str, per_hour: int) -> None:
    [edge] = await chosen(["tiktools"], edge_key=key)
    for _ in range(per_hour):
        assert edge.meter.held(0.0) is None
        edge.meter.spend(0.0)
    held = edge.meter.held(0.0)
    assert held is not None
    assert held.until == HOUR_S
    assert "look-ups" in held.why
