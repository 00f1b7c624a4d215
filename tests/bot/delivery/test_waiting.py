from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.delivery.waiting import Queued, Waiting
from bot.model.draft import Line, Urgency


def queued(seq: int, urgency: Urgency = Urgency.CHAT, grows: str = "") -> Queued:
    return Queued(Line(seq=seq, text=f"line {seq}", urgency=urgency, grows=grows), at=float(seq))


def test_a_line_that_grows_is_found_while_it_waits_and_only_then() -> None:
    waiting = Waiting()
    waiting.add(queued(1, Urgency.GIFT, "rose"))
    waiting.add(queued(2, Urgency.GIFT, "lion"))
    assert [waiting.growing(key) and waiting.growing(key).seq for key in ("rose", "lion", "swan")] == [1, 2, None]  # type: ignore[union-attr]
    waiting.take()
    assert waiting.growing("rose") is None
    assert waiting.drop(lambda line: line.grows == "lion") == 1
    assert waiting.growing("lion") is None


def test_nothing_is_first_where_nothing_waits() -> None:
    waiting = Waiting()
    assert (len(waiting), list(waiting), waiting.oldest_chat) == (0, [], None)
    with pytest.raises(ValueError, match="empty"):
        assert waiting.first


class WaitingStory(RuleBasedStateMachine):
    """It is one list in the order of the log, whatever comes and goes."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = Waiting()
        self.plain: list[Queued] = []
        self.free = list(range(1, 500))

    @rule(behind=st.integers(0, 3), urgency=st.sampled_from(Urgency))
    def a_line_comes(self, behind: int, urgency: Urgency) -> None:
        each = queued(self.free.pop(behind), urgency)
        self.waiting.add(each)
        self.plain = sorted([*self.plain, each], key=lambda one: one.seq)

    @precondition(lambda self: self.plain)
    @rule()
    def the_first_goes(self) -> None:
        assert self.waiting.take() is self.plain.pop(0)

    @rule()
    def the_oldest_chat_gives_way(self) -> None:
        chat = [each for each in self.plain if each.line.urgency >= Urgency.CHAT]
        assert self.waiting.oldest_chat is (chat[0] if chat else None)
        if chat:
            assert self.waiting.take_oldest_chat() is chat[0]
            self.plain.remove(chat[0])

    @rule(of=st.integers(2, 5))
    def some_are_struck(self, of: int) -> None:
        before = len(self.plain)
        self.plain = [each for each in self.plain if each.seq % of]
        assert self.waiting.drop(lambda line: line.seq % of == 0) == before - len(self.plain)

    @invariant()
    def it_is_that_list(self) -> None:
        assert list(self.waiting) == self.plain
        assert len(self.waiting) == len(self.plain)
        if self.plain:
            assert (self.waiting.first, self.waiting.last) == (self.plain[0], self.plain[-1])


TestWaitingStory = WaitingStory.TestCase
TestWaitingStory.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
