"""How a look speaks."""

from __future__ import annotations

import pytest

from bot.events import Handle, User, ViewerId
from bot.links import LinkPolicy
from bot.model.watch import Look, Style
from bot.relay.voice import badges, voice
from bot.text import MOST_NAME_CHARS


def read(text: str) -> str:
    return text.replace("\u2068", "").replace("\u2069", "").replace("\u200b", "")


@pytest.mark.parametrize(
    ("user", "worn"),
    [
        (User(), ""),
        (User(is_moderator=True, is_subscriber=True), "🛡️ ⭐"),
        (User(gifter_level=3, fan_level=7), "💎3 ♥7"),
    ],
)
def test_badges_say_what_a_viewer_is(user: User, worn: str) -> None:
    assert badges(user) == worn


def test_only_the_rich_style_shows_the_handle_and_not_where_it_is_the_name() -> None:
    bob = User(ViewerId("1"), Handle("bob1"), "Bob")
    assert read(voice(Look()).name(bob)) == "**Bob**"
    assert read(voice(Look(style=Style.RICH)).name(bob)) == "**Bob** (@bob1)"
    assert read(voice(Look(style=Style.RICH)).name(User(ViewerId("1"), Handle("bob1"), "bob1"))) == "**bob1**"


def test_a_handle_is_no_longer_than_a_name_may_be_and_cannot_become_markup() -> None:
    told = voice(Look(style=Style.RICH)).name(User(ViewerId("1"), Handle("*_" * 500), "Bob"))
    assert "…" in told
    assert len(told) < 4 * MOST_NAME_CHARS
    assert read(told).startswith("**Bob** (@\\*\\_")
    assert told.endswith("…)")


def test_equal_looks_share_one_voice() -> None:
    assert voice(Look(links=LinkPolicy.DROP)) is voice(Look(links=LinkPolicy.DROP))


def test_a_label_never_keeps_a_link() -> None:
    keeping = voice(Look(links=LinkPolicy.KEEP))
    assert "<https://example.com>" in keeping.text("https://example.com", 100)
    assert "<https" not in keeping.label("https://example.com", 100)
