"""What a browser is told by TikTok's pages and API, and how they fail."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from sandbox.app import Sandbox
from sandbox.tiktok.server import TikTok
from tests.sandbox.tiktok.watcher import BOB, get

SIGI = re.compile(rb'<script id="SIGI_STATE" type="application/json">(.*?)</script>', re.DOTALL)


async def sigi(sandbox: Sandbox, handle: str) -> Any:
    """The state inside a live page; None when the page has none."""
    status, _, body = await get(sandbox, f"/@{handle}/live")
    assert status == 200
    found = SIGI.search(body)
    return json.loads(found[1]) if found else None


async def api(sandbox: Sandbox, path: str, **query: str) -> Any:
    status, _, body = await get(sandbox, path, aid="1988", **query)
    assert status == 200
    return json.loads(body)


async def test_the_live_page_shows_who_is_live_and_where(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("Alice", nickname="Alice </script><b>").go_live("a </script> title")
    page = (await sigi(sandbox, "ALICE"))["LiveRoom"]["liveRoomUserInfo"]
    assert page["user"]["uniqueId"] == "alice"
    assert page["user"]["nickname"] == "Alice </script><b>"
    assert (page["user"]["roomId"], page["user"]["status"]) == (room.id, 2)
    assert page["liveRoom"]["title"] == "a </script> title"
    assert page["liveRoom"]["startTime"] == room.started_at_ms // 1000


async def test_an_offline_creator_still_shows_their_last_room(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    room.end()
    page = (await sigi(sandbox, "alice"))["LiveRoom"]["liveRoomUserInfo"]
    assert (page["user"]["roomId"], page["user"]["status"], page["liveRoom"]["status"]) == (room.id, 4, 4)


async def test_a_paused_live_says_so(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    room.pause()
    assert (await api(sandbox, "/api-live/user/room/", uniqueId="alice"))["data"]["liveRoom"]["status"] == 3


async def test_somebody_unknown_has_a_page_without_a_live_room_and_is_not_found_by_the_api(sandbox: Sandbox) -> None:
    assert "LiveRoom" not in await sigi(sandbox, "nobody")
    answer = await api(sandbox, "/api-live/user/room/", uniqueId="nobody")
    assert (answer["statusCode"], answer["message"]) == (19881007, "user_not_found")


async def test_a_creator_who_was_never_live_has_no_room(sandbox: Sandbox, tiktok: TikTok) -> None:
    tiktok.creator("carol")
    answer = await api(sandbox, "/api-live/user/room", uniqueId="carol")
    assert answer["data"]["user"]["roomId"] == ""
    assert answer["data"]["liveRoom"]["status"] == 4


async def test_check_alive_answers_in_the_order_asked_and_leaves_out_the_unknown(sandbox: Sandbox, tiktok: TikTok) -> None:
    gone, here = tiktok.creator("alice").go_live(), tiktok.creator("bob").go_live()
    gone.end()
    answer = await api(sandbox, "/webcast/room/check_alive/", room_ids=f"{here.id},5,{gone.id}")
    assert [(row["room_id_str"], row["alive"]) for row in answer["data"]] == [(here.id, True), (gone.id, False)]


async def test_room_info_knows_the_battle_that_is_running(sandbox: Sandbox, tiktok: TikTok) -> None:
    alice, bob = tiktok.creator("alice"), tiktok.creator("bob")
    room = alice.go_live("hello")
    battle = room.battle_start(bob, 60)
    room.battle_score(own_fans=[(BOB, 12)])
    for query in ({"room_id": room.id}, {"unique_id": "alice"}):
        path = "/webcast/room/info/" if "room_id" in query else "/webcast/room/info_by_user/"
        info = (await api(sandbox, path, **query))["data"]
        assert (info["id_str"], info["owner"]["display_id"], info["title"]) == (room.id, "alice", "hello")
        assert info["link_mic"]["battle_settings"]["battle_id"] == int(battle.id)
        assert [row["score"] for row in info["link_mic"]["battle_scores"]] == [12, 0]


async def test_the_gift_list_prices_a_rose(sandbox: Sandbox) -> None:
    gifts = (await api(sandbox, "/webcast/gift/list/", room_id="1"))["data"]["gifts"]
    rose = next(gift for gift in gifts if gift["name"] == "Rose")
    assert (rose["id"], rose["diamond_count"], rose["type"], rose["combo"]) == (5655, 1, 1, True)


@pytest.mark.parametrize("path", ["/@alice/live", "/api-live/user/room/", "/webcast/room/check_alive/", "/webcast/gift/list/"])
async def test_only_browsers_are_served(sandbox: Sandbox, path: str) -> None:
    assert (await get(sandbox, path, agent="python-requests/2.32", aid="1988"))[0] == 403


async def test_the_api_wants_its_parameters(sandbox: Sandbox) -> None:
    _, _, body = await get(sandbox, "/webcast/room/check_alive/", room_ids="1")
    assert json.loads(body)["status_code"] == 10011
    _, _, body = await get(sandbox, "/api-live/user/room/", uniqueId="alice")
    assert json.loads(body)["message"] == "params_error"


async def test_a_live_page_can_be_a_captcha_or_lack_its_room(sandbox: Sandbox, tiktok: TikTok) -> None:
    tiktok.creator("alice").go_live()
    tiktok.faults.page = "captcha"
    assert await sigi(sandbox, "alice") is None
    tiktok.faults.page = "no_live_room"
    assert "LiveRoom" not in await sigi(sandbox, "alice")
    tiktok.faults.page = None
    assert "LiveRoom" in await sigi(sandbox, "alice")


@pytest.mark.parametrize(
    ("fault", "path"),
    [
        ("page", "/@alice/live"),
        ("api", "/api-live/user/room/"),
        ("check_alive", "/webcast/room/check_alive/"),
        ("room_info", "/webcast/room/info/"),
        ("gift_list", "/webcast/gift/list/"),
    ],
)
async def test_every_address_can_block_once_and_say_for_how_long(sandbox: Sandbox, tiktok: TikTok, fault: str, path: str) -> None:
    tiktok.faults.retry_after_s = 7
    tiktok.faults.once(fault, 429, 403)
    status, headers, _ = await get(sandbox, path, aid="1988")
    assert (status, headers["Retry-After"]) == (429, "7")
    assert (await get(sandbox, path, aid="1988"))[0] == 403
    assert (await get(sandbox, path, aid="1988"))[0] == 200


async def test_the_api_can_deny_a_user_and_answer_with_a_page(sandbox: Sandbox, tiktok: TikTok) -> None:
    tiktok.creator("alice").go_live()
    tiktok.faults.once("api", "user_not_found", "params_error", "captcha")
    assert (await api(sandbox, "/api-live/user/room/", uniqueId="alice"))["message"] == "user_not_found"
    assert (await api(sandbox, "/api-live/user/room/", uniqueId="alice"))["message"] == "params_error"
    _, headers, _ = await get(sandbox, "/api-live/user/room/", uniqueId="alice", aid="1988")
    assert headers["Content-Type"].startswith("text/html")


async def test_room_info_can_be_for_adults_only(sandbox: Sandbox, tiktok: TikTok) -> None:
    room = tiktok.creator("alice").go_live()
    tiktok.faults.once("room_info", "age_restricted", "login")
    assert (await api(sandbox, "/webcast/room/info/", room_id=room.id))["status_code"] == 4003110
    assert (await api(sandbox, "/webcast/room/info/", room_id=room.id))["status_code"] == 20003


def test_a_fault_that_does_not_exist_is_refused(tiktok: TikTok) -> None:
    with pytest.raises(ValueError, match="no fault is called 'pages'"):
        tiktok.faults.once("pages", 429)


async def test_requests_are_counted_by_what_was_asked(sandbox: Sandbox, tiktok: TikTok) -> None:
    await get(sandbox, "/@alice/live")
    await api(sandbox, "/webcast/room/check_alive/", room_ids="1,2")
    assert dict(tiktok.asked) == {"page": 1, "check_alive": 1}
    assert [(asked.route, asked.subject) for asked in tiktok.requests] == [("page", "alice"), ("check_alive", "1,2")]


async def test_an_answer_can_take_its_time(sandbox: Sandbox, tiktok: TikTok) -> None:
    tiktok.faults.delay_s = 0.4
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await get(sandbox, "/@alice/live")
    tiktok.faults.delay_s = 0
    assert (await get(sandbox, "/@alice/live"))[0] == 200
