"""The bulk check over real sockets, and every shape that its answers are known to have."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Mapping

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import SystemClock
from bot.errors import RateLimited, SignRefused, SourceError, Unclear
from bot.events.ids import Handle
from bot.tiktok.tiktools.bulk import BulkCheck, live_in
from sandbox.app import Sandbox
from tests.doubles.clock import FakeClock

KEY = "tk_5ecret0"
ALICE, BOB = Handle("alice"), Handle("bob")


def told(data: object, **rest: object) -> bytes:
    return json.dumps({"status_code": 0, "data": data} | rest).encode()


@pytest.mark.parametrize(
    "data",
    [
        {"alice": True, "bob": False},
        {"alice": {"is_live": True}, "bob": {"is_live": False}},
        [{"unique_id": "alice", "alive": True, "room_id": "1"}, {"unique_id": "bob", "alive": False}],
        [{"unique_id": "@Alice", "alive_status": "live"}, {"unique_id": "bob", "alive_status": "unknown", "alive": True}],
        [{"unique_id": "alice", "live_status": "LIVE"}, {"unique_id": "bob", "alive": None, "check_failed": True}],
        [{"unique_id": "alice", "is_live": True}, {"unique_id": "bob", "is_live": True, "check_failed": True}],
        [{"unique_id": "alice", "alive": True}, {"unique_id": 7, "alive": True}, "bob", None],
        {"alice": True, "bob": "true"},
    ],
)
def test_every_known_shape_says_the_same(data: object) -> None:
    assert live_in(told(data)) == {ALICE}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", told("?"), told({"alice": True}, status_code=-1), b"[" * 9_999])
def test_what_is_no_answer_is_unclear(body: bytes) -> None:
    with pytest.raises(Unclear):
        live_in(body)


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_whatever_the_edge_sends_is_names_or_unclear(data: object) -> None:
    with contextlib.suppress(Unclear):
        assert all(isinstance(each, str) for each in live_in(told(data)))


async def test_the_sandbox_is_asked_with_the_key_in_a_header() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http:
        sandbox.tiktools.keys = {KEY}
        sandbox.tiktok.creator("alice").go_live()
        sandbox.tiktok.creator("bob")
        check = BulkCheck(http, base=f"{sandbox.url}/tiktools", api_key=KEY, clock=SystemClock())
        assert await check.live_among([ALICE, BOB, Handle("nobody")]) == {ALICE}
        wrong = BulkCheck(http, base=f"{sandbox.url}/tiktools", api_key="tk_wrong", clock=SystemClock())
        with pytest.raises(SignRefused, match=r"set tiktok\.tiktools_api_key") as caught:
            await wrong.live_among([ALICE])
        assert (caught.value.retry_after_s or 0) >= 3600
        assert sandbox.tiktools.connects.total() == 0, "no stream is opened for it"


async def test_what_was_answered_is_worth_something_for_half_an_hour() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http:
        sandbox.tiktok.creator("alice").go_live()
        clock = FakeClock()
        check = BulkCheck(http, base=f"{sandbox.url}/tiktools", api_key=KEY, clock=clock)
        assert check.may_be_live(BOB), "nobody asked"
        await check.live_among([ALICE, BOB])
        assert [check.may_be_live(each) for each in (ALICE, BOB, Handle("carol"))] == [True, False, True]
        await clock.advance(1_799)
        assert not check.may_be_live(BOB)
        await clock.advance(1)
        assert check.may_be_live(BOB)
        await check.live_among([ALICE])
        assert len(check._said) == 1, "what is worth nothing any more is forgotten"


@contextlib.asynccontextmanager
async def answering(status: int, headers: Mapping[str, str] | None = None) -> AsyncIterator[BulkCheck]:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers, text=KEY)

    app = web.Application()
    app.router.add_post("/webcast/bulk_live_check", answer)
    async with TestServer(app, host="127.0.0.1") as server, aiohttp.ClientSession() as http:
        yield BulkCheck(http, base=str(server.make_url("/")), api_key=KEY, clock=SystemClock())


@pytest.mark.parametrize(
    ("status", "headers", "kind", "wait_s"),
    [
        (429, {"Retry-After": "40"}, RateLimited, 40),
        (429, {"X-RateLimit-Reset": "90"}, RateLimited, 90),
        (429, {}, RateLimited, 60),
        (403, {}, SignRefused, 3600),
        (500, {}, Unclear, None),
        (307, {"Location": "http://127.0.0.1:1/"}, Unclear, None),
    ],
)
async def test_a_refusal_says_how_long_to_wait_and_not_the_key(
    status: int, headers: dict[str, str], kind: type[SourceError], wait_s: float | None
) -> None:
    async with answering(status, headers) as check:
        with pytest.raises(SourceError) as caught:
            await check.live_among([ALICE])
    assert type(caught.value) is kind
    assert caught.value.retry_after_s == wait_s
    assert f"HTTP {status}" in caught.value.reason, "nobody else is shown the key"
    assert KEY not in caught.value.reason


async def test_an_edge_that_is_not_there_is_unclear_and_too_many_are_our_mistake() -> None:
    async with aiohttp.ClientSession() as http:
        check = BulkCheck(http, base="http://127.0.0.1:1", api_key=KEY, clock=SystemClock())
        with pytest.raises(Unclear, match="TikTools cannot be asked"):
            await check.live_among([ALICE])
        with pytest.raises(ValueError, match="too many"):
            await check.live_among([Handle(str(number)) for number in range(51)])
