"""One request: bounded, and every failure the same error with a sentence that holds no secret."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from bot.tiktok.webcast import fetching
from bot.tiktok.webcast.fetching import Answer, FetchFailed, fetch
from tests.bot.tiktok.webcast.stand_in import StandIn, reply, standing_in


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    async with standing_in() as stand_in:
        yield stand_in


async def get(address: str, *, follow: bool = True, headers: dict[str, str] | None = None) -> Answer:
    async with aiohttp.ClientSession() as http:
        return await fetch(http, address, headers=headers or {}, follow=follow)


async def test_a_status_of_any_kind_is_an_answer(server: StandIn) -> None:
    server.sign = reply("tea", 418, X_Word="yes")
    answer = await get(f"{server.url}/webcast/fetch")
    assert (answer.status, answer.body, answer.headers["x-word"]) == (418, b"tea", "yes")


async def test_a_redirect_is_followed_unless_a_secret_would_go_along(server: StandIn) -> None:
    server.sign, server.alive = reply("", 302, Location="/webcast/room/check_alive/"), reply("there")
    assert (await get(f"{server.url}/webcast/fetch")).body == b"there"
    assert (await get(f"{server.url}/webcast/fetch", follow=False)).status == 302


async def test_an_answer_without_end_is_cut_off(server: StandIn) -> None:
    server.sign = reply(b"x" * (fetching.MOST_BODY_BYTES + 1))
    with pytest.raises(FetchFailed, match="sent more than"):
        await get(f"{server.url}/webcast/fetch")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://127.0.0.1:1/x?secret=1", "127.0.0.1:1 cannot be reached"),
        ("nonsense", "an address without a host"),
        ("http://[::1", "a malformed address"),
        ("", "an address without a host"),
    ],
)
async def test_what_cannot_be_asked_is_told_by_its_host_alone(address: str, sentence: str) -> None:
    with pytest.raises(FetchFailed, match=sentence) as caught:
        await get(address)
    assert "secret" not in str(caught.value)


async def test_a_header_that_cannot_be_sent_is_not_repeated_in_the_error(server: StandIn) -> None:
    with pytest.raises(FetchFailed) as caught:
        await get(f"{server.url}/webcast/fetch", headers={"X-Api-Key": "secret\nsecret"})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "7.5"}, 7.5),
        ({"Retry-After": "99999999"}, fetching.MOST_WAIT_S),
        ({"Retry-After": "Thu, 01 Jan 1970 00:01:00 GMT"}, 60.0),
        ({"retry-after": "3", "ratelimit-reset": "9"}, 3.0),
        ({"X-RateLimit-Reset": "9"}, 9.0),
    ],
)
def test_the_wait_that_an_answer_asks_for(headers: dict[str, str], wait_s: float | None) -> None:
    answer = Answer(429, CIMultiDictProxy(CIMultiDict(headers)), b"")
    assert answer.retry_after_s(now_ms=0) == wait_s
