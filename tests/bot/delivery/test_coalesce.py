"""Many lines into few posts: nothing lost, nothing reordered, nothing broken in two."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.coalesce import MOST_CHARS, NO_NOTES, Notes, as_it_stands, next_post, nonce, same_text
from bot.model.draft import LedgerLine, LedgerPost, Line
from bot.model.ids import ChannelId, DiscordMessageId, PostId, WatchId
from bot.model.message import Embed, Message
from bot.model.watch import Removal, Style
from bot.text import escape, safe_name

said = st.text(min_size=1, max_size=3000)
rendered = st.builds(lambda name, text: f"**{safe_name(name, 'bob')}** {escape(text)}", st.text(max_size=40), said)


def queue_of(texts: list[str]) -> list[Line]:
    return [Line(seq=seq, text=text) for seq, text in enumerate(texts, 1)]


@given(st.lists(rendered, min_size=1, max_size=80), st.sampled_from([NO_NOTES, Notes(left_out=12)]))
def test_posts_carry_every_line_once_in_order_and_fit(texts: list[str], notes: Notes) -> None:
    shown: list[Line] = []
    queue = queue_of(texts)
    while queue:
        post = next_post(queue, notes)
        assert 0 < len(post.content) <= MOST_CHARS
        assert post.taken > 0
        assert post.content.count("\n") == len(post.lines) - 1
        assert not notes.above or post.lines[0].text == notes.above
        shown.extend(post.lines[1:] if notes.above else post.lines)
        queue = queue[post.taken :]
    assert [line.seq for line in shown] == list(range(1, len(texts) + 1))
    for line, text in zip(shown, texts, strict=True):
        assert line.text == text or (line.text.endswith("…") and text.startswith(line.text[:-1]))


@given(rendered, st.integers(30, 200))
def test_a_line_that_is_cut_is_cut_between_characters_as_people_see_them(text: str, limit: int) -> None:
    line = next_post(queue_of([text]), limit=limit).lines[0]
    if line.text == text:
        return
    kept = line.text.removesuffix("…")
    borders = {match.end() for match in regex.finditer(r"\X", text)}
    assert len(kept) in borders
    assert (len(kept) - len(kept.rstrip("\\"))) % 2 == 0, "a backslash without what it escapes would escape the ellipsis"


def test_as_many_lines_as_fit_are_one_post() -> None:
    exactly = queue_of(["x" * 999, "y" * 1000])
    assert next_post(exactly).content == "x" * 999 + "\n" + "y" * 1000
    assert next_post(queue_of(["x" * 1000, "y" * 1000])).taken == 1


def test_only_a_line_that_is_too_long_for_a_post_of_its_own_is_cut() -> None:
    post = next_post(queue_of(["short", "x" * 2001]))
    assert (post.taken, post.content) == (1, "short")
    post = next_post(queue_of(["x" * 2001]))
    assert post.content == "x" * 1999 + "…"


def test_the_note_is_the_first_line_and_has_the_seq_of_the_line_below() -> None:
    post = next_post([Line(seq=7, text="hi")], Notes(left_out=3))
    assert post.content == "-# 3 lines left out\nhi"
    assert [line.seq for line in post.lines] == [7, 7]
    assert post.taken == 1


def test_the_note_takes_its_room_from_the_lines() -> None:
    note = Notes(left_out=3)
    fits = MOST_CHARS - len(note.above) - 1
    assert len(next_post(queue_of(["x" * fits]), note).content) == MOST_CHARS
    assert next_post(queue_of(["x" * (fits - 10), "y" * 10]), note).taken == 1
    assert next_post(queue_of(["x" * (fits + 1)]), note).content.endswith("x…")


@pytest.mark.parametrize(
    ("creator", "left_out", "note"),
    [
        ("", 0, ""),
        ("", 1, "-# 1 line left out"),
        ("", 12_345, "-# 12,345 lines left out"),
        ("@alice", 0, "-# @alice"),
        ("@alice", 2, "-# @alice · 2 lines left out"),
    ],
)
def test_the_note_says_whose_lines_these_are_and_how_many_are_missing(creator: str, left_out: int, note: str) -> None:
    assert Notes(creator=creator, left_out=left_out).above == note


def test_a_nonce_names_one_post_and_fits_discord() -> None:
    mine = nonce(WatchId(1), 5, 9, "hello")
    assert mine == nonce(WatchId(1), 5, 9, "hello")
    assert len(mine) == 24
    assert len(base64.b32decode(mine)) == 15
    others = {nonce(WatchId(2), 5, 9, "hello"), nonce(WatchId(1), 6, 9, "hello"), nonce(WatchId(1), 5, 8, "hello")}
    assert mine not in others | {nonce(WatchId(1), 5, 9, "hullo")}


def ledger(*texts: str, removal: Removal = Removal.STRIKE, style: Style = Style.COMPACT) -> LedgerPost:
    """A post; an empty text is a struck line."""
    return LedgerPost(
        id=PostId(1),
        watch_id=WatchId(1),
        channel_id=ChannelId(10),
        message_id=DiscordMessageId(1),
        lines=tuple(
            LedgerLine(number, text, struck=not text, is_ours=text.startswith("-# ours")) for number, text in enumerate(texts)
        ),
        created_at_ms=0,
        removal=removal,
        style=style,
    )


def test_a_struck_line_leaves_a_mark_where_it_stood() -> None:
    assert as_it_stands(ledger("a", "", "c")) == Message("a\n*🗑️ removed*\nc")


def test_struck_neighbours_share_a_mark() -> None:
    assert as_it_stands(ledger("", "", "c", "")) == Message("*🗑️ 2 removed*\nc\n*🗑️ removed*")


def test_a_watch_may_have_removed_lines_taken_out_and_the_post_with_the_last_of_them() -> None:
    assert as_it_stands(ledger("a", "", "c", removal=Removal.REMOVE)) == Message("a\nc")
    assert as_it_stands(ledger("", "", removal=Removal.REMOVE)) is None
    assert as_it_stands(ledger("-# ours: @alice", "", removal=Removal.REMOVE)) is None
    assert as_it_stands(ledger("-# a guild's own template", "", removal=Removal.REMOVE)) == Message("-# a guild's own template")


@pytest.mark.parametrize("removal", [Removal.STRIKE, Removal.REMOVE])
def test_a_full_post_that_grows_is_cut_instead_of_refused_for_ever(removal: Removal) -> None:
    message = as_it_stands(ledger("x" * 1500, "y" * 600, "", removal=removal))
    assert message is not None
    assert len(message.content) <= MOST_CHARS


def test_a_mark_counts_every_comment_of_a_fold() -> None:
    post = ledger("a", "")
    folded = replace(post, lines=(post.lines[0], LedgerLine(1, "", struck=True, sources=12)))
    assert as_it_stands(folded) == Message("a\n*🗑️ 12 removed*")


def test_a_post_in_an_embed_stays_in_one() -> None:
    assert as_it_stands(ledger("a", "", style=Style.EMBEDS)) == Message(embeds=(Embed(description="a\n*🗑️ removed*"),))


@given(st.lists(st.tuples(st.text("ab", min_size=9, max_size=40), st.booleans()), min_size=1, max_size=190))
def test_a_post_still_fits_whatever_is_struck_from_it(lines: list[tuple[str, bool]]) -> None:
    while len("\n".join(text for text, _ in lines)) > MOST_CHARS:
        lines.pop()
    message = as_it_stands(ledger(*("" if gone else text for text, gone in lines)))
    assert message is not None
    assert 0 < len(message.content) <= MOST_CHARS


def test_an_echo_without_our_invisible_characters_is_still_ours() -> None:
    assert same_text("**\u2068bob\u2069** @\u200bhi ", "**bob** @hi")
    assert not same_text("**bob** hi", "**bob** ho")
