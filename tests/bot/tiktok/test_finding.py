"""Who is asked for a creator's room where TikTok does not answer, in which order, and what is told when nobody does."""

from __future__ import annotations

import contextlib
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import CreatorNotFound, CreatorOffline, RateLimited, SourceError, Unclear
from bot.events.ids import Handle, RoomId
from bot.tiktok.allowance import HOUR_S, Limit, Meter
from bot.tiktok.finding import Finder, Finders, plan
from bot.tiktok.source import Room
from tests.doubles.clock import FakeClock

ALICE = Handle("alice")
CAPTCHA = Unclear("a captcha")
CREATORS = [Handle(f"creator{number}") for number in range(12)]


class Oracle:
    """Says what the test wants; `asked` is about whom."""

    def __init__(self, answer: SourceError | None = None) -> None:
        self.answer = answer
        self.asked: list[Handle] = []

    async def find(self, handle: Handle) -> Room:
        self.asked.append(handle)
        if self.answer is not None:
            raise self.answer
        return Room(RoomId("100"), handle)


class Three:
    """TikTok, the sign server and TikTools, with so much of the last one's allowance."""

    def __init__(self, own: SourceError | None = CAPTCHA, *, edge_limits: tuple[Limit, ...] = ()) -> None:
        self.clock = FakeClock()
        self.tiktok, self.signer, self.edge = Oracle(own), Oracle(Unclear("no plan")), Oracle()
        others = [Finder(self.signer.find, Meter("the sign server"))]
        others.append(Finder(self.edge.find, Meter("TikTools", edge_limits, of="look-ups")))
        self.finders = Finders(self.tiktok.find, others, clock=self.clock, rng=Random(1))


async def test_where_tiktok_answers_nobody_else_is_asked() -> None:
    three = Three(own=None)
    assert (await three.finders.look_up(ALICE)).told_by == ""
    for answer in (CreatorOffline("not live"), CreatorNotFound("no such user")):
        three.tiktok.answer = answer
        with pytest.raises(type(answer)):
            await three.finders.look_up(ALICE)
    assert three.signer.asked == three.edge.asked == []


async def test_where_tiktok_does_not_the_others_are_asked_in_order_and_the_answer_says_whose_it_is() -> None:
    three = Three()
    found = await three.finders.look_up(ALICE)
    assert (found.room_id, found.told_by) == ("100", "TikTools")
    assert three.tiktok.asked == three.signer.asked == three.edge.asked == [ALICE]
    three.edge.answer = CreatorOffline("not live, says TikTools")
    with pytest.raises(CreatorOffline) as caught:
        await three.finders.look_up(ALICE)
    assert caught.value.told_by == "TikTools"


async def test_who_blocks_us_is_left_alone_for_a_while_as_long_as_somebody_else_answers() -> None:
    three = Three()
    for creator in CREATORS:
        await three.finders.look_up(creator)
    assert len(three.tiktok.asked) == 3, "three creators in a row: it is about us"
    assert len(three.edge.asked) == len(CREATORS)
    await three.clock.advance(60)
    three.tiktok.answer = None
    assert (await three.finders.look_up(ALICE)).told_by == ""


async def test_tiktok_is_asked_however_tired_when_nobody_else_may_be() -> None:
    three = Three(edge_limits=(Limit(2, HOUR_S),))
    three.signer.answer = RateLimited("the sign server: 429", retry_after_s=60.0)
    for creator in CREATORS:
        try:
            await three.finders.look_up(creator)
        except Unclear as unclear:
            said = unclear
    assert len(three.tiktok.asked) == len(CREATORS)
    assert len(three.edge.asked) == 2
    assert said.reason == (
        "a captcha; the sign server is not asked for 60 s: the sign server: 429; "
        "TikTools is not asked for 60 min: its 2 look-ups in 60 min are used up"
    )
    assert said.retry_after_s is None, "TikTok named no wait"


async def test_nothing_is_spent_on_whom_a_bulk_check_has_just_not_called_live() -> None:
    clock, tiktok, edge, live = FakeClock(), Oracle(CAPTCHA), Oracle(), {ALICE}
    finders = Finders(tiktok.find, [Finder(edge.find, Meter("TikTools"), live.__contains__)], clock=clock, rng=Random(1))
    assert (await finders.look_up(ALICE)).told_by == "TikTools"
    for creator in CREATORS:
        with pytest.raises(Unclear, match="TikTools is not asked: a bulk check does not call them live"):
            await finders.look_up(creator)
    assert edge.asked == [ALICE]
    assert len(tiktok.asked) == 1 + len(CREATORS), "who else could tell?"


async def test_a_wait_that_tiktok_asks_for_is_everybodys_and_ends_with_the_soonest_that_may_be_asked() -> None:
    three = Three(own=Unclear("HTTP 429", retry_after_s=300.0), edge_limits=(Limit(1, HOUR_S),))
    three.signer.answer = RateLimited("429 there, too", retry_after_s=90.0)
    assert (await three.finders.look_up(ALICE)).told_by == "TikTools"
    with pytest.raises(Unclear) as caught:
        await three.finders.look_up(CREATORS[0])
    assert caught.value.retry_after_s == pytest.approx(90.0)
    assert len(three.tiktok.asked) == 1


async def test_ten_thousand_questions_never_exceed_an_allowance() -> None:
    three = Three(edge_limits=(Limit(6, HOUR_S), Limit(20, 24 * HOUR_S)))
    per_hour: Counter[int] = Counter()
    for number in range(2_000):
        before = len(three.edge.asked)
        with contextlib.suppress(Unclear):
            await three.finders.look_up(CREATORS[number % len(CREATORS)])
        per_hour[int(three.clock.monotonic() // HOUR_S)] += len(three.edge.asked) - before
        await three.clock.advance(30)
    assert max(per_hour.values()) <= 6
    assert len(three.edge.asked) == 20


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=5))
def test_nobody_who_is_held_is_asked_and_tiktok_is_never_left_out_but_for_that(states: list[tuple[bool, bool]]) -> None:
    meters = [Meter(str(number)) for number in range(len(states))]
    for meter, (is_held, is_tired) in zip(meters, states, strict=True):
        if is_held:
            meter.failed(Unclear("", retry_after_s=60.0), 0.0, whom="", rng=Random(1))
        for whom in range(3) if is_tired else ():
            meter.failed(Unclear(""), 0.0, whom=whom, rng=Random(1))
    order, held = plan(meters, 1.0)
    assert {name for name, _ in held} == {str(number) for number, (is_held, _) in enumerate(states) if is_held}
    assert (0 in order) is not states[0][0]
    assert sorted(set(order)) == sorted(order)
    assert all(not states[number][0] and (number == 0 or not states[number][1]) for number in order)
