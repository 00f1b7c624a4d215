"""docs/watchlist.md shows what the detectors do today, and no viewer's text."""

from __future__ import annotations

import pytest

from bot.model.rule import Detector, RuleAction, RuleKind
from docs import generate_watchlist_table as generator

PAGE = generator.DOCUMENT.read_text(encoding="utf-8")


def test_the_table_is_what_the_detectors_and_the_captures_give() -> None:
    assert generator.written(PAGE) == PAGE, "run `python -m docs.generate_watchlist_table`"


def test_the_page_names_every_kind_action_and_detector() -> None:
    for name in (*RuleKind, *RuleAction, *Detector):
        assert f"`{name}`" in PAGE


def test_no_captured_comment_stands_in_it() -> None:
    comments = generator.captured()
    if comments is None:
        pytest.skip("THE PAGE WAS NOT COMPARED WITH REAL COMMENTS: ../shared/data/captures is absent")
    table = PAGE.split(generator.START)[1].split(generator.END)[0]
    assert not [each.number for each in comments if len(each.event.text) > 8 and each.event.text in table]
    assert generator.masked("a `secret`") == "`a …` (10)"
