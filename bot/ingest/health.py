"""The picture of ingest that others are shown, put together from what its parts know. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace

from bot.ingest.counters import Counters
from bot.ingest.sources import Place, Sources
from bot.model.health import CreatorHealth, WayHealth
from bot.model.ids import CreatorId


def of_creators(
    known: Iterable[CreatorHealth], places: Mapping[CreatorId, Place], looks_in_s: Mapping[CreatorId, float], *, now_ms: int
) -> Mapping[CreatorId, CreatorHealth]:
    """What each creator knows, with where they stand in the lines for a stream and for a look-up."""
    return {each.creator_id: _standing(each, places.get(each.creator_id), looks_in_s, now_ms) for each in known}


def of_ways(sources: Sources, *, now: float, now_ms: int) -> Sequence[WayHealth]:
    """Each way, in order of preference. `now` and `now_ms` are the same moment."""
    ways = []
    for way, ready in sources.readiness(now).items():
        standing = sources.standing(way)
        rests = standing.rests_until > now
        ways.append(
            WayHealth(
                name=way.name,
                account=way.account,
                is_ready=ready.at <= now,
                open=standing.open,
                most_open=way.most_open,
                failures=standing.failures,
                allowances=sources.left_of(way, now),
                rests_until_at_ms=now_ms + round((standing.rests_until - now) * 1000) if rests else None,
                reason=ready.why if ready.at > now else "",
            )
        )
    return ways


def totals(counters: Counters) -> Mapping[str, int]:
    """The plain numbers, by name."""
    return {each.name: value for each in fields(counters) if isinstance(value := getattr(counters, each.name), int)}


def kinds(counters: Counters) -> dict[str, Mapping[str, int]]:
    """The numbers that are told by kind; copied, so that they stay what they were."""
    return {each.name: dict(value) for each in fields(counters) if isinstance(value := getattr(counters, each.name), Counter)}


def _standing(known: CreatorHealth, place: Place | None, looks_in_s: Mapping[CreatorId, float], now_ms: int) -> CreatorHealth:
    if known.connected_at_ms is not None:
        return replace(known, next_look_at_ms=None)
    if place is not None:
        known = replace(known, place=place.number, expected_wait_s=place.expected_s, waits_for=place.reason)
    if known.creator_id in looks_in_s:
        return replace(known, next_look_at_ms=now_ms + round(looks_in_s[known.creator_id] * 1000))
    return known
