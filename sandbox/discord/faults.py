"""What goes wrong next: the faults that a test or a scenario orders, used up in the order of their requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from sandbox.discord.world import Message

Verb = Literal["create", "edit"]
MessageTest = Callable[[Message], bool]
RequestTest = Callable[[str, str], bool]
"""Given method and path, for example `lambda method, path: path.endswith("/messages")`."""


class Gate(Protocol):
    """What a held answer waits for; an `asyncio.Event` is one."""

    def wait(self) -> Awaitable[object]: ...


@dataclass(slots=True)
class Cut:
    """The next `times` stores that pass `when` are stored, then the connection is aborted without an answer."""

    verb: Verb
    times: int
    when: MessageTest | None = None


@dataclass(slots=True)
class Failure:
    """The next `times` requests that pass `when` are answered `status` and have no effect."""

    status: int
    times: int
    when: RequestTest | None = None


@dataclass(slots=True)
class Refusal:
    """The next `times` created or edited messages whose text holds `part` are refused with this JSON error code."""

    code: int
    verb: Verb
    times: int
    part: str


@dataclass(frozen=True, slots=True)
class Ban:
    """Cloudflare stands in front of the API: a page (`is_html`) or JSON, in both cases without `Via`."""

    status: int = 429
    is_html: bool = True


@dataclass(slots=True)
class Faults:
    """Orders. All are empty at first: then nothing goes wrong.

    `hold_create`: every created message is stored, `on_stored` is called, and the answer waits for this gate.
    `answer_after_s`: every created message is answered this much later. `late_interactions_s`: the bot hears of an
    interaction this much after a person began it, and the three seconds run from the beginning.
    `gateway_down`: the gateway refuses new connections with 503. `invalid_sessions`: so many of the next IDENTIFY and
    RESUME are answered op 9. `failing`: every request is answered with this status until it is None again. `ban`:
    Cloudflare answers in the API's place. `blocked_words`: AutoMod refuses messages that hold one (200000).
    """

    hold_create: Gate | None = None
    on_stored: Callable[[Message], None] | None = None
    answer_after_s: float = 0.0
    late_interactions_s: float = 0.0
    gateway_down: bool = False
    invalid_sessions: int = 0
    failing: int | None = None
    ban: Ban | None = None
    blocked_words: set[str] = field(default_factory=set)
    held: list[Message] = field(default_factory=list)
    _cuts: list[Cut] = field(default_factory=list)
    _failures: list[Failure] = field(default_factory=list)
    _refusals: list[Refusal] = field(default_factory=list)
    _global_limits: list[float] = field(default_factory=list)

    def cut_after_store(self, times: int = 1, *, when: MessageTest | None = None) -> None:
        """The next created messages are stored, then the TCP connection dies: the sender cannot know."""
        self._cuts.append(Cut("create", times, when))

    def cut_after_edit(self, times: int = 1, *, when: MessageTest | None = None) -> None:
        """The same for edits."""
        self._cuts.append(Cut("edit", times, when))

    def fail(self, status: int, times: int = 1, *, when: RequestTest | None = None) -> None:
        """The next requests are answered with this status (500, 502, 503 …) and have no effect."""
        self._failures.append(Failure(status, times, when))

    def refuse(self, code: int, times: int = 1, *, verb: Verb = "create", part: str = "") -> None:
        """The next messages with `part` in their text are refused: 240000 (harmful link), 30046, 50013, 10003 …"""
        self._refusals.append(Refusal(code, verb, times, part))

    def limit_globally(self, retry_after_s: float, times: int = 1) -> None:
        """The next requests that count against the token are answered 429 with `global: true`."""
        self._global_limits.extend([retry_after_s] * times)

    def clear(self) -> None:
        """Nothing goes wrong any more; answers that are held now stay held until their own gate opens."""
        fresh = Faults(held=self.held)
        for name in self.__slots__:
            setattr(self, name, getattr(fresh, name))

    def takes_cut(self, verb: Verb, message: Message) -> bool:
        """Whether this stored message's connection is to be cut; uses up one order."""
        for cut in self._cuts:
            if cut.verb == verb and cut.times > 0 and (cut.when is None or cut.when(message)):
                cut.times -= 1
                return True
        return False

    def takes_failure(self, method: str, path: str) -> int | None:
        """The status that this request is to fail with; uses up one order."""
        if self.failing is not None:
            return self.failing
        for failure in self._failures:
            if failure.times > 0 and (failure.when is None or failure.when(method, path)):
                failure.times -= 1
                return failure.status
        return None

    def takes_refusal(self, verb: Verb, text: str) -> int | None:
        """The error code that a message with this text is refused with; uses up one order, but no blocked word."""
        if any(word.lower() in text.lower() for word in self.blocked_words):
            return 200000
        for refusal in self._refusals:
            if refusal.verb == verb and refusal.times > 0 and refusal.part in text:
                refusal.times -= 1
                return refusal.code
        return None

    def takes_invalid_session(self) -> bool:
        """Whether this IDENTIFY or RESUME is answered op 9; uses up one order."""
        self.invalid_sessions -= (taken := self.invalid_sessions > 0)
        return taken

    def takes_global_limit(self) -> float | None:
        """Seconds of a global 429 that is to be answered now; uses up one order."""
        return self._global_limits.pop(0) if self._global_limits else None
