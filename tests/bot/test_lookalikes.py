"""Characters that are read as ASCII."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.lookalikes import plain


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ＤIѕcord。gg／x", "discord.gg/x"),
        ("𝐀𝖻𝕔 ⓓ 🄴 🅵 ℎ", "abc d e f h"),
        ("ΑВС αвс", "abc abc"),
        ("Zoë ñ 日本 42", "zoë ñ 日本 42"),
    ],
)
def test_twins_of_ascii_are_read_as_ascii(typed: str, read: str) -> None:
    assert plain(typed) == read


@given(st.text())
def test_a_place_in_the_plain_text_is_the_same_place_in_the_typed_one(text: str) -> None:
    assert len(plain(text)) == len(text)
    assert plain(plain(text)) == plain(text)
