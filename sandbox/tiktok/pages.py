"""TikTok over HTTP: the live page, the room API, check_alive, room info, the gift list, with their ways to fail.

Only browsers are served (a User-Agent that begins with `Mozilla/`), and API calls need TikTok's `aid`.
"""

from __future__ import annotations

import asyncio
import html
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.tiktok.faults import Faults
from sandbox.tiktok.gifts import CATALOGUE, Gift
from sandbox.tiktok.handshake import AID, is_browser
from sandbox.tiktok.messages import image
from sandbox.tiktok.world import OVER, Creator, Room, World

Json = dict[str, Any]

USER_NOT_FOUND, BAD_PARAMS, LOGIN_NEEDED, AGE_RESTRICTED = 19_881_007, 10_011, 20_003, 4_003_110

CAPTCHA = """<!doctype html><html><head><title>tiktok-verify-page</title></head>
<body><div id="captcha_container">Verify to continue</div></body></html>"""


class Pages:
    """What a browser, or a client that looks like one, can ask TikTok."""

    def __init__(self, world: World, faults: Faults, note: Callable[[str, str], None]) -> None:
        self._world = world
        self._faults = faults
        self._note = note

    def add_routes(self, app: web.Application) -> None:
        """Every address, with and without its trailing slash."""
        app.router.add_get("/@{handle}/live", self.live)
        for path, handler in (
            ("/api-live/user/room", self.user_room),
            ("/webcast/room/check_alive", self.check_alive),
            ("/webcast/room/info", self.room_info),
            ("/webcast/room/info_by_user", self.room_info),
            ("/webcast/gift/list", self.gift_list),
        ):
            app.router.add_get(path, handler)
            app.router.add_get(path + "/", handler)

    async def live(self, request: web.Request) -> web.Response:
        """`/@{handle}/live`: the page with SIGI_STATE. Somebody unknown has a page too, without LiveRoom in it."""
        handle = request.match_info["handle"]
        self._note("page", handle)
        fault = self._faults.take("page")
        refused = await self._refusal(request, fault)
        if refused is not None:
            return refused
        if fault == "captcha":
            return _page(CAPTCHA)
        state: Json = {"AppContext": {"lang": "en"}, "UserPage": {"uniqueId": handle}}
        creator = self._world.find(handle)
        if creator is not None and fault != "no_live_room":
            state["LiveRoom"] = {"liveRoomUserInfo": {"user": _user(creator), "liveRoom": _live_room(creator)}}
        title = html.escape(f"{creator.nickname if creator else handle} is LIVE | TikTok")
        # `</` inside a script ends it, whatever JSON it stands in.
        body = json.dumps(state, ensure_ascii=False).replace("</", "<\\/")
        script = f'<script id="SIGI_STATE" type="application/json">{body}</script>'
        return _page(f"<!doctype html><html><head><title>{title}</title></head><body>{script}</body></html>")

    async def user_room(self, request: web.Request) -> web.Response:
        """`/api-live/user/room/`: who a handle is and in which room."""
        handle = request.query.get("uniqueId", "")
        self._note("api", handle)
        fault = self._faults.take("api")
        refused = await self._refusal(request, fault)
        if refused is not None:
            return refused
        if fault == "captcha":
            return _page(CAPTCHA)
        if fault == "params_error" or not handle or request.query.get("aid") != AID:
            return web.json_response({"statusCode": BAD_PARAMS, "message": "params_error"})
        creator = self._world.find(handle)
        if creator is None or fault == "user_not_found":
            return web.json_response({"statusCode": USER_NOT_FOUND, "message": "user_not_found", "data": {}})
        stats = {"followerCount": creator.followers, "followingCount": 12}
        shown = {"user": _user(creator), "stats": stats, "liveRoom": _live_room(creator)}
        return web.json_response({"statusCode": 0, "message": "", "data": shown})

    async def check_alive(self, request: web.Request) -> web.Response:
        """`/webcast/room/check_alive/?room_ids=a,b`: in the order asked; an unknown room is left out."""
        asked = [room_id for room_id in request.query.get("room_ids", "").split(",") if room_id]
        self._note("check_alive", ",".join(asked))
        fault = self._faults.take("check_alive")
        refused = await self._refusal(request, fault) or _bad_params(request)
        if refused is not None:
            return refused
        rooms = [] if fault == "empty" else [self._world.rooms[room_id] for room_id in asked if room_id in self._world.rooms]
        alive = [{"alive": not room.is_over, "room_id": int(room.id), "room_id_str": room.id} for room in rooms]
        return self._envelope(alive)

    async def room_info(self, request: web.Request) -> web.Response:
        """`/webcast/room/info/?room_id=` or `info_by_user/?unique_id=`."""
        room_id, handle = request.query.get("room_id", ""), request.query.get("unique_id", "")
        self._note("room_info", room_id or handle)
        fault = self._faults.take("room_info")
        refused = await self._refusal(request, fault) or _bad_params(request)
        if refused is not None:
            return refused
        if fault == "age_restricted":
            return self._envelope({"prompts": "This LIVE may not be suitable for everyone"}, status=AGE_RESTRICTED)
        if fault == "login":
            return self._envelope({"prompts": "Log in"}, status=LOGIN_NEEDED)
        creator = self._world.find(handle)
        room = self._world.rooms.get(room_id) or (creator.last_room if creator else None)
        if room is None:
            return self._envelope({}, status=BAD_PARAMS)
        return self._envelope(_room(room))

    async def gift_list(self, request: web.Request) -> web.Response:
        """`/webcast/gift/list/`: the whole gift panel."""
        self._note("gift_list", request.query.get("room_id", ""))
        refused = await self._refusal(request, self._faults.take("gift_list")) or _bad_params(request)
        if refused is not None:
            return refused
        gifts = [_gift(gift) for gift in CATALOGUE.values()]
        return self._envelope({"gifts": gifts, "pages": [{"gifts": gifts}]})

    async def _refusal(self, request: web.Request, fault: object) -> web.Response | None:
        if self._faults.delay_s:
            await asyncio.sleep(self._faults.delay_s)
        if isinstance(fault, int):
            headers = {"Retry-After": str(self._faults.retry_after_s)} if fault == 429 else {}
            return web.Response(status=fault, text="<html>Access Denied</html>", content_type="text/html", headers=headers)
        if not is_browser(request.headers.get("User-Agent", "")):
            return web.Response(status=403, text="<html>Access Denied</html>", content_type="text/html")
        return None

    def _envelope(self, data: object, *, status: int = 0) -> web.Response:
        return web.json_response({"data": data, "extra": {"now": self._world.now_ms()}, "status_code": status})


def _page(body: str) -> web.Response:
    return web.Response(text=body, content_type="text/html")


def _bad_params(request: web.Request) -> web.Response | None:
    if request.query.get("aid") == AID:
        return None
    return web.json_response({"data": {"message": "Request params error"}, "status_code": BAD_PARAMS})


def _status(creator: Creator) -> int:
    return creator.room.status if creator.room else OVER


def _user(creator: Creator) -> Json:
    avatar = image(creator.id).urls[0]
    return {
        "id": creator.id,
        "uniqueId": creator.handle,
        "nickname": creator.nickname,
        "secUid": creator.viewer.sec_uid,
        "signature": f"LIVE with {creator.nickname}",
        "avatarLarger": avatar,
        "avatarMedium": avatar,
        "avatarThumb": avatar,
        "verified": False,
        "roomId": creator.last_room.id if creator.last_room else "",
        "status": _status(creator),
    }


def _live_room(creator: Creator) -> Json:
    room = creator.last_room
    if room is None:
        return {"title": "", "startTime": 0, "status": OVER, "liveRoomStats": {"userCount": 0, "enterCount": 0}}
    return {
        "title": room.title,
        "startTime": room.started_at_ms // 1000,
        "status": room.status,
        "coverUrl": image(room.id, kind="cover").urls[0],
        "liveRoomStats": {"userCount": room.viewers, "enterCount": room.total_viewers},
    }


def _room(room: Room) -> Json:
    creator = room.creator
    followers = {"follower_count": creator.followers, "following_count": 12, "follow_status": 0}
    owner = {
        "id": int(creator.id),
        "id_str": creator.id,
        "display_id": creator.handle,
        "nickname": creator.nickname,
        "bio_description": f"LIVE with {creator.nickname}",
        "sec_uid": creator.viewer.sec_uid,
        "avatar_thumb": {"url_list": list(image(creator.id).urls)},
        "follow_info": followers,
    }
    stats = {
        "total_user": room.total_viewers,
        "like_count": room.likes,
        "follow_count": creator.followers,
        "share_count": room.shares,
        "enter_count": room.total_viewers,
    }
    shown: Json = {
        "id": int(room.id),
        "id_str": room.id,
        "status": room.status,
        "title": room.title,
        "create_time": room.started_at_ms // 1000,
        "start_time": room.started_at_ms // 1000,
        "finish_time": room.ended_at_ms // 1000,
        "user_count": room.viewers,
        "like_count": room.likes,
        "stats": stats,
        "owner": owner,
        "owner_user_id_str": creator.id,
        "cover": {"url_list": list(image(room.id, kind="cover").urls)},
        "share_url": f"https://m.tiktok.com/share/live/{room.id}",
        "age_restricted": {"restricted": False},
        "link_mic": _link_mic(room),
        "stream_url": _stream_url(room),
    }
    return shown


def _stream_url(room: Room) -> Json:
    """The video's addresses in both descriptions that TikTok gives. Nothing is behind them."""
    if room.is_over:
        return {}
    stage = f"https://pull-flv.sandbox.invalid/stage/stream-{room.id}"
    described = {"data": {name: {"main": {"flv": f"{stage}_{name}.flv", "hls": ""}} for name in ("origin", "hd", "sd", "ld")}}
    return {
        "flv_pull_url": {"HD1": f"{stage}_hd.flv", "SD1": f"{stage}_ld.flv", "SD2": f"{stage}_sd.flv"},
        "live_core_sdk_data": {"pull_data": {"stream_data": json.dumps(described)}},
    }


def _link_mic(room: Room) -> Json:
    battle = room.battle
    if battle is None:
        return {"channel_id": 0, "rival_anchor_id": 0, "battle_settings": None, "battle_scores": []}
    rival = next(side for side in battle.sides if side.host.id != room.creator.id)
    settings = {
        "battle_id": int(battle.id),
        "start_time_ms": battle.started_at_ms,
        "duration": battle.duration_s,
        "finished": 0,
        "match_type": 1,
    }
    return {
        "channel_id": int(battle.channel_id),
        "rival_anchor_id": int(rival.host.id),
        "battle_settings": settings,
        "battle_scores": [{"user_id": int(side.host.id), "score": side.score} for side in battle.sides],
    }


def _gift(gift: Gift) -> Json:
    picture = image(gift.name, kind="gift")
    icon = {"uri": picture.uri, "url_list": list(picture.urls)}
    return {
        "id": gift.id,
        "name": gift.name,
        "describe": f"sent {gift.name}",
        "diamond_count": gift.diamonds,
        "type": gift.type,
        "combo": gift.is_streakable,
        "is_displayed_on_panel": True,
        "icon": icon,
        "image": icon,
    }
