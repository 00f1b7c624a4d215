"""The numbers of animated lines."""

from __future__ import annotations

from bot.events import BarrageKind
from bot.tiktok.barrage_kinds import BARRAGE_KINDS


def test_every_kind_but_the_unnamed_has_one_number() -> None:
    assert sorted(BARRAGE_KINDS.values()) == sorted(set(BarrageKind) - {BarrageKind.OTHER})
