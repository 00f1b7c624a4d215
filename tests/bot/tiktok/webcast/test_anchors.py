"""One creator's room by the sign server's word, over real sockets."""

from __future__ import annotations

import json

import aiohttp
import pytest

from bot.clock import SystemClock
from bot.errors import CreatorOffline, RateLimited, SignRefused, Unclear
from bot.events.ids import Handle
from bot.tiktok.webcast.anchors import SignFinder, room_in
from sandbox.app import Sandbox

KEY = "euler_5ecret0"
ALICE = Handle("alice")


async def test_the_sandbox_tells_the_room_to_a_key() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http:
        sandbox.tiktok.limits.sign_keys = frozenset({KEY})
        room = sandbox.tiktok.creator("alice").go_live()
        finder = SignFinder(http, sign_base=sandbox.url, api_key=KEY, clock=SystemClock())
        assert (await finder.find(ALICE)).room_id == room.id
        room.end()
        with pytest.raises(CreatorOffline, match="says the sign server"):
            await finder.find(ALICE)


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (401, SignRefused, r"set tiktok\.sign_api_key"),
        ("no_plan", SignRefused, "API key or plan"),
        (429, RateLimited, "allows no more"),
        (404, Unclear, "HTTP 404"),
        (503, Unclear, "HTTP 503"),
    ],
)
async def test_a_refusal_is_told_by_its_kind(fault: str | int, kind: type[Exception], words: str) -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http:
        sandbox.tiktok.faults.anchor = fault
        with pytest.raises(kind, match=words) as caught:
            await SignFinder(http, sign_base=sandbox.url, api_key=KEY, clock=SystemClock()).find(ALICE)
        assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"is_live": True},
        {"is_live": True, "room_id": "0"},
        {"is_live": True, "room_id": "x"},
        {"is_live": None, "room_id": "7"},
    ],
)
def test_what_is_no_answer_is_unclear(told: object) -> None:
    with pytest.raises(Unclear):
        room_in(json.dumps(told).encode(), ALICE)
    with pytest.raises(Unclear):
        room_in(b"<html>", ALICE)


async def test_a_sign_server_that_is_away_is_unclear() -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(Unclear, match="cannot be asked"):
            await SignFinder(http, sign_base="http://127.0.0.1:1", api_key=KEY, clock=SystemClock()).find(ALICE)
