"""The words for what a watch relays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.language import ENGLISH, language
from bot.model import kinds
from bot.model.watch import DEFAULT_KINDS, EventKind


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("chat", {EventKind.CHAT}),
        ("chat, gift", {EventKind.CHAT, EventKind.GIFT}),
        ("Comment JOIN", {EventKind.CHAT, EventKind.JOIN}),
        ("member,imDelete,pk", {EventKind.JOIN, EventKind.DELETION, EventKind.BATTLE}),
        ("gifts,", {EventKind.GIFT}),
        ("all", set(EventKind)),
    ],
)
def test_both_vocabularies_and_plurals_are_understood(typed: str, meant: set[EventKind]) -> None:
    assert kinds.parse(typed) == meant


def test_a_misspelt_word_is_answered_with_the_nearest_kind() -> None:
    with pytest.raises(BadInput, match=r"Did you mean gift\? Choose from chat, gift,"):
        kinds.parse("chat, gfit")


def test_what_was_typed_is_never_repeated() -> None:
    with pytest.raises(BadInput) as caught:
        kinds.parse("@everyone")
    assert "everyone" not in str(caught.value)


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(BadInput, match="Name at least one kind"):
        kinds.parse(" , ")


def test_completion_goes_on_where_the_list_stands() -> None:
    assert kinds.complete("") == [*EventKind, "all"]
    assert kinds.complete("g") == ["gift"]
    assert kinds.complete("comm") == ["chat"]
    assert kinds.complete("chat, f") == ["chat, follow"]
    assert kinds.complete("comment, pk,")[:2] == ["chat, battle", "chat, battle, gift"]
    assert kinds.complete("chat, chat, zz") == []


@given(st.text())
def test_every_offer_can_be_read_and_fits_into_a_choice(typed: str) -> None:
    offers = kinds.complete(typed)
    assert len(offers) <= 25
    for offer in offers:
        assert kinds.parse(offer)
        assert len(offer) <= 100


def test_kinds_are_said_as_they_are_typed() -> None:
    assert kinds.spoken(language(ENGLISH), frozenset({EventKind.GIFT, EventKind.CHAT})) == "chat, gift"
    assert kinds.spoken(language(ENGLISH), DEFAULT_KINDS) == "the usual"
    assert kinds.spoken(language(ENGLISH), frozenset(EventKind)) == "everything"
