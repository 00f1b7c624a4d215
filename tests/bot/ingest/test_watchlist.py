"""Wanted minus running."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.events import Handle
from bot.ingest.watchlist import Wanted, plan, wanted
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.watch import Watch

ALICE, CAROL = CreatorId(1), CreatorId(2)
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


def watch(number: int, creator: CreatorId, *, ended: bool = False) -> Watch:
    return Watch(
        id=WatchId(number),
        guild_id=GuildId(number),
        channel_id=ChannelId(number),
        creator_id=creator,
        handle=Handle({ALICE: "alice", CAROL: "carol"}[creator]),
        created_at=LONG_AGO,
        created_by=DiscordUserId(1),
        ended_at=LONG_AGO if ended else None,
    )


def test_fifty_watches_of_one_creator_are_one_start() -> None:
    want = wanted(watch(number, ALICE) for number in range(50))

    assert plan(want, set(), {}, now=0, grace_s=30).start == (ALICE,)
    assert plan(want, {ALICE}, {}, now=0, grace_s=30).start == ()


def test_an_ended_watch_wants_nothing() -> None:
    assert wanted([watch(1, ALICE, ended=True)]) == Wanted()


def test_a_creator_whom_nobody_watches_stops_after_the_grace_and_not_before() -> None:
    first = plan(Wanted(), {ALICE}, {}, now=100, grace_s=30)
    assert (first.stop, first.idle_since) == ((), {ALICE: 100})

    assert plan(Wanted(), {ALICE}, first.idle_since, now=129.9, grace_s=30).stop == ()
    last = plan(Wanted(), {ALICE}, first.idle_since, now=130, grace_s=30)
    assert (last.stop, last.idle_since) == ((ALICE,), {})


def test_a_watch_within_the_grace_starts_the_count_anew() -> None:
    idle = plan(Wanted(), {ALICE}, {}, now=100, grace_s=30).idle_since
    back = plan(wanted([watch(1, ALICE)]), {ALICE}, idle, now=120, grace_s=30)
    assert back.idle_since == {}

    again = plan(Wanted(), {ALICE}, back.idle_since, now=131, grace_s=30)
    assert again.stop == ()


def test_a_new_watch_is_a_wish_and_an_old_one_or_an_ended_one_is_not() -> None:
    before = wanted([watch(1, ALICE), watch(2, CAROL)])

    assert wanted([watch(1, ALICE), watch(3, ALICE), watch(2, CAROL)]).wished_since(before) == {ALICE}
    assert wanted([watch(1, ALICE)]).wished_since(before) == frozenset()


def test_a_watch_that_moved_to_another_creator_is_a_wish_for_that_one() -> None:
    assert wanted([watch(1, CAROL)]).wished_since(wanted([watch(1, ALICE)])) == {CAROL}
