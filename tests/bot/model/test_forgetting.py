"""The sentence, its code, and how somebody's traces are known."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import ViewerId
from bot.model.draft import Line
from bot.model.forgetting import KEY_BYTES, LETTERS, Traces, code_in, digest, new_code, sentence
from bot.text import escape, safe_name

codes = st.text(LETTERS, min_size=4, max_size=4)
gaps = st.text(" \t\u00a0\u200b.,!?\"'*-_()“”", max_size=6)
inner = st.text(" \t\u00a0", min_size=1, max_size=5)


@given(codes, st.randoms(), gaps, gaps, inner, inner)
def test_the_sentence_is_known_however_it_is_typed(
    code: str, rng: Random, before: str, behind: str, first: str, second: str
) -> None:
    typed = "".join(rng.choice((char.upper(), char.lower())) for char in f"forget{first}me{second}{code}")
    assert code_in(f"{before}{typed}{behind}") == code


@given(codes, st.text(max_size=40))
def test_a_comment_that_says_more_is_no_sentence(code: str, more: str) -> None:
    if any(char.isalnum() for char in more):
        assert code_in(f"{sentence(code)} {more}") is None
        assert code_in(f"{more} {sentence(code)}") in (None, code_in(more))


@given(st.text(max_size=400))
def test_no_text_is_too_strange(text: str) -> None:
    assert code_in(text) is None or len(code_in(text) or "") == 4


@pytest.mark.parametrize("said", ["forget me", "forget me 0O1I", "forget me 7F3", "forget me 7F3KK", "forgive me 7F3K", ""])
def test_what_is_almost_the_sentence_is_not(said: str) -> None:
    assert code_in(said) is None


def test_wide_letters_are_letters() -> None:
    assert code_in("ｆｏｒｇｅｔ ｍｅ ７Ｆ３Ｋ") == "7F3K"


def test_a_code_has_no_letter_that_looks_like_another() -> None:
    made = {new_code(Random(seed)) for seed in range(500)}
    assert len(made) > 490
    assert not set("".join(made)) & set("0OQ1ILS5Z2B8GUV")


@given(st.text(min_size=1), st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES), st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES))
def test_a_digest_says_nothing_without_its_key(viewer_id: str, key: bytes, other: bytes) -> None:
    assert digest(viewer_id, key) == digest(viewer_id, key)
    assert (digest(viewer_id, key) == digest(viewer_id, other)) == (key == other)


EVE = Traces("7001", ("eve",), ("Eve Adams",))


@pytest.mark.parametrize(
    ("line", "is_hers"),
    [
        (Line(1, "x", viewer_id=ViewerId("7001")), True),
        (Line(1, "🎁 x", grows="r:7001:5655:17:0"), True),
        (Line(1, "➕ 2 new followers: Bob, Eve Adams", viewer_id=ViewerId("7002 7001")), True),
        (Line(1, f"➕ **{safe_name('Eve Adams')}** followed", viewer_id=ViewerId("7003")), False),
        (Line(1, f"➕ **{safe_name('Eve Adams')}** followed"), False),
        (Line(1, f"**{safe_name('Bob')}** Eve Adams!", viewer_id=ViewerId("7002")), False),
        (Line(1, "x", grows="r:70011:5655:17:0"), False),
        (Line(1, "gg ×2", also=(Line(1, "gg", viewer_id=ViewerId("7002")), Line(2, "gg", viewer_id=ViewerId("7001")))), True),
    ],
)
def test_a_waiting_line_is_hers_if_it_is_about_her(line: Line, is_hers: bool) -> None:
    assert EVE.wrote(line) is is_hers


def test_a_card_loses_her_and_keeps_everybody_else() -> None:
    card = {
        "description": f"MVP {safe_name('Eve Adams')}, then {safe_name('Bob')} and {escape('@eve')}, {escape('@eve.x')}",
        "state": [["7001", "eve", "Eve Adams", "https://cdn.example/e"], 5, ["7002", "bob", "Bob"]],
        "label": "Eve Adams",
        "footer": "message 70010 of 7001",
    }
    left = EVE.out_of(card, stand_in=["", "", "(opted out)"], has_names=True)
    assert isinstance(left, dict)
    assert left["description"] == (
        f"MVP {escape('(opted out)')}, then {safe_name('Bob')} and {escape('(opted out)')}, {escape('@eve.x')}"
    )
    assert left["state"] == [["", "", "(opted out)"], 5, ["7002", "bob", "Bob"]]
    assert left["label"] == "Eve Adams", "a whole string may be a button's label"
    assert left["footer"] == "message 70010 of "
    assert EVE.out_of(left, stand_in=["", "", "(opted out)"], has_names=True) == left
    assert EVE.out_of(["7001", safe_name("Eve Adams")]) == ["", safe_name("Eve Adams")], "nobody reads it"
    assert EVE.named_in([["7001", "eve.old", "Eva"]]) == Traces("7001", ("eve", "eve.old"), ("Eve Adams", "Eva"))


def test_only_the_handle_itself_is_taken_out_of_what_others_typed() -> None:
    typed = "@Eve hi, @eve.x and x@eve and @every, eve? @eve."
    assert EVE.out_of_words(typed) == "@(opted out) hi, @eve.x and x@eve and @every, eve? @(opted out)."
