"""A guild's own templates: what is taken, what is refused, and that they cannot be forged from outside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.model.watch import EventKind
from bot.relay.templates import MOST_TEMPLATE_CHARS, PLACEHOLDERS, fill, parse


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        (EventKind.GIFT, "{nmae} gave", "Did you mean `{name}`"),
        (EventKind.FOLLOW, "{text}", "no such placeholder"),
        (EventKind.CHAT, "{name} says something", "must hold `{text}`"),
        (EventKind.CHAT, "{text} {", "brace stands alone"),
        (EventKind.CHAT, "{text} {a b}", "brace stands alone"),
        (EventKind.CHAT, "{text}" + "x" * MOST_TEMPLATE_CHARS, "has at most"),
        (EventKind.DELETION, "x", "has no template"),
    ],
)
def test_a_template_that_cannot_work_is_refused_with_the_next_step(kind: EventKind, text: str, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse(kind, text)
    assert sentence in str(refused.value)


def test_a_template_is_one_line_and_an_empty_one_takes_it_away() -> None:
    assert parse(EventKind.FOLLOW, "new:\n{name}") == "new: {name}"
    assert parse(EventKind.FOLLOW, "  ") == ""


@given(st.dictionaries(st.sampled_from(PLACEHOLDERS[EventKind.CHAT]), st.text(max_size=20)))
def test_what_is_filled_in_is_never_filled_in_again(values: dict[str, str]) -> None:
    assert fill("{text}|{name}", values) == f"{values.get('text', '')}|{values.get('name', '')}"
