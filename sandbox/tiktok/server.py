"""TikTok as a whole: a world of creators behind its pages, its sign server and its push sockets.

tiktok = TikTok()
tiktok.add_routes(app)
room = tiktok.creator("alice").go_live("hello")
room.chat(Viewer("bob", "Bob"), "hi @everyone")
assert tiktok.violations == []
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

from aiohttp import web

from sandbox.tiktok import direct
from sandbox.tiktok.clock import Clock
from sandbox.tiktok.faults import Fault, Faults
from sandbox.tiktok.handshake import BY_MESSAGE, Attempt, Refusal, Ticket, judge
from sandbox.tiktok.limits import Limits
from sandbox.tiktok.pages import Pages
from sandbox.tiktok.push import Push
from sandbox.tiktok.signing import SIGN_URL_PATHS, Signer
from sandbox.tiktok.viewer import Viewer
from sandbox.tiktok.world import Creator, Room, World

__all__ = ["Asked", "Creator", "Room", "TikTok", "Viewer"]

KEPT_REQUESTS = 10_000
KEPT_VIOLATIONS = 1_000
"""After so many, further ones are only counted: a broken client must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: `route` is page, profile, api, check_alive, room_info, gift_list, sign, sign_url, push or direct.

    `subject` is a handle or room ids.
    """

    route: str
    subject: str
    at_ms: int


class TikTok:
    """One TikTok. Creators, rooms and what happens in them are `world`'s; what goes wrong is in `faults`."""

    def __init__(self, *, clock: Clock | None = None, limits: Limits | None = None) -> None:
        self.clock = clock or Clock()
        self.limits = limits or Limits()
        self.faults = Faults()
        self.world = World(self.clock.now_ms)
        self.violations: list[str] = []
        self.violations_total = 0
        self.requests: deque[Asked] = deque(maxlen=KEPT_REQUESTS)
        self.asked: Counter[str] = Counter()
        self._signer = Signer(self.world, self.faults, self.limits, self._note)
        self.visitors = direct.Visitors(self.world, self.faults, self.limits, self._note)
        self._pages = Pages(self.world, self.faults, self._note)
        self._sockets: set[Push] = set()

    def creator(self, handle: str, *, nickname: str | None = None, user_id: str | int | None = None) -> Creator:
        """The creator of that handle, made on first use. Not live before `go_live`."""
        return self.world.creator(handle, nickname=nickname, user_id=user_id)

    @property
    def sockets(self) -> int:
        """How many push sockets are open, in whichever room."""
        return len(self._sockets)

    def spoil(self, how: Fault) -> None:
        """Every push socket that is open behaves so from now on: a value of the fault `push`, None for well."""
        for socket in tuple(self._sockets):
            socket.spoil(how)

    def add_routes(self, app: web.Application) -> None:
        """Serve everything from `app`; when it shuts down, the push sockets are closed first."""
        self._pages.add_routes(app)
        app.router.add_get("/webcast/fetch", self._signer.fetch)
        app.router.add_get("/webcast/fetch/", self._signer.fetch)
        app.router.add_get("/webcast/rooms/{room_id}/connect", self._signer.fetch)
        app.router.add_get("/webcast/anchors/{handle}/connect", self._signer.fetch)
        app.router.add_get("/webcast/anchors/{handle}/room_id", self._signer.anchor)
        for path in SIGN_URL_PATHS:
            app.router.add_post(path, self._signer.sign_url)
        app.router.add_get("/webcast/im/push/", self._push)
        app.router.add_get(direct.PATH, self._direct)
        app.router.add_get("/@{handle}", self.visitors.profile)
        app.on_shutdown.append(self._shut_down)

    def _note(self, route: str, subject: str) -> None:
        self.asked[route] += 1
        self.requests.append(Asked(route, subject, self.clock.now_ms()))

    def _violate(self, what: str, subject: str) -> None:
        self.violations_total += 1
        if len(self.violations) < KEPT_VIOLATIONS:
            self.violations.append(f"{subject}: {what}")

    async def _push(self, request: web.Request) -> web.StreamResponse:
        self._note("push", request.query.get("room_id", ""))
        ticket = self._signer.ticket(request.query.get("wrss"))
        attempt = _attempt(request)
        asked_for = self.faults.take("handshake")
        if asked_for is not None:
            return _refused(BY_MESSAGE[str(asked_for)])
        refusal = judge(attempt, ticket, now_ms=self.clock.now_ms(), valid_for_s=self.limits.signed_for_s)
        if refusal is not None:
            return self._turn_away(attempt, refusal)
        assert ticket is not None  # noqa: S101 - judge refuses an attempt without one
        ticket.is_used = True
        return await self._serve(request, ticket)

    async def _direct(self, request: web.Request) -> web.StreamResponse:
        """The push socket for visitors: no signature, but a cookie from a page."""
        self._note("direct", request.query.get("room_id", ""))
        asked_for = self.faults.take("handshake")
        if asked_for is not None:
            return _refused(BY_MESSAGE[str(asked_for)])
        attempt = _attempt(request)
        admitted = self.visitors.admit(attempt)
        if isinstance(admitted, Refusal):
            return self._turn_away(attempt, admitted)
        return await self._serve(request, admitted)

    def _turn_away(self, attempt: Attempt, refusal: Refusal) -> web.Response:
        self._violate(f"the push socket was refused: {refusal.reason}", f"room {attempt.query.get('room_id')}")
        return _refused(refusal)

    async def _serve(self, request: web.Request, ticket: Ticket) -> web.StreamResponse:
        socket = Push(
            request,
            ticket=ticket,
            world=self.world,
            limits=self.limits,
            faults=self.faults,
            violation=lambda what: self._violate(what, f"room {ticket.room_id}"),
        )
        self._sockets.add(socket)
        try:
            return await socket.run()
        finally:
            self._sockets.discard(socket)

    async def _shut_down(self, _app: web.Application) -> None:
        for socket in tuple(self._sockets):
            socket.cut()


def _attempt(request: web.Request) -> Attempt:
    return Attempt(query=request.query, user_agent=request.headers.get("User-Agent", ""), ttwid=request.cookies.get("ttwid", ""))


def _refused(refusal: Refusal) -> web.Response:
    headers = {"Handshake-Msg": refusal.message, "Handshake-Status": refusal.status} if refusal.message else {}
    return web.Response(status=refusal.http_status, headers=headers)
