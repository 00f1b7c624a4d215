"""A channel that refuses cards only is in trouble like one that refuses lines."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.delivery.troubles import Troubles
from bot.model.fault import Trouble
from bot.model.ids import ChannelId


@dataclass
class Refused:
    """A poster to which these channels are closed."""

    closed: dict[ChannelId, Trouble]
    retried: list[ChannelId] = field(default_factory=list)

    def troubles(self) -> dict[ChannelId, Trouble]:
        return self.closed

    def retry(self, channel_id: ChannelId) -> None:
        self.retried.append(channel_id)


def test_the_troubles_of_all_are_one_and_each_tries_again() -> None:
    one, two, three = ChannelId(1), ChannelId(2), ChannelId(3)
    lines = Refused({one: Trouble(50013, "lines", 1.0), two: Trouble(50001, "lines", 1.0)})
    cards = Refused({two: Trouble(10003, "cards", 2.0), three: Trouble(50013, "cards", 2.0)})
    both = Troubles(lines, cards)
    assert {channel_id: each.reason for channel_id, each in both.troubles().items()} == {
        one: "lines",
        two: "lines",
        three: "cards",
    }
    both.retry(three)
    assert lines.retried == cards.retried == [three]
