"""Whom somebody means: everything that people paste."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.services.naming import creator_named
from bot.text import is_handle


@pytest.mark.parametrize(
    "typed",
    [
        "alice",
        " @Alice ",
        "https://www.tiktok.com/@alice",
        "https://www.tiktok.com/@alice/live?enter_from=share&sec_user_id=MS4w",
        "http://m.tiktok.com/@alice?lang=de",
        "tiktok.com/@alice/",
        "https://www.tiktok.com/%40alice/live",
        "https://www.tiktok.com/@alice/video/7300000000000000000?is_copy_url=1",
        "https://live.tiktok.com/@alice",
        "<https://www.tiktok.com/@alice/live>",
        "come and see: https://www.tiktok.com/@alice/live!",
        "That is her (https://www.tiktok.com/@alice).",
        "it is @alice",
        "It is @alice.",
        "Look: https://www.tiktok.com/@alice.",
        "@@alice",
        "@@@alice",
        "@ alice",
        "alice.",
    ],
)
def test_a_creator_is_found_in_whatever_was_pasted(typed: str) -> None:
    assert creator_named(typed) == "alice"


@pytest.mark.parametrize(
    "typed",
    [
        "https://vm.tiktok.com/ZMabc123/",
        "vt.tiktok.com/ZSabc",
        "https://www.tiktok.com/t/ZTabc/",
        "look https://m.tiktok.com/v/73.html",
    ],
)
def test_a_short_link_is_refused_with_what_to_paste_instead(typed: str) -> None:
    with pytest.raises(BadInput, match="open it yourself and paste the address of the profile"):
        creator_named(typed)


@pytest.mark.parametrize("typed", ["https://www.tiktok.com/foryou", "two words", "@", "https://eviltiktok.com/alice"])
def test_what_names_nobody_is_refused(typed: str) -> None:
    with pytest.raises(BadInput):
        creator_named(typed)


@pytest.mark.parametrize("typed", ["Alice Rose", "alice🌹", "😀", "Алиса", "@ alice rose"])
def test_who_types_a_display_name_is_told_what_a_handle_is(typed: str) -> None:
    with pytest.raises(BadInput, match="looks like a display name"):
        creator_named(typed)


@pytest.mark.parametrize("typed", ["<@123456789012345678>", "<@!1>", "<@&2>", "<#3>"])
def test_a_name_on_discord_is_nobody_on_tiktok(typed: str) -> None:
    with pytest.raises(BadInput, match="name on Discord"):
        creator_named(typed)


@pytest.mark.parametrize("typed", ["a" * 60, "a", "@", "bob/live", "https://www.youtube.com/@alice"])
def test_what_looks_like_a_handle_and_is_none_is_refused_with_its_form(typed: str) -> None:
    with pytest.raises(BadInput, match="Type it as on the profile, like @alice: 2 to 24 letters"):
        creator_named(typed)


def test_two_creators_in_one_text_are_not_guessed_between() -> None:
    with pytest.raises(BadInput, match="several creators"):
        creator_named("https://www.tiktok.com/@alice https://www.tiktok.com/@bob")


@given(st.text(st.sampled_from("@. /:htpsikok.comabA_%40vm\n"), max_size=60))
def test_whatever_is_typed_gives_a_handle_or_a_refusal(typed: str) -> None:
    with contextlib.suppress(BadInput):
        assert is_handle(creator_named(typed))
