"""Which message bodies Discord refuses, and what it says of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.discord import validate
from sandbox.discord.errors import invalid_form

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("content", "nonce", "embeds", "allowed_mentions", "flags", "attachments")


def _faults(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(".".join(map(str, path)), code) for path, code, _ in validate.message(body)]


def test_two_thousand_code_points_are_enough_and_one_more_is_too_many() -> None:
    assert _faults({"content": "😀" * 2000}) == []
    assert _faults({"content": "😀" * 2001}) == [("content", "BASE_TYPE_MAX_LENGTH")]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"content": 5}, ("content", "STRING_TYPE_CONVERT")),
        ({"nonce": "n" * 26}, ("nonce", "NONCE_TYPE_TOO_LONG")),
        ({"embeds": [{}] * 11}, ("embeds", "BASE_TYPE_BAD_LENGTH")),
        ({"embeds": [{}, {"title": "t" * 257}]}, ("embeds.1.title", "BASE_TYPE_MAX_LENGTH")),
        ({"embeds": [{"description": "d" * 4096}, {"description": "d" * 1905}]}, ("embeds", "MAX_EMBED_SIZE_EXCEEDED")),
        ({"embeds": [{"fields": [{"name": "n"}]}]}, ("embeds.0.fields.0.value", "BASE_TYPE_REQUIRED")),
        ({"embeds": [{"image": {"url": "javascript:1"}}]}, ("embeds.0.image.url", "URL_TYPE_INVALID_SCHEME")),
        ({"allowed_mentions": {"parse": ["all"]}}, ("allowed_mentions.parse.0", "BASE_TYPE_CHOICES")),
        (
            {"allowed_mentions": {"parse": ["users"], "users": ["1"]}},
            ("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"),
        ),
        ({"flags": "4"}, ("flags", "NUMBER_TYPE_COERCE")),
    ],
)
def test_the_fault_names_the_field(body: dict[str, Any], fault: tuple[str, str]) -> None:
    assert _faults(body) == [fault]


@pytest.mark.parametrize(("body", "is_empty"), [({}, True), ({"content": " \n"}, True), ({"embeds": [{}]}, False)])
def test_what_shows_nothing_is_empty(body: dict[str, Any], is_empty: bool) -> None:
    assert validate.is_empty(body) is is_empty


def test_an_autocompletion_has_at_most_25_choices() -> None:
    choices = [{"name": "n", "value": "v"}] * 26
    assert [path for path, _, _ in validate.choices({"choices": choices})] == [("data", "choices")]
    assert list(validate.choices({"choices": choices[:25]})) == []


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_body_gets_an_answer_and_never_an_exception(body: dict[str, Any]) -> None:
    assert invalid_form(validate.message(body)).code == 50035
    assert validate.is_empty(body) in (True, False)


@given(
    st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(("title", "fields", "footer", "author", "image", "color"), JSON)))
)
def test_any_embed_gets_an_answer(embeds: list[dict[str, Any]]) -> None:
    assert invalid_form(validate.message({"embeds": embeds})).status == 400
