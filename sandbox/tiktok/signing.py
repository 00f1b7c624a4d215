"""The sign server: `GET /webcast/fetch`, `GET /webcast/rooms/{room_id}/connect` and `POST /tiktok/sign_url`, as EulerStream's.

A signed fetch is raw protobuf: where to connect, with which route parameters, and the room's last comments as backlog. It
opens one socket within 30 s. The route parameters hold `+`, `/`, `=` and a space on purpose: a client that does not
percent-encode them is refused, as by TikTok.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from sandbox.tiktok import frames
from sandbox.tiktok.faults import Faults
from sandbox.tiktok.handshake import Ticket
from sandbox.tiktok.limits import Limits
from sandbox.tiktok.world import OVER, Room, World

KEPT_TICKETS = 10_000
"""Tickets are remembered after use, so that a second use is known for what it is; the oldest go."""

SIGN_URL_PATHS = ("/tiktok/sign_url", "/webcast/sign_url", "/tiktok/signing/encrypt/sign_url")
"""Today's path, the older one, and that of its newest SDK."""

SIGNING_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
"""Whom an address is signed for when the caller names nobody."""

MESSAGES = {
    401: "Invalid API key",
    402: "This feature needs a paid plan",
    403: "Your plan does not allow this",
    404: "The room was not found",
    429: "Too many signature requests",
    500: "Empty response payload received",
    503: "The sign server is not available",
    504: "TikTok did not answer the sign server in time",
    525: "SSL handshake failed",
}


class Signer:
    """Gives out tickets, and finds them again by what their sockets carry."""

    def __init__(self, world: World, faults: Faults, limits: Limits, note: Callable[[str, str], None]) -> None:
        self._world = world
        self._faults = faults
        self._limits = limits
        self._note = note
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()

    def ticket(self, wrss: str | None) -> Ticket | None:
        """The ticket whose route parameter this is."""
        return self._tickets.get(wrss or "")

    async def fetch(self, request: web.Request) -> web.Response:
        """The one call that every client makes before it connects."""
        room_id = request.match_info.get("room_id") or request.query.get("room_id", "")
        handle = request.match_info.get("handle") or request.query.get("unique_id", "")
        self._note("sign", room_id or handle)
        fault = self._faults.take("sign")
        if isinstance(fault, int):
            return self._failure(fault)
        if fault == "removed" and request.path.startswith("/webcast/fetch"):
            return self._failure(404, "This route was removed; use /webcast/rooms/{room_id}/connect")
        if not self._knows(request):
            return self._failure(401)
        if not room_id and not handle:
            return self._failure(400, "room_id or unique_id is needed")
        room = self._room(room_id, handle)
        if room is None:
            return self._failure(404)
        if room.is_over:
            return self._failure(500)
        return self._signed(request, room, fault)

    async def anchor(self, request: web.Request) -> web.Response:
        """Which room a creator is in, for whoever has a key."""
        handle = request.match_info["handle"]
        self._note("anchor", handle)
        fault = self._faults.take("anchor")
        if isinstance(fault, int):
            return self._failure(fault)
        if not request.headers.get("X-Api-Key") or not self._knows(request):
            return self._failure(401)
        if fault == "no_plan":
            return web.json_response({"code": 403, "message": MESSAGES[403]})
        creator = self._world.find(handle)
        room = creator.room if creator else None
        told = {"is_live": room is not None, "room_id": room.id if room else None, "room_status": room.status if room else OVER}
        return web.json_response({"code": 200, "ok": True, "message": "", **told, "source": "sandbox", "routes_attempted": []})

    async def sign_url(self, request: web.Request) -> web.Response:
        """Signs any address of TikTok's. What it adds are tokens of the right shape; nobody checks them here."""
        self._note("sign_url", "")
        fault = self._faults.take("sign_url")
        if isinstance(fault, int):
            return self._failure(fault)
        if not self._knows(request):
            return self._failure(401)
        if fault == "no_plan":
            # As documented: this one refusal has HTTP status 200.
            return web.json_response({"code": 403, "message": MESSAGES[403]})
        asked = await _asked(request)
        url = str(asked.get("url") or "")
        if urlsplit(url).scheme not in ("http", "https"):
            return self._failure(400, "url is needed")
        agent = str(asked.get("userAgent") or SIGNING_AGENT)
        seed = hashlib.sha512(f"{url} {agent} {self._world.serial()}".encode()).hexdigest()
        tokens = {"msToken": seed[:64], "X-Bogus": seed[64:92], "X-Gnarly": seed[92:]}
        response = {
            "signedUrl": f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(tokens)}",
            "userAgent": agent,
            "browserName": "Mozilla",
            "browserVersion": agent.removeprefix("Mozilla/"),
            "tokens": tokens,
            "requestHeaders": {"User-Agent": agent, "Referer": "https://www.tiktok.com/"},
            "cookies": f"ttwid={asked.get('ttwid') or seed[:32]}; msToken={tokens['msToken']}",
        }
        return web.json_response({"code": 200, "message": "", "response": response})

    def _knows(self, request: web.Request) -> bool:
        key = request.headers.get("X-Api-Key") or request.query.get("apiKey", "")
        return self._limits.sign_keys is None or key in self._limits.sign_keys

    def _room(self, room_id: str, handle: str) -> Room | None:
        if room_id:
            return self._world.rooms.get(room_id)
        creator = self._world.find(handle)
        return creator.last_room if creator else None

    def _signed(self, request: web.Request, room: Room, fault: str | None) -> web.Response:
        ticket = self._issue(room, request.query.get("user_agent", ""))
        headers = {
            "X-Room-Id": room.id,
            "X-Agent-Id": "sandbox-1",
            "X-Request-Id": uuid.uuid4().hex,
            "X-Set-TT-Cookie": f"ttwid={ticket.ttwid}; path=/; domain=.tiktok.com; secure; HttpOnly",
        }
        if fault == "no_cookie":
            del headers["X-Set-TT-Cookie"]
        backlog = [replace(comment, is_history=True) for comment in room.comments]
        result = frames.batch(
            backlog,
            cursor=ticket.route_params["cursor"],
            internal_ext=ticket.route_params["internal_ext"].encode(),
            now_ms=ticket.issued_at_ms,
            is_first=True,
        )
        result.push_server = "" if fault == "no_push_server" else f"ws://{request.host}/webcast/im/push/"
        result.route_params.update(ticket.route_params)
        body = result.SerializeToString(deterministic=True)
        if fault == "empty":
            body = b""
        elif fault == "not_protobuf":
            body = b"<!doctype html><title>Checking your browser</title>"
        # The content type is what real signers send: it says nothing true about the body.
        return web.Response(body=body, content_type="text/plain", headers=headers)

    def _issue(self, room: Room, user_agent: str) -> Ticket:
        now_ms = self._world.now_ms()
        seed = hashlib.sha512(f"{room.id} {self._world.serial()}".encode()).digest()
        wrss = "+/" + base64.b64encode(seed[:33]).decode() + "="
        ticket = Ticket(
            room_id=room.id,
            route_params={
                "imprp": base64.urlsafe_b64encode(seed[33:57]).decode(),
                "wrss": wrss,
                "cursor": f"{now_ms}_{room.position}_1_1_0_0",
                "internal_ext": internal_ext(now_ms, room.position, serial=self._world.serial()),
                "signed_by": "sandbox & co 100%",
            },
            ttwid=f"1%7C{seed[57:].hex()}%7C{now_ms // 1000}",
            user_agent=user_agent,
            issued_at_ms=now_ms,
            position=room.position,
        )
        self._tickets[wrss] = ticket
        while len(self._tickets) > KEPT_TICKETS:
            self._tickets.popitem(last=False)
        return ticket

    def _failure(self, status: int, message: str = "") -> web.Response:
        wait_s = self._faults.retry_after_s
        body: dict[str, object] = {"code": status, "message": message or MESSAGES.get(status, "Sign server error")}
        headers = {"X-Request-Id": uuid.uuid4().hex}
        if status == 429:
            body["limit_label"] = "rate_limit_account_minute"
            reset_at_s = self._world.now_ms() // 1000 + wait_s
            headers |= {
                "Retry-After": str(wait_s),
                "RateLimit-Limit": "10",
                "RateLimit-Remaining": "0",
                "RateLimit-Reset": str(reset_at_s),
                "X-RateLimit-Reset": str(reset_at_s),
            }
        return web.json_response(body, status=status, headers=headers)


async def _asked(request: web.Request) -> dict[str, Any]:
    """The JSON object in the body; anything else is an empty one."""
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def internal_ext(now_ms: int, position: int, *, serial: int) -> str:
    """What a frame wants back in its ack; TikTok's own shape."""
    place = f"fetch_id:{now_ms}_{position}|flag:0|seq:{serial}|next_cursor:{position}"
    return f"fetch_time:{now_ms}|start_time:0|{place}|wss_info:0-{now_ms}-0-0"
