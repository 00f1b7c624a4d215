"""Words that a server hides."""

from __future__ import annotations

import time

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.text import escape
from bot.words import HIDDEN, MOST_WORD_CHARS, MOST_WORDS, WordFilter

FILTER = WordFilter(("bad", "very bad", "ass", "*damn*", "f*k", "坏话", "🍆", "don't", "привет"))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("bad, BAD bad!", "•••, ••• •••!"),
        ("b a d / b.a.d / b\u200ba\u00add", "••• / ••• / •••"),
        ("bád ＢＡＤ bаd 𝔟𝔞𝔡 🅱🅰🅳", "••• ••• ••• ••• •••"),
        ("baad baddy class b4d", "baad baddy class b4d"),
        ("very--- bad", "•••"),
        ("goddamnit, fork!", "•••, •••!"),
        ("这是坏话吗", "这是•••吗"),
        ("bad🍆bad 👍🏽", "••••••••• 👍🏽"),
        ("Don’t ПРИВЕТ", "••• •••"),
        ("good morning", "good morning"),
        ("", ""),
    ],
)
def test_a_word_is_hidden_however_it_is_written(text: str, masked: str) -> None:
    assert FILTER.masked(text) == masked


def test_without_words_nothing_is_hidden() -> None:
    assert WordFilter(()).masked("bad") == "bad"


def test_a_star_in_a_phrase_stands_for_a_word() -> None:
    phrase = WordFilter(("kill * self",))
    assert phrase.masked("kill your self") == HIDDEN
    assert phrase.masked("kill self") == "kill self"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("x",) * (MOST_WORDS + 1), "At most 200 words"),
        (("x" * (MOST_WORD_CHARS + 1),), "at most 40 characters, xxxxxxxxxx… has 41"),
        (("a*b*c*d",), "at most 2 stars"),
        (("*",), "needs a letter"),
        (("* *",), "needs a letter"),
        (("!?",), "needs a letter"),
        ((" ",), "needs a letter"),
    ],
)
def test_words_that_cannot_be_hidden_are_refused_with_the_reason(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        WordFilter(words)


@given(
    st.lists(
        st.sampled_from(["bad", "👩\u200d👧", "e\u0301", "🇩🇪", "👍🏽", " ", ".", "क्षि", "x", "🍆", "\u200b", "坏", "½", "ﷺ"]),
        max_size=30,
    )
)
@settings(max_examples=300, deadline=None)
def test_no_character_is_cut_in_two_and_nothing_else_is_lost(parts: list[str]) -> None:
    text = "".join(parts)
    whole = regex.findall(r"\X", text)
    left = FILTER.masked(text).split(HIDDEN)
    place = 0
    for part in left:
        graphemes = regex.findall(r"\X", part)
        while whole[place : place + len(graphemes)] != graphemes:
            place += 1
            assert place <= len(whole), f"{part!r} is not in {text!r}"
        place += len(graphemes)


@given(st.text(max_size=60))
@settings(max_examples=500, deadline=None)
def test_any_text_can_be_a_word_and_then_it_is_hidden_or_refused(text: str) -> None:
    try:
        words = WordFilter((text,))
    except BadInput:
        return
    if "*" not in text:
        assert HIDDEN in words.masked(f"so, {text}!")


def test_what_is_hidden_is_shown_as_it_stands() -> None:
    assert escape(FILTER.masked("a bad *day*")) == "a ••• \\*day\\*"


@pytest.mark.parametrize("text", ["ab", "a ", "b a d ", "z\u0301", "*", "fk"])
def test_the_worst_words_take_time_linear_to_the_text(text: str) -> None:
    worst = WordFilter(tuple(f"*{number:b}{'a' * 30}*".replace("0", "b").replace("1", "a") for number in range(MOST_WORDS)))

    def took(count: int) -> float:
        started = time.process_time()
        worst.masked(text * count)
        return time.process_time() - started

    took(1000)
    # Eight times the text: a square would be 64 times the time.
    assert min(took(8000) for _ in range(3)) < max(min(took(1000) for _ in range(3)), 0.001) * 24
