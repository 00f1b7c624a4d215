"""The way in without a signature: profile pages that hand out `ttwid` cookies, now and then, and who may come with one.

TikTok gives the cookie to a visitor whom it does not know, on some of its pages' answers only. To a client whose TLS handshake
is no browser's it answers 200 without a cookie and with `X-TT-System-Error: 3`; this sandbox speaks no TLS, so that is a fault
to be asked for: `tiktok.faults.ttwid = "system_error"`.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable

from aiohttp import web

from sandbox.tiktok.faults import Faults
from sandbox.tiktok.handshake import Attempt, Refusal, Ticket, judge_visitor, stale
from sandbox.tiktok.limits import Limits
from sandbox.tiktok.world import World

KEPT_DEVICES = 10_000
PATH = "/webcast/im/ws_proxy/ws_reuse_supplement/"


class Visitors:
    """Gives out cookies, and knows them again."""

    def __init__(self, world: World, faults: Faults, limits: Limits, note: Callable[[str, str], None]) -> None:
        self._world = world
        self._faults = faults
        self._limits = limits
        self._note = note
        self._visits = 0
        self._devices: OrderedDict[str, None] = OrderedDict()

    async def profile(self, request: web.Request) -> web.Response:
        """`/@{handle}`: every so many visits bring the cookie, unless the visitor has one."""
        self._note("profile", request.match_info["handle"])
        fault = self._faults.take("ttwid")
        if isinstance(fault, int):
            return web.Response(status=fault, text="<html>Access Denied</html>", content_type="text/html")
        headers = {"X-TT-System-Error": "3"} if fault == "system_error" else {}
        response = web.Response(text="<!doctype html><title>TikTok</title>", content_type="text/html", headers=headers)
        self._visits += 1
        if fault is None and "ttwid" not in request.cookies and self._visits % self._limits.ttwid_every == 0:
            response.set_cookie("ttwid", self._mint(), path="/", max_age=31_536_000, httponly=True)
        return response

    def block_all(self) -> None:
        """From now on no cookie given out so far is trusted."""
        self._devices.clear()

    def admit(self, attempt: Attempt) -> Ticket | Refusal:
        """What a socket without a signature may do, or why it may not."""
        refusal = judge_visitor(attempt, self._devices)
        if refusal is not None:
            return refusal
        room = self._world.rooms.get(attempt.query.get("room_id", ""))
        if room is None:
            return stale(f"there is no room {attempt.query.get('room_id')!r}")
        now_ms = self._world.now_ms()
        return Ticket(room.id, {}, attempt.ttwid, attempt.user_agent, now_ms, room.position, brings_backlog=False)

    def _mint(self) -> str:
        now_ms = self._world.now_ms()
        ttwid = f"1%7C{hashlib.sha256(f'visitor {self._world.serial()}'.encode()).hexdigest()}%7C{now_ms // 1000}"
        self._devices[ttwid] = None
        while len(self._devices) > KEPT_DEVICES:
            self._devices.popitem(last=False)
        return ttwid
