"""The numbers of member messages."""

from __future__ import annotations

from bot.tiktok.member_actions import JOINS, MEMBER_ACTIONS


def test_a_number_is_either_a_join_or_has_a_name() -> None:
    assert not JOINS & MEMBER_ACTIONS.keys()
    assert all(name.isidentifier() for name in MEMBER_ACTIONS.values())
