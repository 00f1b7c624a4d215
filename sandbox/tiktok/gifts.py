"""The gift catalogue: what viewers can send, and what it costs. Pure.

`type` 1 is streakable: tapping again raises the count of one combo. Every other type is sent once and for all.
"""

from __future__ import annotations

from dataclasses import dataclass

STREAKABLE = 1


@dataclass(frozen=True, slots=True)
class Gift:
    """One row of the gift panel. `diamonds` is the price of one."""

    id: int
    name: str
    diamonds: int
    type: int = STREAKABLE

    @property
    def is_streakable(self) -> bool:
        return self.type == STREAKABLE


CATALOGUE = {
    gift.name: gift
    for gift in (
        Gift(5655, "Rose", 1),
        Gift(5269, "TikTok", 1),
        Gift(5827, "Ice Cream Cone", 1),
        Gift(6064, "GG", 1),
        Gift(7934, "Heart Me", 1, type=4),
        Gift(5487, "Finger Heart", 5),
        Gift(5585, "Confetti", 100, type=2),
        Gift(5879, "Doughnut", 30),
        Gift(6104, "Cap", 99),
        Gift(5660, "Hand Hearts", 100),
        Gift(11046, "Galaxy", 1000, type=2),
        Gift(6369, "Lion", 29_999, type=2),
    )
}


def find(gift: Gift | str) -> Gift:
    """The gift of that name, or the gift itself."""
    if isinstance(gift, Gift):
        return gift
    try:
        return CATALOGUE[gift]
    except KeyError:
        raise ValueError(f"no gift is called {gift!r}; there are: {', '.join(CATALOGUE)}") from None
