"""One creator's room by TikTools' word, over real sockets, and whatever its answer may look like."""

from __future__ import annotations

import contextlib
import json

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import SystemClock
from bot.errors import CreatorOffline, RateLimited, SignRefused, Unclear
from bot.events.ids import Handle
from bot.tiktok.tiktools.finder import EdgeFinder, room_in
from sandbox.app import Sandbox

KEY = "tk_5ecret0"
ALICE = Handle("alice")


def told(**data: object) -> bytes:
    return json.dumps({"status_code": 0, "data": data}).encode()


@pytest.mark.parametrize("room_id", ["7648123456789012345", 7648123456789012345])
def test_a_live_creator_has_a_room(room_id: object) -> None:
    room = room_in(told(is_live=True, room_id=room_id), ALICE)
    assert (room.room_id, room.handle) == ("7648123456789012345", "alice")


def test_not_live_is_an_answer_and_says_whose_it_is() -> None:
    with pytest.raises(CreatorOffline, match="says TikTools"):
        room_in(told(is_live=False, room_id="764"), ALICE)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"status_code": 0, "data": []}',
        b'{"status_code": -1, "data": {"is_live": false}}',
        told(),
        told(is_live="false"),
        told(is_live=True, room_id=""),
        told(is_live=True, room_id="0"),
        told(is_live=True, room_id=True),
        told(is_live=True, room_id="../7"),
        told(is_live=True, room_id="٧"),
        b"[" * 9_999,
    ],
)
def test_what_is_no_answer_is_unclear(body: bytes) -> None:
    with pytest.raises(Unclear):
        room_in(body, ALICE)


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers(), lambda each: st.dictionaries(st.text(), each)))
def test_whatever_the_edge_sends_is_a_room_or_an_error_of_ours(data: object) -> None:
    with contextlib.suppress(Unclear, CreatorOffline):
        room_in(json.dumps({"status_code": 0, "data": data}).encode(), ALICE)


@pytest.mark.parametrize("scheme", ["http", "ws"])
@pytest.mark.parametrize("key", ["", KEY])
async def test_the_sandbox_tells_the_room_with_and_without_a_key_and_opens_no_stream(scheme: str, key: str) -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http:
        sandbox.tiktools.keys = {KEY}
        room = sandbox.tiktok.creator("alice").go_live()
        base = f"{sandbox.url}/tiktools".replace("http", scheme, 1)
        finder = EdgeFinder(http, base=base, api_key=key, clock=SystemClock())
        assert (await finder.find(ALICE)).room_id == room.id
        room.end()
        with pytest.raises(CreatorOffline):
            await finder.find(ALICE)
        assert sandbox.tiktools.connects.total() == 0


async def test_a_refusal_says_what_to_do_and_never_the_key() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http:
        finder = EdgeFinder(http, base=f"{sandbox.url}/tiktools", api_key=KEY, clock=SystemClock())
        sandbox.tiktools.fail(429, 401, 503)
        with pytest.raises(RateLimited, match="tiktools_look_ups_per_day") as limited:
            await finder.find(ALICE)
        assert (limited.value.retry_after_s or 0) > 0
        with pytest.raises(SignRefused, match="refuses look-ups with this key") as refused:
            await finder.find(ALICE)
        with pytest.raises(Unclear, match="HTTP 503"):
            await finder.find(ALICE)
        assert KEY not in limited.value.reason + refused.value.reason


async def test_an_edge_that_is_away_is_unclear() -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(Unclear, match="TikTools cannot be asked"):
            await EdgeFinder(http, base="http://127.0.0.1:1", api_key="", clock=SystemClock()).find(ALICE)
