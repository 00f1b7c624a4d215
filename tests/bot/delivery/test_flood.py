"""When more is said than Discord lets us post: repeats are told as one, then chat is sampled, and the post says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.coalesce import FOOTER_CHARS, MOST_CHARS, Notes, next_post
from bot.delivery.flood import CALM_POSTS, NO_FLOOD, PATIENCE_S, Chosen, Flood, Level, folded, in_folds, in_samples, size
from bot.delivery.intents import Strike, is_note, unstruck
from bot.events.ids import MessageId, ViewerId
from bot.language import known, language
from bot.model.draft import Line, Urgency, joined, sources
from bot.model.ids import WatchId
from tests.doubles.desk import ROOM


def said(seq: int, who: str, what: str, *, highlight: bool = False) -> Line:
    return Line(
        seq=seq,
        text=f"**{who}** {what}",
        room_id=ROOM,
        message_id=MessageId(f"m{seq}"),
        viewer_id=ViewerId(who),
        who=f"**{who}**",
        said=what,
        is_highlight=highlight,
    )


def gift(seq: int, size: int = 20) -> Line:
    return Line(seq=seq, text="g" * size, urgency=Urgency.GIFT, room_id=ROOM)


# The levels.


def test_a_burst_that_is_over_soon_is_shown_whole() -> None:
    assert NO_FLOOD.then(lag_s=5, interval_s=1.25, fits=False, fits_folded=False) == NO_FLOOD


def test_who_waits_too_long_is_folded_and_if_that_is_not_enough_sampled() -> None:
    late = PATIENCE_S + 1
    assert NO_FLOOD.then(lag_s=late, interval_s=1.25, fits=False, fits_folded=True).level is Level.FOLDED
    assert NO_FLOOD.then(lag_s=late, interval_s=1.25, fits=False, fits_folded=False).level is Level.SAMPLED


def test_where_posts_are_far_apart_no_line_waits_for_a_second_one() -> None:
    assert NO_FLOOD.then(lag_s=9, interval_s=10, fits=False, fits_folded=False).level is Level.SAMPLED


def test_it_ends_by_itself_once_posts_take_all_that_waits() -> None:
    flood = Flood(Level.SAMPLED)
    for _ in range(CALM_POSTS):
        assert flood.level is Level.SAMPLED
        flood = flood.then(lag_s=1, interval_s=1.25, fits=True, fits_folded=True)
    assert flood == NO_FLOOD


def test_in_a_flood_a_post_that_fits_is_neither_folded_nor_sampled() -> None:
    queue = [said(1, "bob", "gg"), said(2, "eve", "gg")]
    assert next_post(queue, flood=Flood(Level.SAMPLED), lag_s=60).content == "**bob** gg\n**eve** gg"


# Folding.


class Name(str):
    """Somebody's name, which counts how often a fold looks at one."""

    __slots__ = ()
    looks = 0

    def __hash__(self) -> int:
        Name.looks += 1
        return super().__hash__()

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other)


@pytest.mark.parametrize("choose", [in_folds, in_samples])
def test_five_thousand_who_say_the_same_are_looked_at_a_few_times_each(choose: Callable[[list[Line], int], Chosen]) -> None:
    queue = [replace(said(seq, f"v{seq}", "gg"), who=Name(f"**v{seq}**")) for seq in range(1, 5_001)]
    Name.looks = 0
    chosen = choose(queue, MOST_CHARS)
    assert [line.text for line in chosen.lines] == ["gg ×5000 (**v1**, **v2** +4998)"]
    assert Name.looks < 10 * len(queue)


def test_one_person_who_repeats_is_counted() -> None:
    assert [line.text for line in folded([said(1, "bob", "gg"), said(2, "bob", "gg")])] == ["**bob** gg ×2"]


def test_several_people_who_say_the_same_are_one_line_that_names_two() -> None:
    lines = folded([said(1, "bob", "gg"), said(2, "ann", "hi"), said(3, "eve", "gg"), said(4, "zoe", "gg")])
    assert [line.text for line in lines] == ["gg ×3 (**bob**, **eve** +1)", "**ann** hi"]


def test_a_deletion_lowers_the_count_and_the_last_one_takes_the_line() -> None:
    (line,) = folded([said(1, "bob", "gg"), said(2, "eve", "gg"), said(3, "zoe", "gg")])

    def strike(*viewers: str) -> Strike:
        return Strike(WatchId(1), 9, ROOM, frozenset(), frozenset(viewers), at=0.0)

    left = unstruck(line, [strike("bob")])
    assert left is not None
    assert left.text == "gg ×2 (**eve**, **zoe**)"
    alone = unstruck(line, [strike("bob", "eve")])
    assert alone is not None
    assert alone.text == "**zoe** gg"
    assert unstruck(line, [strike("bob", "eve", "zoe")]) is None


# Sampling.


def test_what_is_no_chat_and_highlights_are_never_sampled() -> None:
    queue = [said(seq, f"v{seq}", f"{seq} " + "x" * 50) for seq in range(1, 200)]
    queue[50] = gift(51)
    queue[90] = said(91, "mod", "please be nice", highlight=True)
    post = next_post(queue, flood=Flood(Level.SAMPLED), lag_s=60)
    assert post.taken == len(queue)
    shown = {source.seq for line in post.lines for source in sources(line)}
    assert {51, 91} <= shown
    assert len(post.content) > 0.85 * MOST_CHARS
    assert post.lines[-1].text == f"-# 🌊 {len(post.lines) - 2} of 198 comments shown"


lines = st.lists(
    st.builds(
        lambda kind, text, who: (kind, text, who),
        st.sampled_from(["chat", "chat", "chat", "gift", "highlight"]),
        st.sampled_from(["gg", "hi", "x" * 30, "y" * 200, "z" * 500]),
        st.sampled_from(["bob", "eve", "zoe"]),
    ),
    min_size=1,
    max_size=120,
)


@given(lines, st.sampled_from(Level), st.integers(0, 500))
def test_a_post_fits_counts_honestly_and_keeps_the_order(made: list[tuple[str, str, str]], level: Level, left_out: int) -> None:
    queue = [
        gift(seq, len(text)) if kind == "gift" else said(seq, who, text, highlight=kind == "highlight")
        for seq, (kind, text, who) in enumerate(made, 1)
    ]
    post = next_post(queue, Notes(left_out=left_out), flood=Flood(level), lag_s=60, interval_s=1.25)
    assert 0 < len(post.content) <= MOST_CHARS
    assert post.taken > 0
    told = [line for line in post.lines if not is_note(line)]
    assert [line.seq for line in told] == sorted({line.seq for line in told})
    seqs = [source.seq for line in told for source in sources(line)]
    assert len(seqs) == len(set(seqs)), "no comment twice"
    assert set(seqs) <= set(range(1, post.taken + 1)), "nothing that the next post takes again"
    must = {line.seq for line in queue[: post.taken] if line.urgency < Urgency.CHAT or line.is_highlight}
    assert must <= set(seqs)
    chat = {line.seq for line in queue[: post.taken] if line.urgency >= Urgency.CHAT}
    missing = len(chat - set(seqs))
    footer = [line.text for line in post.lines if "🌊" in line.text]
    assert len(footer) == bool(missing)
    assert not footer or footer[0].startswith(f"-# 🌊 {len(chat) - missing:,} of {len(chat):,} comment")


def test_highlights_that_do_not_fit_wait_for_the_next_post() -> None:
    queue = [said(seq, f"v{seq}", "x" * 600 + str(seq), highlight=True) for seq in range(1, 9)]
    chosen = in_samples([*queue, said(9, "bob", "hi")], 1900)
    assert [line.seq for line in chosen.lines] == [1, 2, 3]
    assert chosen.taken == 3


def test_highlights_that_fit_as_soon_as_no_chat_is_folded_into_them_are_posted_whole() -> None:
    mods = [said(seq, f"mod{seq:02}", "x" * 37 + f"{seq:02}", highlight=True) for seq in range(1, 39)]
    echoes = [said(100 + seq, f"viewer{seq:02}", mod.said) for seq, mod in enumerate([*mods, *mods])]
    others = [said(200 + seq, f"v{seq}", f"{seq} " + "y" * 30) for seq in range(60)]
    queue = [*mods, *echoes, *others]
    assert size(mods) <= MOST_CHARS - FOOTER_CHARS < size(line for line in folded(queue) if line.is_highlight)
    post = next_post(queue, lag_s=PATIENCE_S + 10, interval_s=1.25)
    assert post.taken == len(queue)
    assert {mod.seq for mod in mods} <= {source.seq for line in post.lines for source in sources(line)}
    assert len(post.content) <= MOST_CHARS


@given(st.integers(100, 400), st.integers(10, 60))
def test_a_sample_fills_the_post_and_is_spread_over_all_that_waits(count: int, length: int) -> None:
    queue = [said(seq, f"v{seq}", f"{seq}".ljust(length, "x")) for seq in range(1, count + 1)]
    chosen = in_samples(queue, 1900)
    assert chosen.taken == count
    longest = max(len(line.text) for line in queue) + 1
    assert 1900 - longest < size(chosen.lines) <= 1900 or chosen.shown == count
    steps = {later.seq - line.seq for line, later in pairwise(chosen.lines)}
    assert max(steps) - min(steps) <= 1
    assert count - chosen.lines[-1].seq <= max(steps)


def test_the_footer_fits_in_every_language() -> None:
    for locale in known():
        notes = Notes(language(locale))
        chosen = in_samples([said(1, "bob", "x" * 3000), said(2, "bob", "hi")], 30)
        assert len(notes.below(chosen)) < FOOTER_CHARS - 12, "the figures may be longer"


def test_joining_and_measuring() -> None:
    one = said(1, "bob", "gg")
    assert joined([one]) is one
    assert size([one, one]) == 2 * len(one.text) + 1
