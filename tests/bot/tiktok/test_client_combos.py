"""Gift combos as a client's handlers hear them, also those whose end never comes."""

from __future__ import annotations

from bot.events import Combo, Event, GiftEvent
from bot.tiktok.client import LiveClient
from tests.bot.tiktok.alone import Ear
from tests.doubles.clock import FakeClock
from tests.doubles.events import gift
from tests.doubles.tiktok import ScriptedSource

ROOM = "7300000000000000001"


def told(ear: Ear) -> list[tuple[Combo, int, int]]:
    """How each announced gift ended, its count, and how much of it had been announced before."""
    return [(each.combo, each.repeat_count, each.counted_before) for each in ear.of(GiftEvent) if each.is_final]


class Evening:
    """A client on a clock of ours, in a room that says what a test says."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.source = ScriptedSource(self.clock)
        self.client = LiveClient("alice", room_id=ROOM, source=self.source, clock=self.clock, reconnect=False)
        self.ear = Ear(self.client)

    async def says(self, *events: Event) -> None:
        """One frame, and a moment for the handlers."""
        self.source.stream("alice").say(*events)
        await self.clock.advance(0)


async def test_a_combo_whose_end_never_comes_is_closed_after_a_minute_of_silence() -> None:
    evening = Evening()
    async with evening.client:
        await evening.says(gift(1), gift(5), gift(3))
        await evening.clock.advance(59)
        assert told(evening.ear) == []
        await evening.clock.advance(6)
        assert told(evening.ear) == [(Combo.INFERRED, 5, 0)]
        await evening.says(gift(5, end=True))
        assert told(evening.ear) == [(Combo.INFERRED, 5, 0)], "what was announced is not announced again"


async def test_a_combo_that_goes_on_after_its_close_says_what_was_counted() -> None:
    evening = Evening()
    async with evening.client:
        await evening.says(gift(5))
        await evening.clock.advance(65)
        await evening.says(gift(8, end=True))
        assert told(evening.ear) == [(Combo.INFERRED, 5, 0), (Combo.ENDED, 8, 5)]


async def test_the_end_of_the_live_closes_what_is_open() -> None:
    evening = Evening()
    async with evening.client:
        await evening.says(gift(4))
        evening.source.stream("alice").end()
        await evening.client.finished()
    assert told(evening.ear) == [(Combo.INFERRED, 4, 0)]
    assert evening.ear.names() == ["Connected", "Gift", "Gift", "LiveEnded", "Disconnected"]


async def test_a_client_that_leaves_announces_what_it_has_seen() -> None:
    evening = Evening()
    async with evening.client:
        await evening.says(gift(2))
        await evening.client.stop()
    assert told(evening.ear) == [(Combo.INFERRED, 2, 0)]
    assert evening.clock.sleepers == 0, "nothing of the client is left asleep"
