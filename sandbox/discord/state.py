"""All that one Discord holds, shared by REST, gateway and whoever looks at it. No sockets here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.discord.commands import Registry
from sandbox.discord.faults import Faults
from sandbox.discord.files import Files
from sandbox.discord.interactions import Interactions
from sandbox.discord.limits import Buckets, Limits, Window
from sandbox.discord.openapi import Conformance
from sandbox.discord.world import Message, World

TOKEN = "sandbox-token"
NONCE_WINDOW_S = 180.0
"""How long a nonce is remembered; Discord says "a few minutes"."""
REQUESTS_KEPT = 50_000

ViolationKind = Literal[
    "bad_token", "invalid_form", "content_too_long", "empty_message", "unguarded_mention", "nonce_reused", "late_answer",
    "second_answer", "foreign_edit", "gateway_payload", "gateway_flood", "identified_twice", "unserved_route", "bad_json",
    "openapi",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that no correct bot does. `detail` says what exactly, `where` on which route."""

    kind: ViolationKind
    detail: str
    where: str
    at_ms: int

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail} ({self.where})"


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One REST request as it was answered. `code` is Discord's JSON error code, 0 for none; status 0: cut off unanswered.

    `route` is the template ("/channels/{channel_id}/messages"), `scope` of a 429 is user, global or shared.
    """

    method: str
    route: str
    path: str
    status: int
    code: int
    at_ms: int
    took_s: float
    scope: str = ""
    body: Any = None


class State:
    """One Discord. `now` gives seconds since 1970 and times everything but the network itself."""

    def __init__(self, now: Callable[[], float], limits: Limits) -> None:
        self.token = TOKEN
        self.limits = limits
        self.world = World(now)
        self.files = Files(self.world.ids.next)
        self.faults = Faults()
        self.commands = Registry()
        self.interactions = Interactions(self.world)
        self.buckets = Buckets()
        self.total = Window(limits.total)
        self.invalid = Window(limits.invalid)
        self.command_creates: dict[int | None, Window] = {}
        self.command_writes = 0
        """Write requests to the command list since the start: a bot at rest makes none."""
        self.nonce_window_s = NONCE_WINDOW_S
        self.shards = 1
        self.privileged_intents = 0
        """Bits of the privileged intents that are switched on for the application."""
        self.conformance: Conformance | None = None
        self.closing = False
        """The server is going away: whatever is held is let go."""
        self.requests: list[RequestRecord] = []
        self.violations: list[Violation] = []
        self._nonces: dict[tuple[int, str], tuple[float, Message]] = {}

    def violate(self, kind: ViolationKind, detail: str, where: str) -> None:
        self.violations.append(Violation(kind, detail, where, self.world.now_ms))

    def record(self, request: RequestRecord) -> None:
        """Keep the request; of more than 50,000 the older half is dropped."""
        self.requests.append(request)
        if len(self.requests) > REQUESTS_KEPT:
            del self.requests[: REQUESTS_KEPT // 2]

    def sent_before(self, channel_id: int, nonce: str) -> Message | None:
        """The message that the bot created in this channel with this nonce, deleted or not, while Discord remembers."""
        at_s, message = self._nonces.get((channel_id, nonce), (0.0, None))
        return message if self.world.now() - at_s < self.nonce_window_s else None

    def remember(self, channel_id: int, nonce: str, message: Message) -> None:
        horizon = self.world.now() - self.nonce_window_s
        # Insertion order is age, so the stale ones are in front.
        while self._nonces and next(iter(self._nonces.values()))[0] <= horizon:
            del self._nonces[next(iter(self._nonces))]
        self._nonces[channel_id, nonce] = (self.world.now(), message)
