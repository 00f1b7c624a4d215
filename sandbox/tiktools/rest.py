"""The edge's documented HTTP answers about who is live: `{"status_code": 0, "data": …}`, or the code of what is wrong.

The others are in `rest_more`.
"""

from __future__ import annotations

import secrets

from aiohttp import web

from sandbox.tiktok.gifts import CATALOGUE
from sandbox.tiktok.world import Room
from sandbox.tiktools.answering import Answering, Json, asked, ok


class Rest(Answering):
    """Routes below the edge's base."""

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
        app.router.add_get(f"{base}/webcast/rate_limits", self.rate_limits)
        app.router.add_post(f"{base}/authentication/jwt", self.jwt)

    async def connection_mode(self, request: web.Request) -> web.Response:
        """What a client of 1.2 and later asks first; here it is always told to come to the edge."""
        return self.refused(request) or ok({"recommended_mode": "managed"})

    async def live_status(self, request: web.Request) -> web.Response:
        """Whether one creator is live."""
        room = self.live((await asked(request)).get("unique_id"))
        return self.refused(request) or ok({"is_live": room is not None, "room_id": room.id if room else ""})

    async def room_id(self, request: web.Request) -> web.Response:
        """The room of one creator, the last one when they are not live."""
        handle = (await asked(request)).get("unique_id")
        creator = self.creator(handle)
        room = creator.last_room if creator else None
        told = {"unique_id": str(handle), "room_id": room.id if room else "", "alive": self.live(handle) is not None}
        return self.refused(request) or ok({**told, "cached": False})

    async def check_alive(self, request: web.Request) -> web.Response:
        """By `unique_id` or by `room_ids`, comma-separated; unknown ones are left out.

        An edge that does not resolve names sends the caller to TikTok's own page for the room's id.
        """
        handle = request.query.get("unique_id")
        if handle and not self._place.manner.resolves_names:
            told = {"resolve_url": f"https://www.tiktok.com/@{handle}/live", "room_id_patterns": ['"roomId":"(\\d+)"']}
            return self.refused(request) or web.json_response({"status_code": 0, "action": "resolve_required", **told})
        ids = [each for each in request.query.get("room_ids", "").split(",") if each]
        rooms = [self._world.rooms[each] for each in ids if each in self._world.rooms]
        creator = self.creator(handle)
        if creator is not None and creator.last_room is not None:
            rooms.append(creator.last_room)
        return self.refused(request) or ok([_alive(room) for room in rooms])

    async def bulk_live_check(self, request: web.Request) -> web.Response:
        """`unique_ids` (documents) or `usernames` (the client): who is live."""
        body = await asked(request)
        handles = [str(each) for each in body.get("unique_ids") or body.get("usernames") or []]
        return self.refused(request) or ok({handle: self.live(handle) is not None for handle in handles})

    async def room_info(self, request: web.Request) -> web.Response:
        """A live room's details; HTTP 404 when there is none."""
        body = await asked(request) if request.method == "POST" else dict(request.query)
        room = self.live(body.get("unique_id")) or self._world.rooms.get(str(body.get("room_id", "")))
        if refused := self.refused(request):
            return refused
        if room is None or room.is_over:
            return web.json_response({"status_code": -1, "error": "Not found"}, status=404)
        owner = {"nickname": room.creator.nickname, "uniqueId": room.creator.handle}
        counts = {"user_count": room.viewers, "like_count": room.likes, "share_count": room.shares}
        return ok({"room_id": room.id, "alive": True, "title": room.title, "owner": owner, **counts})

    async def gift_info(self, request: web.Request) -> web.Response:
        """The gift panel."""
        gifts = [{"id": gift.id, "name": gift.name, "diamond_count": gift.diamonds} for gift in CATALOGUE.values()]
        return self.refused(request) or ok({"room_id": request.query.get("room_id", ""), "gifts": gifts})

    async def rate_limits(self, request: web.Request) -> web.Response:
        """What the account may still do."""
        api = {"limit": 5_000, "remaining": 4_999, "reset_at": self._world.now_ms() // 1000 + 3_600}
        return self.refused(request) or ok({"tier": "sandbox", "api": api, "websocket": {"limit": 3, "current": 0}})

    async def jwt(self, request: web.Request) -> web.Response:
        """A token that can stand in for the key."""
        return self.refused(request) or ok({"token": f"eyJ{secrets.token_hex(16)}"})


def _alive(room: Room) -> Json:
    return {"room_id": room.id, "alive": not room.is_over, "title": room.title, "userCount": room.viewers}
