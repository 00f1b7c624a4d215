"""The edge's documented HTTP answers: `{"status_code": 0, "data": …}`, or the code of what is wrong with a message."""

from __future__ import annotations

import secrets
from typing import Any, Protocol

from aiohttp import web

from sandbox.tiktok.gifts import CATALOGUE
from sandbox.tiktok.world import Creator, Room, World

Json = dict[str, Any]


class Place(Protocol):
    """What the answers are about."""

    base: str
    world: World

    def knows_key(self, key: str) -> bool:
        """Whether this key (or none) is let in."""


class Rest:
    """Routes below the edge's base."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._world = place.world

    def add_routes(self, app: web.Application) -> None:
        """Serve them from `app`."""
        base = self._place.base
        app.router.add_post(f"{base}/webcast/connection_mode", self.connection_mode)
        app.router.add_post(f"{base}/webcast/live_status", self.live_status)
        app.router.add_post(f"{base}/webcast/room_id", self.room_id)
        app.router.add_get(f"{base}/webcast/check_alive", self.check_alive)
        app.router.add_post(f"{base}/webcast/bulk_live_check", self.bulk_live_check)
        app.router.add_route("GET", f"{base}/webcast/room_info", self.room_info)
        app.router.add_route("POST", f"{base}/webcast/room_info", self.room_info)
        app.router.add_get(f"{base}/webcast/gift_info", self.gift_info)
        app.router.add_post(f"{base}/authentication/jwt", self.jwt)

    async def connection_mode(self, request: web.Request) -> web.Response:
        """What a client of 1.2 and later asks first; here it is always told to come to the edge."""
        return self._refused(request) or _ok({"recommended_mode": "managed"})

    async def live_status(self, request: web.Request) -> web.Response:
        """Whether one creator is live."""
        room = self._live((await _asked(request)).get("unique_id"))
        return self._refused(request) or _ok({"is_live": room is not None, "room_id": room.id if room else ""})

    async def room_id(self, request: web.Request) -> web.Response:
        """The room of one creator, the last one when they are not live."""
        handle = (await _asked(request)).get("unique_id")
        creator = self._creator(handle)
        room = creator.last_room if creator else None
        told = {"unique_id": str(handle), "room_id": room.id if room else "", "alive": self._live(handle) is not None}
        return self._refused(request) or _ok({**told, "cached": False})

    async def check_alive(self, request: web.Request) -> web.Response:
        """By `unique_id` or by `room_ids`, comma-separated; unknown ones are left out."""
        asked = [each for each in request.query.get("room_ids", "").split(",") if each]
        rooms = [self._world.rooms[each] for each in asked if each in self._world.rooms]
        creator = self._creator(request.query.get("unique_id"))
        if creator is not None and creator.last_room is not None:
            rooms.append(creator.last_room)
        return self._refused(request) or _ok([_alive(room) for room in rooms])

    async def bulk_live_check(self, request: web.Request) -> web.Response:
        """`unique_ids` (documents) or `usernames` (the client): who is live."""
        body = await _asked(request)
        handles = [str(each) for each in body.get("unique_ids") or body.get("usernames") or []]
        return self._refused(request) or _ok({handle: self._live(handle) is not None for handle in handles})

    async def room_info(self, request: web.Request) -> web.Response:
        """A live room's details; HTTP 404 when there is none."""
        body = await _asked(request) if request.method == "POST" else dict(request.query)
        room = self._live(body.get("unique_id")) or self._world.rooms.get(str(body.get("room_id", "")))
        if refused := self._refused(request):
            return refused
        if room is None or room.is_over:
            return web.json_response({"status_code": -1, "error": "Not found"}, status=404)
        owner = {"nickname": room.creator.nickname, "uniqueId": room.creator.handle}
        counts = {"user_count": room.viewers, "like_count": room.likes, "share_count": room.shares}
        return _ok({"room_id": room.id, "alive": True, "title": room.title, "owner": owner, **counts})

    async def gift_info(self, request: web.Request) -> web.Response:
        """The gift panel."""
        gifts = [{"id": gift.id, "name": gift.name, "diamond_count": gift.diamonds} for gift in CATALOGUE.values()]
        return self._refused(request) or _ok({"room_id": request.query.get("room_id", ""), "gifts": gifts})

    async def jwt(self, request: web.Request) -> web.Response:
        """A token that can stand in for the key."""
        return self._refused(request) or _ok({"token": f"eyJ{secrets.token_hex(16)}"})

    def _refused(self, request: web.Request) -> web.Response | None:
        key = request.headers.get("x-api-key", "") or request.query.get("apiKey", "")
        if self._place.knows_key(key):
            return None
        return web.json_response({"status_code": 401, "message": "Invalid API key"}, status=401)

    def _creator(self, handle: object) -> Creator | None:
        return self._world.find(str(handle or "").removeprefix("@"))

    def _live(self, handle: object) -> Room | None:
        creator = self._creator(handle)
        return creator.room if creator else None


async def _asked(request: web.Request) -> Json:
    """The JSON object in the body; anything else is an empty one."""
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _alive(room: Room) -> Json:
    return {"room_id": room.id, "alive": not room.is_over, "title": room.title, "userCount": room.viewers}


def _ok(data: object) -> web.Response:
    return web.json_response({"status_code": 0, "data": data})
