"""Live, offline, no such user, or unclear: what each of TikTok's answers means for somebody who typed a name."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.errors import CreatorNotFound, CreatorOffline, SourceError, Unclear
from bot.events.ids import Handle, RoomId
from bot.tiktok.source import Room
from bot.tiktok.webcast.rooms import WebRooms
from sandbox.app import Sandbox
from tests.bot.tiktok.webcast.stand_in import Reply, StandIn, reply, standing_in

ALICE = Handle("alice")
ROOM = "7286185141754546949"
CAPTCHA = reply("<html><body>Please verify that you are human</body></html>")


@pytest.fixture
async def tiktok() -> AsyncIterator[StandIn]:
    async with standing_in() as stand_in:
        yield stand_in


async def look_up(tiktok: StandIn, handle: Handle = ALICE) -> Room:
    async with aiohttp.ClientSession() as http:
        rooms = WebRooms(http, web_base=tiktok.url, webcast_base=f"{tiktok.url}/webcast")
        return await rooms.look_up(handle)


async def is_alive(tiktok: StandIn) -> bool:
    async with aiohttp.ClientSession() as http:
        return await WebRooms(http, web_base=tiktok.url, webcast_base=f"{tiktok.url}/webcast").is_alive(RoomId(ROOM))


async def failure(tiktok: StandIn) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await look_up(tiktok)
    return caught.value


def who(*, status: object = 2, room_status: object = 2, room_id: object = ROOM) -> dict[str, object]:
    return {
        "user": {"id": "77", "uniqueId": "Alice", "roomId": room_id, "status": status},
        "liveRoom": {
            "title": "Hello",
            "status": room_status,
            "startTime": 1_690_000_000,
            "coverUrl": "https://cover",
            "liveRoomStats": {"userCount": 5},
        },
    }


def page(info: object) -> Reply:
    return state({"LiveRoom": {"liveRoomUserInfo": info}})


def state(content: object) -> Reply:
    return reply(f'<html><script id="SIGI_STATE" type="application/json">{json.dumps(content)}</script></html>')


def api(data: object, *, code: int = 0, message: str = "") -> Reply:
    return reply(json.dumps({"statusCode": code, "message": message, "data": data}))


async def test_the_live_page_alone_is_enough(tiktok: StandIn) -> None:
    tiktok.page = page(who())
    assert await look_up(tiktok) == Room(RoomId(ROOM), ALICE, "77", "Hello", 1_690_000_000_000, 5, "https://cover")  # type: ignore[arg-type]
    assert tiktok.paths() == ["/@alice/live"]


async def test_the_api_is_asked_when_the_page_is_a_captcha(tiktok: StandIn) -> None:
    tiktok.page, tiktok.api = CAPTCHA, api(who())
    assert (await look_up(tiktok)).room_id == ROOM
    assert tiktok.requests[1].query["uniqueId"] == "alice"
    assert tiktok.requests[1].query["sourceType"] == "54"


async def test_a_browser_asks(tiktok: StandIn) -> None:
    tiktok.page, tiktok.api = CAPTCHA, api(who())
    await look_up(tiktok)
    for request in tiktok.requests:
        assert "Mozilla/5.0" in request.headers["User-Agent"]
        assert "tt-target-idc=" in request.headers["Cookie"]


@pytest.mark.parametrize("room_id", [ROOM, int(ROOM)])
async def test_a_room_id_may_be_text_or_number(tiktok: StandIn, room_id: object) -> None:
    tiktok.page = page(who(room_id=room_id))
    assert (await look_up(tiktok)).room_id == ROOM


@pytest.mark.parametrize(("status", "room_status"), [(2, 4), (4, 2), (3, 3), (2, 0)])
async def test_live_or_paused_in_either_place_is_live(tiktok: StandIn, status: int, room_status: int) -> None:
    tiktok.page = page(who(status=status, room_status=room_status))
    assert (await look_up(tiktok)).room_id == ROOM


@pytest.mark.parametrize(
    "info", [who(status=4, room_status=4), who(room_id=""), who(room_id="0"), who(room_id=None), who(status=4, room_status=0)]
)
@pytest.mark.parametrize("way", ["page", "api"])
async def test_status_four_or_no_room_is_offline(tiktok: StandIn, info: object, way: str) -> None:
    tiktok.page, tiktok.api = (page(info), reply()) if way == "page" else (CAPTCHA, api(info))
    assert isinstance(await failure(tiktok), CreatorOffline)


@pytest.mark.parametrize("answer", [api({}, message="user_not_found"), api({}, code=19881007)])
async def test_only_tiktoks_own_word_is_no_such_user(tiktok: StandIn, answer: Reply) -> None:
    tiktok.page, tiktok.api = state({}), answer
    error = await failure(tiktok)
    assert isinstance(error, CreatorNotFound)
    assert "@alice" in error.reason


@pytest.mark.parametrize(
    ("unclear_page", "unclear_api"),
    [
        (CAPTCHA, CAPTCHA),
        (state({}), api({}, code=10, message="params_error")),
        (state({}), api({})),
        (state({}), reply("", status=404)),
        (reply("", status=403), reply("", status=403)),
        (reply("", status=500), reply("[]")),
        (reply('<script id="SIGI_STATE">{oops</script>'), reply("null")),
        (page([]), api({"user": [], "liveRoom": 7})),
        (page(who(status=1, room_status=0)), api(who(status=0, room_status=1))),
        (page(who(status=[], room_status={})), api(who(status="2", room_status=None))),
    ],
)
async def test_everything_else_is_unclear_and_not_offline(tiktok: StandIn, unclear_page: Reply, unclear_api: Reply) -> None:
    tiktok.page, tiktok.api = unclear_page, unclear_api
    error = await failure(tiktok)
    assert isinstance(error, Unclear)
    assert (error.retry_after_s, tiktok.paths()) == (None, ["/@alice/live", "/api-live/user/room/"])


async def test_too_many_requests_is_unclear_and_is_not_followed_by_another_request(tiktok: StandIn) -> None:
    tiktok.page = reply("", status=429, Retry_After="17")
    error = await failure(tiktok)
    assert isinstance(error, Unclear)
    assert (error.retry_after_s, tiktok.paths()) == (17.0, ["/@alice/live"])


async def test_too_many_requests_without_a_time_means_a_minute(tiktok: StandIn) -> None:
    tiktok.page, tiktok.api = CAPTCHA, reply("", status=429)
    assert (await failure(tiktok)).retry_after_s == 60.0


async def test_a_blocked_address_is_told_as_such_for_both_ways(tiktok: StandIn) -> None:
    tiktok.page, tiktok.api = reply("", status=403), CAPTCHA
    reason = (await failure(tiktok)).reason
    assert "HTTP 403" in reason
    assert "did not answer in JSON" in reason


async def test_a_site_that_cannot_be_reached_is_unclear() -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(Unclear, match=r"127\.0\.0\.1:1 cannot be reached"):
            await WebRooms(http, web_base="http://127.0.0.1:1", webcast_base="http://127.0.0.1:1").look_up(ALICE)


async def test_a_site_that_blocks_us_does_not_hide_a_room_that_the_other_host_tells() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http:
        creator = sandbox.tiktok.creator("alice")
        room = creator.go_live(title="Evening")
        sandbox.tiktok.faults.page = sandbox.tiktok.faults.api = "captcha"
        rooms = WebRooms(http, web_base=sandbox.url, webcast_base=f"{sandbox.url}/webcast")
        found = await rooms.look_up(ALICE)
        assert (found.room_id, found.title, found.creator_user_id, found.told_by) == (room.id, "Evening", creator.id, "")
        room.end()
        with pytest.raises(CreatorOffline):
            await rooms.look_up(ALICE)
        sandbox.tiktok.faults.room_info = "age_restricted"
        with pytest.raises(Unclear, match="a captcha"):
            await rooms.look_up(ALICE)


async def test_a_handle_cannot_leave_its_place_in_the_address(tiktok: StandIn) -> None:
    tiktok.page, tiktok.api = page(who()), api(who())
    await look_up(tiktok, Handle("a/../../x?y=z"))
    assert tiktok.requests[0].match_info["handle"] == "a/../../x?y=z"


@pytest.mark.parametrize(("alive", "expected"), [(True, True), (False, False)])
async def test_the_live_check_tells_whether_the_room_goes_on(tiktok: StandIn, alive: bool, expected: bool) -> None:
    tiktok.alive = reply(json.dumps({"data": [{"alive": alive, "room_id": int(ROOM), "room_id_str": ROOM}], "status_code": 0}))
    assert await is_alive(tiktok) is expected
    assert tiktok.requests[0].query["room_ids"] == ROOM


async def test_many_rooms_are_checked_by_one_question_and_those_left_out_are_missing(tiktok: StandIn) -> None:
    told = [
        {"alive": True, "room_id": 7, "room_id_str": "7"},
        {"alive": False, "room_id": 8},
        {"alive": True, "room_id_str": "9"},
    ]
    tiktok.alive = reply(json.dumps({"data": told}))
    async with aiohttp.ClientSession() as http:
        rooms = WebRooms(http, web_base=tiktok.url, webcast_base=f"{tiktok.url}/webcast")
        assert await rooms.are_alive([RoomId("7"), RoomId("8"), RoomId("6")]) == {"7": True, "8": False}
        with pytest.raises(ValueError, match="51 rooms"):
            await rooms.are_alive([RoomId(str(number)) for number in range(51)])
    assert [asked.query["room_ids"] for asked in tiktok.requests] == ["7,8,6"]


@pytest.mark.parametrize("body", ['{"data": []}', '{"data": [{"alive": true, "room_id_str": "1"}]}', "{}", "oops", "[]"])
async def test_a_live_check_that_leaves_the_room_out_is_unclear(tiktok: StandIn, body: str) -> None:
    tiktok.alive = reply(body)
    with pytest.raises(Unclear):
        await is_alive(tiktok)


@pytest.mark.parametrize(("fault", "expected"), [(None, False), ("age_restricted", True)])
async def test_a_room_for_adults_is_known_by_tiktoks_own_word(fault: str | None, expected: bool) -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http:
        room = sandbox.tiktok.creator("alice").go_live()
        sandbox.tiktok.faults.room_info = fault
        rooms = WebRooms(http, web_base=sandbox.url, webcast_base=f"{sandbox.url}/webcast")
        assert await rooms.is_age_restricted(RoomId(room.id)) is expected
        sandbox.tiktok.faults.room_info = "login"
        with pytest.raises(Unclear):
            await rooms.is_age_restricted(RoomId(room.id))
