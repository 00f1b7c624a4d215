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
class Faults:
    """Orders. All are empty at first: then nothing goes wrong.

    `hold_create`: every created message is stored, `on_stored` is called, and the answer waits for this gate.
    `answer_after_s`: every created message is answered this much later. `late_interactions_s`: the bot hears of an
    interaction this much after a person began it, and the three seconds run from the beginning.
    `gateway_down`: the gateway refuses new connections with 503.
    """

    hold_create: Gate | None = None
    on_stored: Callable[[Message], None] | None = None
    answer_after_s: float = 0.0
    late_interactions_s: float = 0.0
    gateway_down: bool = False
    held: list[Message] = field(default_factory=list)
    _cuts: list[Cut] = field(default_factory=list)
    _failures: list[Failure] = field(default_factory=list)
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
        for failure in self._failures:
            if failure.times > 0 and (failure.when is None or failure.when(method, path)):
                failure.times -= 1
                return failure.status
        return None

    def takes_global_limit(self) -> float | None:
        """Seconds of a global 429 that is to be answered now; uses up one order."""
        return self._global_limits.pop(0) if self._global_limits else None
