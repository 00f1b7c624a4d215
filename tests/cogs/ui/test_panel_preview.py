"""The preview: the very lines that would be posted, and as few messages."""

from __future__ import annotations

from dataclasses import replace

from bot.links import LinkPolicy
from bot.model.ids import DiscordRoleId
from bot.model.message import MOST_CONTENT_CHARS, MOST_DESCRIPTION_CHARS, Message
from bot.model.watch import EventKind, Follows, Look, Style, WatchSettings
from cogs.ui import panel_preview
from tests.doubles.tuned import LARGEST, tuned

NOW_MS = 1_790_000_000_000
ALL = WatchSettings(kinds=frozenset(EventKind))


def preview(settings: WatchSettings) -> list[Message]:
    return list(panel_preview.messages(tuned(settings), NOW_MS))


def lines(settings: WatchSettings) -> list[str]:
    return preview(settings)[-1].content.split("\n")


def test_the_usual_kinds_are_two_messages() -> None:
    golive, post = preview(WatchSettings())
    assert golive.content == "🔴 **@\u200balice** is live: A sample LIVE"
    assert golive.ping_role_id is None
    assert post.content.split("\n") == [
        "**\u2068Ann\u2069** Look at this\\: hxxps\\://example\\[.\\]com/sample",
        "🎁 **\u2068Bob\u2069** sent Rose ×5 (5 💎)",
        "➕ **\u2068Bob\u2069** followed",
        "🔁 **\u2068Ann\u2069** shared the LIVE",
    ]


def test_joins_and_likes_have_samples_too() -> None:
    assert [line[:1] for line in lines(ALL)][-2:] == ["👋", "❤"]


def test_links_style_templates_and_hidden_words_show() -> None:
    look = Look(
        style=Style.RICH,
        links=LinkPolicy.KEEP,
        hidden_words=("rotten",),
        templates=((EventKind.FOLLOW, "welcome {name}!"),),
    )
    chat, _, follow, _ = lines(WatchSettings(look=look))
    assert chat.startswith("**\u2068Ann\u2069** (@\u200bann\\.1) 🛡️ ⭐ 💎12 ")
    assert "<https://example.com/sample> •••" in chat
    assert follow == "welcome \u2068Bob\u2069!"


def test_a_digest_shows_as_one() -> None:
    assert lines(replace(ALL, follows=Follows.DIGEST))[2].startswith("➕ 1 new follower: ")


def test_the_role_is_named_where_it_would_be_pinged() -> None:
    golive = preview(WatchSettings(ping_role_id=DiscordRoleId(5)))[0]
    assert golive.content.startswith("<@&5> 🔴")


def test_the_largest_templates_fit_as_they_would_be_posted() -> None:
    found = preview(LARGEST)
    assert len(found) >= 2
    for message in found:
        assert len(message.content) <= MOST_CONTENT_CHARS
        assert all(len(embed.description) <= MOST_DESCRIPTION_CHARS for embed in message.embeds)
    assert found[-1].content == ""
    assert found[-1].embeds


def test_kinds_without_a_sample_leave_nothing_to_show() -> None:
    assert preview(WatchSettings(kinds=frozenset({EventKind.DELETION}))) == []
