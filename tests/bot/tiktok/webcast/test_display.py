"""Sentences read as TikTok shows them, whatever is missing in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tiktok.webcast import display
from bot.tiktok.webcast.display import MOST_CHARACTERS, MOST_CHARACTERS_KEPT, MOST_PATTERNS_KEPT, render_text
from bot.tiktok.webcast.pb import webcast_pb2 as pb


def person(name: str, *, colon: bool = False) -> pb.Piece:
    return pb.Piece(type=11, user=pb.PieceUser(user=pb.PiecePerson(nickname=name), with_colon=colon))


GIFT = pb.Piece(type=12, gift=pb.PieceGift(gift_id=5655, name=pb.Text(key="gift_5655", pattern="Rose")))


@pytest.mark.parametrize(
    ("pattern", "pieces", "read"),
    [
        ("Welcome to TikTok LIVE!", [], "Welcome to TikTok LIVE!"),
        ("{0:user} joined", [person("Bob")], "Bob joined"),
        ("{0:user} sent {1:gift} x {2:string}", [person("Bob", colon=True), GIFT, pb.Piece(text="3")], "Bob: sent Rose x 3"),
        ("{1:string} by {0:user}", [person("Bob"), pb.Piece(text="2")], "2 by Bob"),
        ("{0:user} and {7:user} left", [person("Bob")], "Bob and  left"),
        ("{0:user} joined", [], "joined"),
        ("{0:heart} for you", [pb.Piece(heart=pb.PieceHeart(color="#f00"))], "❤ for you"),
        ("{0:pattern}", [pb.Piece(nested=pb.Text(key="k", pattern="a word"))], "a word"),
        ("{0:image} top", [pb.Piece(type=15)], "top"),
        ("{0}", [pb.Piece(text="plain number")], "plain number"),
        ("{name} and {", [pb.Piece(text="x")], "{name} and {"),
        ("{0:user}", [pb.Piece(user=pb.PieceUser(user=pb.PiecePerson(handle="bob.b")))], "bob.b"),
        ("{0:string}", [pb.Piece(text="{1:string}"), pb.Piece(text="x")], "{1:string}"),
        ("", [person("Bob")], ""),
    ],
)
def test_a_sentence_is_put_together(pattern: str, pieces: list[pb.Piece], read: str) -> None:
    assert render_text(pb.FullText(pattern=pattern, pieces=pieces)) == read


def test_a_pattern_that_repeats_a_long_piece_stays_short() -> None:
    text = pb.FullText(pattern="{0:string}" * 100_000, pieces=[pb.Piece(text="x" * 100_000)])
    assert len(render_text(text)) == MOST_CHARACTERS


@given(st.text(alphabet="{}0123:string a", max_size=60), st.lists(st.text(max_size=9), max_size=3))
def test_no_pattern_breaks_it(pattern: str, texts: list[str]) -> None:
    text = pb.FullText(pattern=pattern, pieces=[pb.Piece(text=each) for each in texts])
    assert len(render_text(text)) <= MOST_CHARACTERS


def test_a_sentence_seen_before_takes_the_names_of_its_own_message() -> None:
    pattern = "{0:user} followed the {1:string}"
    first, second = (pb.FullText(pattern=pattern, pieces=[person(name), pb.Piece(text="host")]) for name in ("Ann", "Bob"))
    assert [render_text(each) for each in (first, second, first)] == [
        "Ann followed the host",
        "Bob followed the host",
        "Ann followed the host",
    ]


def test_a_flood_of_sentences_is_not_kept() -> None:
    display.forget()
    longest = "x" * MOST_CHARACTERS_KEPT
    for number in range(MOST_PATTERNS_KEPT + 10):
        assert render_text(pb.FullText(pattern=f"{number} {{0}}", pieces=[pb.Piece(text="a")])) == f"{number} a"
        assert render_text(pb.FullText(pattern=f"{longest}{number} {{0}}")) == f"{longest}{number}"
    assert display.kept() == MOST_PATTERNS_KEPT
    display.forget()
    render_text(pb.FullText(pattern=f"{longest} {{0}}"))
    assert display.kept() == 0
