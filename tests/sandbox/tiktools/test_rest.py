"""The documented HTTP answers of the stand-in edge."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sandbox.app import Sandbox


async def ask(sandbox: Sandbox, method: str, path: str, *, key: str = "", body: object = None, **query: str) -> tuple[int, Any]:
    headers = {"x-api-key": key} if key else {}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.request(method, f"{sandbox.url}/tiktools{path}", params=query, json=body) as answer,
    ):
        return answer.status, await answer.json()


async def test_a_client_is_told_to_come_to_the_edge(sandbox: Sandbox) -> None:
    status, told = await ask(sandbox, "POST", "/webcast/connection_mode", body={})
    assert (status, told) == (200, {"status_code": 0, "data": {"recommended_mode": "managed"}})


async def test_who_is_live(sandbox: Sandbox) -> None:
    live = sandbox.tiktok.creator("alice").go_live("the sea")
    live.viewers = 7
    sandbox.tiktok.creator("bo")
    _, status = await ask(sandbox, "POST", "/webcast/live_status", body={"unique_id": "@alice"})
    assert status["data"] == {"is_live": True, "room_id": live.id}
    _, status = await ask(sandbox, "POST", "/webcast/live_status", body={"unique_id": "bo"})
    assert status["data"] == {"is_live": False, "room_id": ""}
    for name in ("unique_ids", "usernames"):
        _, bulk = await ask(sandbox, "POST", "/webcast/bulk_live_check", body={name: ["alice", "bo"]})
        assert bulk["data"] == {"alice": True, "bo": False}
    _, alive = await ask(sandbox, "GET", "/webcast/check_alive", room_ids=f"{live.id},1")
    assert alive["data"] == [{"room_id": live.id, "alive": True, "title": "the sea", "userCount": 7}]
    _, by_name = await ask(sandbox, "GET", "/webcast/check_alive", unique_id="alice")
    assert by_name == alive
    _, found = await ask(sandbox, "POST", "/webcast/room_id", body={"unique_id": "alice"})
    assert found["data"] == {"unique_id": "alice", "room_id": live.id, "alive": True, "cached": False}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_rooms_details_and_404_without_one(sandbox: Sandbox, method: str) -> None:
    live = sandbox.tiktok.creator("alice").go_live("the sea")
    asked: dict[str, Any] = {"body": {"unique_id": "alice"}} if method == "POST" else {"unique_id": "alice"}
    status, told = await ask(sandbox, method, "/webcast/room_info", **asked)
    assert (status, told["data"]["room_id"], told["data"]["title"]) == (200, live.id, "the sea")
    live.end()
    status, told = await ask(sandbox, method, "/webcast/room_info", **asked)
    assert (status, told) == (404, {"status_code": -1, "error": "Not found"})


async def test_gifts_and_a_token(sandbox: Sandbox) -> None:
    _, panel = await ask(sandbox, "GET", "/webcast/gift_info")
    assert {"id": 5655, "name": "Rose", "diamond_count": 1} in panel["data"]["gifts"]
    _, token = await ask(sandbox, "POST", "/authentication/jwt", body={"expire_after": 60})
    assert token["data"]["token"].startswith("eyJ")


async def test_a_key_that_is_not_known_is_refused_and_a_broken_body_is_none(sandbox: Sandbox) -> None:
    sandbox.tiktools.keys = {"tk_1"}
    status, told = await ask(sandbox, "GET", "/webcast/gift_info", key="tk_2")
    assert (status, told["status_code"]) == (401, 401)
    status, _ = await ask(sandbox, "GET", "/webcast/gift_info", key="tk_1")
    assert status == 200
    status, told = await ask(sandbox, "POST", "/webcast/live_status", body=[1])
    assert (status, told["data"]["is_live"]) == (200, False)
