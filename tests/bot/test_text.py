"""Viewers' text in Discord: nothing pings, nothing links, nothing is formatted, and one line stays one line.

Checked twice: by a Markdown parser, and by Discord's own patterns as its clients have them.
"""

from __future__ import annotations

import re
import unicodedata

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.errors import BadInput
from bot.links import LinkPolicy
from bot.text import MOST_NAME_CHARS, cut, escape, excerpt, is_handle, one_line, parse_handle, safe_name
from tests.bot.attacks import ATTACKS

MARKDOWN = (
    MarkdownIt("commonmark", {"html": True, "linkify": False})
    .enable(["table", "strikethrough"])
    # Discord shows `&lt;` as it is typed.
    .disable("entity")
)
PLAIN = {"inline", "paragraph_open", "paragraph_close", "text", "text_special"}

# The patterns of Discord's clients and of its own message parser. Each is tried on what a backslash does not escape.
DISCORD = {
    "user": r"<@!?\d+>",
    "role": r"<@&\d+>",
    "channel": r"<#\d+>",
    "command": r"</[^:>]+:\d+>",
    "navigation": r"<id:\w+>",
    "everyone": r"@(?:everyone|here)",
    "time": r"<t:-?\d+(?::[tTdDfFR])?>",
    "emoji": r"<a?:\w+:\d+>",
    "shortcode": r":[^\s:]+?:",
    "link": r"(?:https?|steam|discord)://\S",
    "autolink": r"<[^: >]+:/?[^ >]+>",
    "invite": r"(?i)discord(?:app)?\.(?:gg|com/invite)/",
    "masked": r"\[[^\]]*\]\(",
    "bold": r"\*\*.+?\*\*",
    "italics": r"\*.+?\*|_.+?_",
    "strike": r"~~.+?~~",
    "spoiler": r"\|\|.+?\|\|",
    "code": r"`+.+?`+",
    "block": r"^(?:#{1,3}|-#|>|>>>|[-*+]|\d+\.)\s",
}
ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")


def unescaped(text: str) -> str:
    """The text as Discord's patterns see it: an escaped character can take part in none of them."""
    return ESCAPED.sub("\ue000", text)


def shown(text: str) -> str:
    """The text as a reader sees it."""
    return re.sub("([@＠﹫])\u200b", r"\1", ESCAPED.sub(r"\1", text))


def inert(text: str) -> None:
    assert text.splitlines() in ([text], [])
    seen = unescaped(text)
    for name, pattern in DISCORD.items():
        assert not re.search(pattern, seen), f"{name} in {text!r}"
    for wrapped in (text, f"**name** {text}\n**next** line", f"before\n{text}\nafter"):
        for token in MARKDOWN.parse(wrapped):
            assert token.type in PLAIN, f"{token.type} from {text!r}"
            kinds = {child.type for child in token.children or ()}
            allowed = PLAIN | {"softbreak"} | ({"strong_open", "strong_close"} if wrapped.startswith("**name**") else set())
            assert kinds <= allowed, f"{kinds - allowed} from {text!r}"


PIECES = "\\`*_~|[]()<>#-:@.+=!&\n\r\t \u2028\u200b\u200d\u202e\u0301"

hostile = st.lists(
    st.one_of(
        st.sampled_from(ATTACKS),
        st.sampled_from([*PIECES, "everyone", "here", "1", "a", "//"]),
        st.text(max_size=8),
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_known_attack_survives(attack: str) -> None:
    inert(escape(attack))
    inert(excerpt(attack, 500))
    inert(excerpt(attack, 500, LinkPolicy.DROP))
    inert(safe_name(attack, "h"))


@given(hostile)
@settings(max_examples=2000, deadline=None)
@example("1\n. x")
@example("@@everyone")
@example("\\" * 7 + "*x*")
def test_nothing_that_anybody_can_type_survives(text: str) -> None:
    inert(escape(text))


@given(hostile, hostile)
@settings(max_examples=1000, deadline=None)
def test_two_viewers_cannot_build_something_together(one: str, other: str) -> None:
    post = f"**{safe_name(one, 'h')}** {escape(other)}\n**{safe_name(other, 'h')}** {escape(one)}"
    tokens = MARKDOWN.parse(post)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    kinds = [child.type for child in tokens[1].children or () if child.type not in PLAIN]
    assert kinds == ["strong_open", "strong_close", "softbreak", "strong_open", "strong_close"]


@given(hostile)
@settings(max_examples=1000, deadline=None)
def test_a_reader_sees_what_was_typed_but_for_what_cannot_be_seen(text: str) -> None:
    assert shown(escape(text)) == one_line(text)


@given(hostile)
@settings(max_examples=1000, deadline=None)
@example("<\u200b\u0338 a\u200b\u0301")
def test_a_line_that_was_made_one_stays_as_it_is(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)


@given(hostile, st.sampled_from(LinkPolicy))
@settings(max_examples=1000, deadline=None)
@example("https://" + "a." * 246, LinkPolicy.DEFANG)
@example("https://" + "." * 492, LinkPolicy.DEFANG)
@example("https://e.co/discord.gg/" + "a." * 240, LinkPolicy.DEFANG)
@example("https://e.co/" + "@" * 487, LinkPolicy.KEEP)
def test_what_is_made_safe_is_at_most_three_times_as_long(text: str, links: LinkPolicy) -> None:
    assert len(excerpt(text, 500, links, dropped="—")) <= 3 * min(len(text), 500) + 10


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("https://evil.com/a_b", "https\\://evil\\.com/a\\_b"),
        ("discord.gg/abc", "discord\\.gg/abc"),
        ("costs 3.50, ok...", "costs 3\\.50, ok..."),
        ("good morning", "good morning"),
        ("＠everyone", "＠\u200beveryone"),
    ],
)
def test_a_link_can_be_read_and_copied_but_not_clicked(typed: str, read: str) -> None:
    assert escape(typed) == read
    assert shown(read) == typed


@pytest.mark.parametrize(
    "text", ["👩\u200d👩\u200d👧", "🏳️\u200d🌈", "👍🏽", "نامه\u200cها", "สวัสดี", "क्षत्रिय", "é", "1️⃣", "🇩🇪", "한국어", "日本"]
)
def test_honest_text_of_the_world_stays_as_it_is(text: str) -> None:
    assert escape(text) == unicodedata.normalize("NFC", text)


def test_invisible_characters_and_towers_of_marks_go() -> None:
    assert one_line("a\u200bb\u2060c\u00add\u3164e\U000e0041f") == "abcdef"
    assert one_line("in\u200dvisible") == "invisible"
    assert one_line("z" + "\u0301" * 500) == unicodedata.normalize("NFC", "z\u0301") + "\u0301" * 3
    assert one_line("  a \n\n b\t") == "a b"
    assert one_line("a\u0301" + "\u200b\u0301" * 9) == "á" + "\u0301" * 3
    assert one_line("\U0001d159\U00013441\ufffc\u2800") == ""


# Names.


@given(hostile, hostile)
@settings(max_examples=500, deadline=None)
def test_every_name_is_visible_short_and_isolated(nickname: str, handle: str) -> None:
    name = safe_name(nickname, handle, "7123456789")
    assert name.startswith("\u2068")
    assert name.endswith("\u2069")
    inside = name[1:-1]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u061c\u200e\u200f]", inside)
    assert len(shown(inside)) <= MOST_NAME_CHARS
    assert regex.search(r"[^\p{M}\p{Z}\p{C}]", inside)
    inert(inside)


@pytest.mark.parametrize(
    ("nickname", "handle", "viewer_id", "name"),
    [
        ("Bob", "bob1", "1", "Bob"),
        ("", "bob1", "1", "bob1"),
        ("\u3164\u200b\u2800", "bob1", "1", "bob1"),
        ("\u0301\ufe0f", "", "7123456789", "viewer …6789"),
        ("", "", "", "viewer …"),
        ("groundsphere", "", "", "groundsphere"),
        ("A\nB", "", "", "A B"),
    ],
)
def test_who_has_no_visible_name_is_called_by_the_handle_or_the_end_of_the_id(
    nickname: str, handle: str, viewer_id: str, name: str
) -> None:
    assert safe_name(nickname, handle, viewer_id) == f"\u2068{name}\u2069"


def test_a_name_of_three_hundred_emoji_is_cut_between_them() -> None:
    family = "👩\u200d👩\u200d👧"
    name = safe_name(family * 300)
    assert name == f"\u2068{family * 6}…\u2069"


# Cutting.


@given(st.one_of(hostile.map(escape), st.text(max_size=300)), st.integers(1, 200))
@settings(max_examples=1000, deadline=None)
def test_a_cut_fits_and_is_a_beginning(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert len(short) <= limit
    assert short == text if len(text) <= limit else text.startswith(short.removesuffix("…"))


@given(st.lists(st.sampled_from(["a", "👩\u200d👩\u200d👧", "e\u0301", "🇩🇪", "👍🏽", " ", "क्षि"]), min_size=30, max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_character_is_cut_in_two(parts: list[str]) -> None:
    text = "".join(parts)
    borders = {match.end() for match in regex.finditer(r"\X", text)}
    for limit in range(9, len(text)):
        assert len(cut(text, limit).removesuffix("…")) in borders | {0}


@given(hostile.map(escape), st.integers(1, 60))
@settings(max_examples=1000, deadline=None)
def test_what_is_cut_stays_as_harmless_as_the_whole(text: str, limit: int) -> None:
    inert(cut(text, limit))


def test_even_one_endless_character_is_cut() -> None:
    endless = "👩" + "\u200d👩" * 5000
    assert len(cut(endless, 100)) <= 100


def test_there_may_be_no_room_at_all() -> None:
    assert cut("abc", 0) == ""
    assert cut("abc", 1) == "…"


# Handles.


@pytest.mark.parametrize(
    "typed",
    [
        "alice",
        "@alice",
        " @Alice ",
        "https://www.tiktok.com/@alice",
        "https://www.tiktok.com/@alice/live",
        "https://www.tiktok.com/@alice/live?lang=en&x=@bob",
        "http://m.tiktok.com/@alice/",
        "tiktok.com/@alice",
        "<https://www.tiktok.com/@alice/live>",
    ],
)
def test_a_creator_can_be_named_in_many_ways(typed: str) -> None:
    assert parse_handle(typed) == "alice"


@pytest.mark.parametrize(
    "typed", ["", "@", "a", "has space", "dot.", "x" * 25, "ümlaut", "https://evil.com/@alice", "alice/live", "@@alice", "a\nb"]
)
def test_what_is_no_handle_is_refused_with_what_to_type(typed: str) -> None:
    with pytest.raises(BadInput, match="@alice"):
        parse_handle(typed)
    assert not is_handle(typed)


@pytest.mark.parametrize(
    "typed", ["https://vm.tiktok.com/ZMabc/", "https://www.tiktok.com/discover", "https://www.tiktok.com/@alice/video/1"]
)
def test_another_address_of_tiktok_is_refused_with_the_right_kind(typed: str) -> None:
    with pytest.raises(BadInput, match="names no creator"):
        parse_handle(typed)
