"""The picture of ingest, from its parts."""

from __future__ import annotations

from random import Random

from bot.errors import ConnectionRefused
from bot.events import Handle
from bot.ingest import health
from bot.ingest.counters import Counters
from bot.ingest.sources import Place, Sources, Way
from bot.model.creator import CreatorState
from bot.model.health import Allowance, CreatorHealth
from bot.model.ids import CreatorId
from bot.tiktok.allowance import ANONYMOUS_SIGNING

SIGNED = Way("webcast", "no key", ANONYMOUS_SIGNING)
DIRECT = Way("direct", most_open=1)
NOW_MS = 1_700_000_000_000


def test_a_way_tells_what_is_left_and_how_long_it_rests() -> None:
    sources = Sources([SIGNED, DIRECT], rng=Random(1))
    sources.spend(SIGNED, 90.0)
    sources.failed(SIGNED, ConnectionRefused("no more", retry_after_s=50), 100.0, whom=1)
    sources.spend(DIRECT, 95.0)
    signed, direct = health.of_ways(sources, now=100.0, now_ms=NOW_MS)

    assert (signed.name, signed.account, signed.is_ready) == ("webcast", "no key", False)
    assert (signed.rests_until_at_ms, signed.reason) == (NOW_MS + 50_000, "no more")
    assert signed.allowances == (Allowance(5, 60.0, 4), Allowance(30, 3600.0, 29))
    assert (direct.open, direct.most_open, direct.is_ready, direct.rests_until_at_ms) == (1, 1, False, None)
    assert "which is all it allows" in direct.reason

    later, _ = health.of_ways(sources, now=160.0, now_ms=NOW_MS)
    assert (later.is_ready, later.reason, later.rests_until_at_ms) == (True, "", None)


def test_who_waits_is_told_where_and_who_is_connected_is_not_looked_up() -> None:
    alice, bob, carol = (CreatorHealth(CreatorId(number), Handle("x"), CreatorState.LIVE) for number in (1, 2, 3))
    alice = CreatorHealth(CreatorId(1), Handle("alice"), CreatorState.LIVE, connected_at_ms=5, next_look_at_ms=7)
    found = health.of_creators([alice, bob, carol], {CreatorId(2): Place(4, 9.5, "why")}, {CreatorId(3): 2.5}, now_ms=NOW_MS)

    assert found[CreatorId(1)].next_look_at_ms is None
    assert (found[CreatorId(2)].place, found[CreatorId(2)].expected_wait_s, found[CreatorId(2)].waits_for) == (4, 9.5, "why")
    assert found[CreatorId(3)].next_look_at_ms == NOW_MS + 2_500


def test_counters_are_copied_by_name() -> None:
    counters = Counters(frames=3)
    counters.shed["chat"] += 2
    totals, kinds = health.totals(counters), health.kinds(counters)
    counters.frames += 1
    counters.shed["chat"] += 1
    assert totals["frames"] == 3
    assert kinds["shed"] == {"chat": 2}
    assert totals.keys().isdisjoint(kinds)
