"""The edge's other documented HTTP answers: media, long polling, signing, chat, moderation, figures, webhooks.

Where the documents show no body (moderation, gallery, webhooks), the answer is an empty list or the plainest one that fits.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from aiohttp import web

from sandbox.tiktok import frames
from sandbox.tiktok.world import Room
from sandbox.tiktools.answering import Answering, Json, Place, asked, ok

MOST_RESOLVED = 20
MOST_WEBHOOKS = 20
KEPT_SAID = 1_000
POLLED = 50
"""Messages in one answer of the long polling."""

SITE = "https://www.tiktok.com/"
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


class RestMore(Answering):
    """Routes below the edge's base."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.said: deque[tuple[str, str]] = deque(maxlen=KEPT_SAID)
        """(room id, text) of what was sent to chats."""
        self._webhooks: list[Json] = []

    def add_routes(self, app: web.Application) -> None:
        """Serve them from `app`."""
        base = self._place.base
        for path, handler in (
            ("/webcast/room_cover", self.room_cover),
            ("/webcast/gift_gallery", self._of_a_room("gifts")),
            ("/webcast/rankings", self._of_a_room("rankings")),
            ("/webcast/hashtag_list", self.hashtag_list),
            ("/webcast/user_earnings", self.user_earnings),
            ("/webcast/feed", self.feed),
            ("/webcast/live_analytics/video_list", self.video_list),
            ("/webcast/live_analytics/video_detail", self.video_detail),
            ("/webcast/live_analytics/user_interactions", self.user_interactions),
            ("/webcast/moderation/mutes", self._nothing),
            ("/webcast/moderation/bans", self._nothing),
            ("/api/webhooks", self.webhooks),
            ("/api/live/top-channels", self.top_channels),
        ):
            app.router.add_get(f"{base}{path}", handler)
        for path, handler in (
            ("/webcast/room_video", self.room_video),
            ("/webcast/fetch", self.fetch),
            ("/webcast/resolve_user_ids", self.resolve_user_ids),
            ("/webcast/chat", self.chat),
            ("/chat-send", self.chat),
            ("/webcast/sign_url", self.sign_url),
            ("/webcast/sign_websocket", self.sign_url),
            ("/webcast/ws_credentials", self.ws_credentials),
            ("/api/webhooks", self.add_webhook),
        ):
            app.router.add_post(f"{base}{path}", handler)

    # ------------------------------------------------------------------------------------------ a room

    async def room_video(self, request: web.Request) -> web.Response:
        """Where the stream is: addresses in two qualities that nothing answers."""
        room = self.live((await asked(request)).get("unique_id"))
        if room is None:
            return self.refused(request) or _not_found()
        streams = {
            quality: {kind: f"https://pull.sandbox.invalid/{room.id}_{quality}.{kind}" for kind in ("hls", "flv")}
            for quality in ("origin", "sd")
        }
        told = {"room_id": room.id, "alive": True, "stream_urls": streams, "default_quality": "origin"}
        return self.refused(request) or ok(told)

    async def room_cover(self, request: web.Request) -> web.Response:
        """The picture of a room."""
        room = self._room(request)
        if room is None:
            return self.refused(request) or _not_found()
        return self.refused(request) or ok({"room_id": room.id, "cover_url": f"https://cover.sandbox.invalid/{room.id}.jpg"})

    async def fetch(self, request: web.Request) -> web.Response:
        """Long polling: what was said since `cursor` (empty: the last comments), as one batch of TikTok's."""
        body = await asked(request)
        room = self.live(body.get("unique_id"))
        if room is None:
            return self.refused(request) or _not_found()
        cursor = str(body.get("cursor") or "")
        # A foreign cursor is as good as none.
        posted = room.since(int(cursor)) if cursor.isdecimal() and int(cursor) <= room.position else list(room.comments)
        told = [each for each in posted or () if each.method][:POLLED]
        now_ms = self._world.now_ms()
        batch = frames.batch(told, cursor=str(room.position), internal_ext=b"", now_ms=now_ms, need_ack=False)
        raw = base64.b64encode(batch.SerializeToString(deterministic=True)).decode()
        counts = {"message_count": len(told), "raw_data": raw, "cursor": str(room.position)}
        return self.refused(request) or ok({"room_id": room.id, "alive": True, **counts})

    async def chat(self, request: web.Request) -> web.Response:
        """Says something in a room, for somebody whose session comes along."""
        body = await asked(request)
        room = self._world.rooms.get(str(body.get("room_id", "")))
        if refused := self.refused(request):
            return refused
        if "sessionid" not in request.headers.get("x-cookie-header", ""):
            return _wrong(403, "x-cookie-header with a sessionid is required")
        if room is None or room.is_over:
            return _not_found()
        self.said.append((room.id, str(body.get("text", ""))))
        return ok({"status_code": 0})

    def _of_a_room(self, name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """An answer that names a room and has an empty list in it."""

        async def answer(request: web.Request) -> web.Response:
            room = self._room(request)
            return self.refused(request) or (ok({"room_id": room.id, name: []}) if room else _not_found())

        return answer

    def _room(self, request: web.Request) -> Room | None:
        return self.live(request.query.get("unique_id")) or self._world.rooms.get(request.query.get("room_id", ""))

    # ------------------------------------------------------------------------------------------ people, figures

    async def resolve_user_ids(self, request: web.Request) -> web.Response:
        """Ids of creators to their handles; ids that nobody has are left out."""
        ids = [str(each) for each in (await asked(request)).get("user_ids") or []]
        if refused := self.refused(request):
            return refused
        if len(ids) > MOST_RESOLVED:
            return _wrong(400, f"at most {MOST_RESOLVED} user_ids")
        known = {room.creator.id: room.creator.handle for room in self._world.rooms.values()}
        return ok({each: {"userId": each, "username": known[each], "cached": False} for each in ids if each in known})

    async def hashtag_list(self, request: web.Request) -> web.Response:
        """Topics of LIVEs."""
        return self.refused(request) or ok([{"id": "5", "title": "#gaming", "user_count": 15_000}])

    async def user_earnings(self, request: web.Request) -> web.Response:
        """What a creator earned."""
        return self.refused(request) or ok({"diamonds": 0, "coins": 0, "period": request.query.get("period", "daily")})

    async def video_list(self, request: web.Request) -> web.Response:
        """The LIVEs that a creator has ended."""
        creator = self.creator(request.query.get("unique_id"))
        over = [room for room in creator.rooms if room.is_over] if creator else []
        return self.refused(request) or ok([_video(room) for room in over])

    async def video_detail(self, request: web.Request) -> web.Response:
        """Figures of one of them; without one, zeros. What gifts there were and how many watched at once, nobody kept."""
        room = self._world.rooms.get(request.query.get("video_id", ""))
        duration_s = _video(room)["duration"] if room is not None and room.is_over else 0
        figures = {"duration": duration_s, "views": room.total_viewers if room else 0, "gifts": 0, "peak_viewers": 0}
        return self.refused(request) or ok({"video_id": request.query.get("video_id", ""), **figures})

    async def user_interactions(self, request: web.Request) -> web.Response:
        """Not the figures, but the address where a logged-in creator gets them; without `data`, as documented."""
        told = {"status_code": 0, "signed_url": f"https://webcast.sandbox.invalid/interactions?{_signature('interactions')}"}
        told |= {"anchor_id": request.query.get("anchor_id", ""), "note": "Fetch signed_url with your session cookies"}
        return self.refused(request) or web.json_response(told)

    async def feed(self, request: web.Request) -> web.Response:
        """An address again, which the caller fetches from where they are; without `data`, as documented."""
        told: Json = {"status_code": 0, "signed_url": f"https://webcast.sandbox.invalid/webcast/feed/?{_signature('feed')}"}
        told |= {"method": "GET", "headers": {"User-Agent": AGENT, "Referer": SITE}, "cookies": "ttwid=1"}
        told |= {"region": "US", "channel_id": "87", "feed_remaining": 99, "feed_limit": 100}
        told |= {"note": "Fetch signed_url from your client/IP with these headers and cookies."}
        return self.refused(request) or web.json_response(told)

    async def top_channels(self, request: web.Request) -> web.Response:
        """Who is live, with most viewers first; needs no key."""
        rooms = sorted(self._world.live_rooms(), key=lambda room: -room.viewers)
        told = [
            {"uniqueId": room.creator.handle, "roomId": room.id, "region": "US", "displayName": room.creator.nickname}
            for room in rooms
        ]
        return self.failed() or web.json_response({"channels": told})

    async def _nothing(self, request: web.Request) -> web.Response:
        return self.refused(request) or ok([])

    # ------------------------------------------------------------------------------------------ signing, webhooks

    async def sign_url(self, request: web.Request) -> web.Response:
        """Signs an address of TikTok's; for the socket's, `sign_websocket`, the room is named instead."""
        body = await asked(request)
        if refused := self.refused(request):
            return refused
        url = str(body.get("url") or "")
        if request.path.endswith("sign_websocket"):
            url = self._push_address(request, str(body.get("room_id") or ""))
        if not url:
            return _wrong(400, "url is required")
        bogus, gnarly = secrets.token_hex(14), secrets.token_hex(16)
        signed = f"{url}{'&' if '?' in url else '?'}{urlencode({'X-Bogus': bogus, 'X-Gnarly': gnarly})}"
        return ok({"signed_url": signed, "x_bogus": bogus, "x_gnarly": gnarly, "user_agent": AGENT, "cookies": "ttwid=1"})

    async def ws_credentials(self, request: web.Request) -> web.Response:
        """What direct mode opens TikTok's own socket with. The cookie is nobody's: TikTok's side of the sandbox refuses it."""
        body = await asked(request)
        room = self.live(body.get("unique_id")) or self._world.rooms.get(str(body.get("room_id", "")))
        if refused := self.refused(request):
            return refused
        if room is None or room.is_over:
            return _not_found()
        told = {"ws_url": self._push_address(request, room.id), "cookies": "ttwid=1", "user_agent": AGENT, "room_id": room.id}
        enter = frames.plain("im_enter_room", frames.enter_room(room.id))
        beat = frames.plain("hb", frames.heartbeat(room.id))
        binary = {"im_enter_room_b64": base64.b64encode(enter).decode(), "heartbeat_b64": base64.b64encode(beat).decode()}
        return ok({**told, "ws_host": request.host, "cluster_region": "US_TTP", "binary_frames": binary})

    async def webhooks(self, request: web.Request) -> web.Response:
        """Those that were asked for."""
        return self.refused(request) or ok(self._webhooks)

    async def add_webhook(self, request: web.Request) -> web.Response:
        """Keeps it; nothing is ever called from here: the sandbox opens no connection."""
        body = await asked(request)
        if refused := self.refused(request):
            return refused
        if len(self._webhooks) >= MOST_WEBHOOKS:
            return _wrong(400, f"at most {MOST_WEBHOOKS} webhooks")
        number = str(len(self._webhooks) + 1)
        self._webhooks.append({"id": number, "url": str(body.get("url", "")), "events": body.get("events") or []})
        return ok(self._webhooks[-1])

    def _push_address(self, request: web.Request, room_id: str) -> str:
        return f"ws://{request.host}/webcast/im/ws_proxy/ws_reuse_supplement/?{urlencode({'aid': '1988', 'room_id': room_id})}"


def _video(room: Room) -> Json:
    duration_s = (room.ended_at_ms - room.started_at_ms) // 1000
    return {"video_id": room.id, "title": room.title, "duration": duration_s, "viewer_count": room.total_viewers}


def _signature(seed: str) -> str:
    return urlencode({"X-Bogus": hashlib.sha256(seed.encode()).hexdigest()[:28]})


def _not_found() -> web.Response:
    return web.json_response({"status_code": -1, "error": "Not found"}, status=404)


def _wrong(status: int, message: str) -> web.Response:
    return web.json_response({"status_code": status, "message": message}, status=status)
