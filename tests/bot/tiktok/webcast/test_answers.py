"""Reading TikTok's page and JSON: nothing that they send may raise anything but our three answers."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import CreatorNotFound, SourceError, Unclear
from bot.events.ids import Handle, RoomId
from bot.tiktok.webcast import answers

ALICE = Handle("alice")

names = st.sampled_from(["data", "user", "liveRoom", "roomId", "status", "statusCode", "message", "LiveRoom", "liveRoomUserInfo"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


def test_a_page_of_a_million_open_tags_is_searched_in_no_time() -> None:
    with pytest.raises(Unclear):
        answers.room_of_page(b"<script" * 150_000, ALICE)


def test_a_page_may_order_the_tags_attributes_as_it_likes() -> None:
    state = {"LiveRoom": {"liveRoomUserInfo": {"user": {"roomId": "5", "status": 2}}}}
    page = f'<script nonce="x" type="application/json" id="SIGI_STATE">{json.dumps(state)}</script>'.encode()
    assert answers.room_of_page(page, ALICE).room_id == "5"


def test_no_such_user_needs_tiktoks_own_word() -> None:
    with pytest.raises(CreatorNotFound):
        answers.room_of_api(b'{"statusCode": 19881007}', ALICE)
    with pytest.raises(Unclear, match=r"something else \(code 19881008\)"):
        answers.room_of_api(b'{"statusCode": 19881008, "message": "something else"}', ALICE)


@given(answer=st.dictionaries(names, json_values, max_size=5))
def test_json_of_any_shape_is_a_room_or_one_of_our_answers(answer: dict[str, object]) -> None:
    body = json.dumps(answer).encode()
    page = b'<script id="SIGI_STATE">' + body + b"</script>"
    with contextlib.suppress(SourceError):
        answers.room_of_api(body, ALICE)
    with contextlib.suppress(SourceError):
        answers.room_of_page(page, ALICE)
    with contextlib.suppress(SourceError):
        answers.alive(body, [RoomId("5")])


@given(body=st.binary(max_size=200))
def test_bytes_of_any_kind_are_unclear(body: bytes) -> None:
    with pytest.raises(Unclear):
        answers.room_of_page(body, ALICE)
