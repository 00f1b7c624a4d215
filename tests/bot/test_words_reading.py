"""The quick reading of a text for filters: the same words as the slow one with places, in linear time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import words
from bot.words import WordFilter, needs_reading, read, read_signs, typed

ALPHABETS = st.one_of(
    st.text(st.characters(max_codepoint=0x17F, exclude_categories=["Sk"]), max_size=20),
    st.text(st.sampled_from("абвгдежзиклмнопрстуАОРСҺ"), max_size=10),
    st.text(st.sampled_from("αβγδεάέόΑΡΤ"), max_size=10),
    st.text(st.sampled_from("𝔟𝔞𝔡ＢＡＤ①ﬁ🅱🄰ℌ"), max_size=10),
    st.sampled_from(
        ["👩\u200d👧", "e\u0301", "🇩🇪", "👍🏽", "\u200b", "坏话", "½", "ガ", "क्षि", "สวัสดี", "한국어", "❤️", "^", "`", "\ud800"]
    ),
)


@given(st.lists(ALPHABETS, max_size=8).map(" ".join) | st.lists(ALPHABETS, max_size=8).map("".join))
@settings(max_examples=500, deadline=None)
def test_it_reads_what_the_slow_one_reads(text: str) -> None:
    assert read(text).decode() == words._read(text)[0]


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    assert b" " not in read(text).replace(b"  ", b"")
    read_signs(text).decode()
    typed(text).decode()


def test_what_needs_no_reading_reads_as_it_was_typed() -> None:
    for point in range(0x110000):
        text = f"A{chr(point)}b"
        if not needs_reading(text):
            assert read_signs(text) == typed(text).lower(), hex(point)
    assert [text for text in ("so GOOD 😂❤️", "bаd", "ＢＡＤ", "🅱", "é", "b\u200bd") if not needs_reading(text)] == ["so GOOD 😂❤️"]


@pytest.mark.parametrize(
    ("text", "as_words", "with_signs", "as_typed"),
    [
        ("So BAD!!! 5$", "  so  bad  5  ", "so bad!!! 5$", "So BAD!!! 5$"),
        ("ＢＡＤ: bád", "  bad  bad  ", "bad: bad", "ＢＡＤ: bád"),
        ("b\u200bаd😂x", "  bad  😂  x  ", "bad😂x", "bаd😂x"),
        ("b^a`d", "  b  a  d  ", "b^a`d", "b^a`d"),
        ("坏话", "  坏  话  ", "坏话", "坏话"),
        ("Привет", "  пpиbet  ", "пpиbet", "Привет"),
        ("", "  ", "", ""),
        ("\ud800", "  ", "", ""),
    ],
)
def test_a_text_reads_so(text: str, as_words: str, with_signs: str, as_typed: str) -> None:
    assert read(text).decode().strip() == as_words.strip()
    assert (read_signs(text).decode(), typed(text).decode()) == (with_signs, as_typed)


def test_what_is_remembered_of_characters_is_bounded() -> None:
    memo = words._Memo(str.lower)
    for point in range(0x100, 0x100 + words._MOST_REMEMBERED + 50):
        chr(point).translate(memo)

    assert len(memo) == 50
    assert "Ā".translate(memo) == "ā"


def test_a_caret_hides_no_word() -> None:
    assert WordFilter(("bad",)).masked("b^a^d") == "•••"
