"""The lines of a post as options of a menu."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.events.ids import RoomId, ViewerId
from bot.language import ENGLISH, language
from bot.model.ids import CreatorId, PostId, WatchId
from bot.model.viewer import PostedLine
from bot.text import escape, safe_name
from cogs.ui import line_list

T = language(ENGLISH)
LINE = PostedLine(WatchId(1), CreatorId(1), PostId(1), 0, 0, 5, RoomId("r"), ViewerId("7"), "**bob** hi", is_struck=False)


def test_lines_come_in_pages_and_the_last_page_is_where_the_last_line_is() -> None:
    lines = [replace(LINE, number=n) for n in range(26)]
    assert [len(line_list.options(T, lines, page)) for page in (0, 1, 2)] == [25, 1, 0]
    assert [line_list.last_page(lines[:count]) for count in (0, 1, 25, 26)] == [0, 0, 0, 1]


def test_what_was_folded_is_told_apart() -> None:
    lines = [LINE, replace(LINE, number=1), replace(LINE, number=1, source=1)]
    assert [(each.value, each.description) for each in line_list.options(T, lines, 0)] == [
        ("0:0", "Line 1"),
        ("1:0", "Line 2, 1 of 2 that say the same"),
        ("1:1", "Line 2, 2 of 2 that say the same"),
    ]


@pytest.mark.parametrize("text", ["hi *there* [x](y) #1", "a\\b", "https://evil.com", "ends in backslash \\"])
def test_a_label_is_what_a_reader_sees(text: str) -> None:
    line = replace(LINE, text=f"**{safe_name('Bob')}** {escape(text)}")
    assert line_list.options(T, [line], 0)[0].label == f"Bob {text}"


def test_a_label_is_never_empty_and_never_too_long() -> None:
    lines = [replace(LINE, text="", is_struck=True), replace(LINE, text="\u200b"), replace(LINE, text="x" * 2000)]
    labels = [each.label for each in line_list.options(T, [replace(line, number=n) for n, line in enumerate(lines)], 0)]
    assert labels == ["removed", "Line 2", "x" * 99 + "…"]


@pytest.mark.parametrize(
    ("value", "place"), [("3:0", (3, 0)), ("", None), ("3", None), ("-1:0", None), ("3:0:0", None), ("٣:0", None)]
)
def test_only_a_place_is_a_place(value: str, place: tuple[int, int] | None) -> None:
    assert line_list.place_of(value) == place
