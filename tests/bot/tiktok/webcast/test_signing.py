"""The sign server: what it is asked, what its answers mean, and that the key stays secret."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from email.utils import formatdate

import aiohttp
import pytest

from bot.errors import ConnectionRefused
from bot.events.ids import RoomId
from bot.tiktok.webcast.pb import webcast_pb2 as pb
from bot.tiktok.webcast.signing import Signed, Signer, cookies
from tests.bot.tiktok.webcast.stand_in import Reply, StandIn, reply, standing_in
from tests.bot.tiktok.webcast.wire_builders import chat

ROOM = RoomId("7286185141754546949")
KEY = "euler_secret_key"
NOW_S = 1_800_000_000


class StoppedClock:
    """Wall time stands at `NOW_S`."""

    def now_ms(self) -> int:
        return NOW_S * 1000

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits here")


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    async with standing_in() as stand_in:
        stand_in.sign = stand_in.signed()
        yield stand_in


async def sign(server: StandIn, *, key: str = KEY) -> Signed:
    async with aiohttp.ClientSession() as http:
        return await Signer(http, clock=StoppedClock(), sign_base=server.url, api_key=key, user_agent="Mozilla/5.0 (X)").sign(
            ROOM
        )


async def refused(server: StandIn, answer: Reply) -> ConnectionRefused:
    server.sign = answer
    with pytest.raises(ConnectionRefused) as caught:
        await sign(server)
    assert KEY not in caught.value.reason
    assert caught.value.reason.startswith("the sign server")
    return caught.value


async def test_it_asks_for_the_room_with_the_key_in_a_header_only(server: StandIn) -> None:
    await sign(server)
    (request,) = server.requests
    assert (request.path, request.query["room_id"], request.query["user_agent"]) == ("/webcast/fetch", ROOM, "Mozilla/5.0 (X)")
    assert request.headers["X-Api-Key"] == KEY
    assert KEY not in str(request.rel_url)


async def test_without_a_key_it_asks_anonymously(server: StandIn) -> None:
    await sign(server, key="")
    assert "X-Api-Key" not in server.requests[0].headers


async def test_the_signed_answer_becomes_an_address_a_cookie_and_a_backlog(server: StandIn) -> None:
    server.sign = server.signed(chat("earlier"))
    signed = await sign(server)
    assert signed.cookie == "tt-target-idc=useast1a; ttwid=tt1"
    assert [each.method for each in signed.backlog.messages] == ["WebcastChatMessage"]
    address, _, query = signed.address.partition("?")
    assert address == server.url.replace("http", "ws", 1) + "/webcast/im/push/"
    assert "imprp=a%20b%26c&" in query
    assert "empty=" not in query
    assert f"room_id={ROOM}&" in query
    assert "cursor=c1&internal_ext=ie" in query
    assert query.endswith("&version_code=270000")


async def test_the_room_that_the_signer_used_is_adopted(server: StandIn) -> None:
    server.sign = server.signed(X_Room_Id="99")
    signed = await sign(server)
    assert signed.room_id == "99"
    assert "room_id=99&" in signed.address


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "does not know this API key"),
        (402, "wants a paid plan"),
        (403, "does not allow this"),
        (404, "does not find the room"),
        (429, "allows no more connects"),
        (500, "has trouble of its own"),
        (503, "has trouble of its own"),
        (525, "has trouble of its own"),
        (302, "answered what we do not understand"),
    ],
)
async def test_each_refusal_is_told_apart(server: StandIn, status: int, sentence: str) -> None:
    error = await refused(server, reply("", status=status, Location="/elsewhere"))
    assert sentence in error.reason
    assert f"HTTP {status}" in error.reason
    assert len(server.requests) == 1  # a redirect would carry the key elsewhere


async def test_a_refusal_repeats_the_servers_words_but_not_the_key(server: StandIn) -> None:
    body = json.dumps({"message": f"key {KEY}\nis over", "limit_label": "rate_limit_account_day"})
    error = await refused(server, reply(body, status=429))
    assert "key … is over rate_limit_account_day" in error.reason


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry_After": "12"}, 12.0),
        ({"Retry_After": formatdate(NOW_S + 30, usegmt=True)}, 30.0),
        ({"Retry_After": "12", "RateLimit_Reset": str(NOW_S + 99)}, 12.0),
        ({"RateLimit_Reset": str(NOW_S + 99)}, 99.0),
        ({"RateLimit_Reset": "45"}, 45.0),
        ({"X_RateLimit_Reset": str(NOW_S - 5)}, 0.0),
        ({"Retry_After": "soon"}, 60.0),
        ({"Retry_After": "-3"}, 60.0),
        ({"Retry_After": "nan"}, 60.0),
        ({"Retry_After": "inf"}, 24 * 3600.0),
        ({}, 60.0),
    ],
)
async def test_the_wait_after_too_many_requests(server: StandIn, headers: dict[str, str], wait_s: float) -> None:
    assert (await refused(server, reply("", status=429, **headers))).retry_after_s == wait_s


async def test_other_refusals_wait_only_when_told(server: StandIn) -> None:
    assert (await refused(server, reply("", status=401))).retry_after_s is None
    assert (await refused(server, reply("", status=503, Retry_After="5"))).retry_after_s == 5.0


async def test_an_answer_that_tiktok_refused_is_told_apart(server: StandIn) -> None:
    assert "empty answer" in (await refused(server, reply(b""))).reason
    assert "brought no cookie" in (await refused(server, server.signed(X_Set_TT_Cookie=""))).reason
    assert "not answer with a signed fetch" in (await refused(server, reply("<html>"))).reason
    assert "names no push socket" in (await refused(server, reply(pb.FetchResult(cursor="c").SerializeToString()))).reason


async def test_a_push_server_must_be_a_websocket(server: StandIn) -> None:
    result = pb.FetchResult(cursor="c", push_server="http://evil/", route_params={"a": "b"})
    assert "names no push socket" in (await refused(server, reply(result.SerializeToString(), X_Set_TT_Cookie="ttwid=1"))).reason


async def test_a_sign_server_that_cannot_be_reached_is_a_refusal() -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(ConnectionRefused, match=r"the sign server cannot be used: 127\.0\.0\.1:1 cannot be reached"):
            await Signer(http, clock=StoppedClock(), sign_base="http://127.0.0.1:1", api_key=KEY).sign(ROOM)


@pytest.mark.parametrize(
    ("texts", "cookie"),
    [
        (["ttwid=1%7Cab; Path=/; Domain=.tiktok.com; Max-Age=31536000; HttpOnly; Secure"], "ttwid=1%7Cab"),
        (["ttwid=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT, msToken=2; Path=/"], "ttwid=1; msToken=2"),
        (["ttwid=1; path=/", "odin_tt=3; SameSite=None"], "ttwid=1; odin_tt=3"),
        (["ttwid="], ""),
        (["gibberish"], ""),
        ([], ""),
    ],
)
def test_cookies_lose_their_attributes(texts: list[str], cookie: str) -> None:
    assert cookies(texts) == cookie
