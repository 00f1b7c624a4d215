"""The sign server: raw protobuf, a cookie, and every way it fails."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from sandbox.app import Sandbox
from sandbox.tiktok.pb import webcast_pb2 as pb
from sandbox.tiktok.server import TikTok
from sandbox.tiktok.signing import SIGN_URL_PATHS
from tests.sandbox.tiktok.watcher import get, sign


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/webcast/fetch", {"room_id": "{room}"}),
        ("/webcast/fetch/", {"unique_id": "alice"}),
        ("/webcast/rooms/{room}/connect", {}),
        ("/webcast/anchors/alice/connect", {}),
    ],
)
async def test_a_signed_fetch_says_where_to_connect(sandbox: Sandbox, tiktok: TikTok, path: str, query: dict[str, str]) -> None:
    room = tiktok.creator("alice").go_live()
    asked = {name: value.format(room=room.id) for name, value in query.items()}
    status, headers, body = await get(sandbox, path.format(room=room.id), **asked)
    signed = pb.FetchResult.FromString(body)
    assert status == 200
    assert headers["X-Room-Id"] == room.id
    assert headers["X-Set-TT-Cookie"].startswith("ttwid=1%7C")
    assert signed.push_server == f"ws://127.0.0.1:{sandbox.port}/webcast/im/push/"
    assert signed.is_first
    assert signed.cursor == signed.route_params["cursor"]
    assert signed.internal_ext.decode() == signed.route_params["internal_ext"]
    assert set("+/= ") <= set("".join(signed.route_params.values())), "a client that escapes nothing would go unnoticed"


async def test_two_fetches_are_two_tickets(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    (first, cookie), (second, other_cookie) = await sign(sandbox, room), await sign(sandbox, room)
    assert first.route_params["wrss"] != second.route_params["wrss"]
    assert cookie != other_cookie


@pytest.mark.parametrize("status", [401, 402, 403, 404, 429, 500, 503, 504, 525])
async def test_every_failure_is_json_with_its_code(sandbox: Sandbox, tiktok: TikTok, status: int) -> None:
    room = tiktok.creator("alice").go_live()
    tiktok.faults.sign = status
    got, headers, body = await get(sandbox, "/webcast/fetch", room_id=room.id)
    assert got == status
    assert json.loads(body)["code"] == status
    assert ("Retry-After" in headers) is (status == 429)


async def test_a_rate_limit_says_when_it_ends(sandbox: Sandbox, tiktok: TikTok) -> None:
    tiktok.faults.sign, tiktok.faults.retry_after_s = 429, 12
    _, headers, body = await get(sandbox, "/webcast/fetch", room_id="1")
    now_s = tiktok.clock.now_ms() // 1000
    assert headers["Retry-After"] == "12"
    assert 0 <= int(headers["RateLimit-Reset"]) - now_s <= 12
    assert json.loads(body)["limit_label"] == "rate_limit_account_minute"


@pytest.mark.parametrize("fault", ["empty", "no_cookie", "no_push_server", "not_protobuf"])
async def test_an_answer_can_be_200_and_worthless(sandbox: Sandbox, tiktok: TikTok, fault: str) -> None:
    room = tiktok.creator("alice").go_live()
    tiktok.faults.once("sign", fault)
    status, headers, body = await get(sandbox, "/webcast/fetch", room_id=room.id)
    assert status == 200
    worthless = {
        "empty": body == b"",
        "no_cookie": "X-Set-TT-Cookie" not in headers,
        "no_push_server": b"/webcast/im/push/" not in body,
        "not_protobuf": body.startswith(b"<!doctype"),
    }
    assert worthless[fault]
    assert (await sign(sandbox, room))[0].push_server


async def test_a_wrong_key_is_refused_and_a_right_one_served(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    tiktok.limits.sign_keys = frozenset({"good"})
    assert (await get(sandbox, "/webcast/fetch", room_id=room.id))[0] == 401
    assert (await get(sandbox, "/webcast/fetch", room_id=room.id, apiKey="bad"))[0] == 401
    assert (await get(sandbox, "/webcast/fetch", room_id=room.id, apiKey="good"))[0] == 200


async def test_rooms_that_are_unknown_or_over_cannot_be_signed(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    room.end()
    assert (await get(sandbox, "/webcast/fetch", room_id="5"))[0] == 404
    assert (await get(sandbox, "/webcast/fetch", room_id=room.id))[0] == 500
    assert (await get(sandbox, "/webcast/fetch"))[0] == 400


@pytest.mark.parametrize("path", SIGN_URL_PATHS)
async def test_any_address_can_be_signed(sandbox: Sandbox, tiktok: TikTok, path: str) -> None:
    url = "https://www.tiktok.com/api/live/detail/?roomID=7"
    status, told = await signed_url(sandbox, path, {"url": url, "userAgent": "Mozilla/5.0 (X)", "ttwid": "1%7Ctt"})
    response = told["response"]
    assert (status, told["code"]) == (200, 200)
    assert response["signedUrl"].startswith(f"{url}&")
    query = parse_qs(urlsplit(response["signedUrl"]).query)
    assert {name: query[name] for name in response["tokens"]} == {name: [each] for name, each in response["tokens"].items()}
    assert set(response["tokens"]) == {"X-Bogus", "X-Gnarly", "msToken"}
    assert response["userAgent"] == response["requestHeaders"]["User-Agent"] == "Mozilla/5.0 (X)"
    assert "ttwid=1%7Ctt" in response["cookies"]
    assert tiktok.asked["sign_url"] == 1


async def test_signing_an_address_fails_as_documented(sandbox: Sandbox, tiktok: TikTok) -> None:
    url = {"url": "https://www.tiktok.com/"}
    tiktok.faults.once("sign_url", 429, "no_plan", None)
    assert [await codes(sandbox, url) for _ in range(2)] == [(429, 429), (200, 403)]
    assert await codes(sandbox, {"url": "file:///etc/passwd"}) == (400, 400)
    tiktok.limits.sign_keys = frozenset({"k"})
    assert await codes(sandbox, url) == (401, 401)


async def codes(sandbox: Sandbox, body: dict[str, str]) -> tuple[int, int]:
    """HTTP status, and the code in the body."""
    status, told = await signed_url(sandbox, SIGN_URL_PATHS[0], body)
    return status, told["code"]


async def signed_url(sandbox: Sandbox, path: str, body: dict[str, str]) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as http, http.post(sandbox.url + path, json=body) as answer:
        return answer.status, await answer.json()
