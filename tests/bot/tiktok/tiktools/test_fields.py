"""JSON of any shape becomes ours or empty, and nothing raises."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tiktok.tiktools import fields

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("7000000000000000001", "7000000000000000001"),
        (7000000000000000001, "7000000000000000001"),
        (7.0, "7"),
        (True, ""),
        (None, ""),
        ({"id": 1}, ""),
        (math.nan, ""),
        (10**30, ""),
    ],
)
def test_a_text_may_come_as_a_number(value: object, read: str) -> None:
    assert fields.text(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (7, 7),
        ("7", 7),
        (" -7 ", -7),
        (7.9, 7),
        (True, 1),
        ("seven", 0),
        ("9" * 5000, 0),
        ("²", 0),
        ("٧", 0),
        (2**63, 0),
        (-(2**63), 0),
        (math.inf, 0),
        ([7], 0),
    ],
)
def test_a_number_may_come_as_a_text(value: object, read: int) -> None:
    assert fields.number(value) == read


def test_both_spellings_of_a_user_are_one_user() -> None:
    current = fields.user({"id": "9", "uniqueId": "mia", "nickname": "Mia", "profilePictureUrl": "https://a/1", "level": 7})
    documented = fields.user(
        {"userId": 9, "uniqueId": "mia", "nickname": "Mia", "profilePicture": ["https://a/1"], "payGrade": "7"}
    )
    assert current == documented
    assert current is not None
    assert (current.id, current.handle, current.avatar_url, current.gifter_level) == ("9", "mia", "https://a/1", 7)


@pytest.mark.parametrize(
    ("role", "follows", "is_friend"), [(0, False, False), (1, True, False), ("2", True, True), (None, False, False)]
)
def test_what_a_user_is_to_the_creator(role: object, follows: bool, is_friend: bool) -> None:
    user = fields.user({"uniqueId": "mia", "followRole": role})
    assert user is not None
    assert (user.is_follower, user.is_friend) == (follows, is_friend)


def test_badges_tell_levels_and_moderators_whether_they_are_texts_or_objects() -> None:
    user = fields.user({
        "uniqueId": "mia",
        "badges": [
            {"name": "Fan", "url": "https://p16/fans_badge_icon_lv21.png"},
            {"url": "https://p16/grade_badge_icon_lv12.webp"},
            "moderater_badge_icon",
            17,
            None,
        ],
    })  # fmt: skip
    assert user is not None
    assert (user.fan_level, user.gifter_level, user.is_moderator) == (21, 12, True)
    assert len(user.badges) == 5


@pytest.mark.parametrize("nobody", [None, {}, [], "mia", 7, {"followRole": 1}, {"id": 0}])
def test_who_has_neither_id_nor_name_is_nobody(nobody: object) -> None:
    assert fields.user(nobody) is None


@given(ANYTHING)
def test_whatever_comes_every_reader_answers(value: object) -> None:
    assert isinstance(fields.text(value), str)
    assert abs(fields.number(value)) <= fields.MOST_INTEGER
    assert isinstance(fields.picture(value), str)
    fields.flag(value)
    fields.emote(value)
    fields.user(value)
    fields.user({"id": value, "uniqueId": value, "nickname": "n", "badges": [value], "followRole": value, "level": value})


def test_long_texts_and_lists_are_cut() -> None:
    assert len(fields.text("x" * 10**6)) == fields.MOST_TEXT
    assert len(fields.items([0] * 10**5)) == fields.MOST_ITEMS
