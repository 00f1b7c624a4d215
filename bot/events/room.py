"""The room's own state, and what we cannot name."""

from __future__ import annotations

from typing import ClassVar

from bot.events.base import Event


class LivePausedEvent(Event, frozen=True, gc=False, array_like=True, tag="livePaused"):
    """`WebcastControlMessage`, action 1."""

    type: ClassVar[str] = "control"
    action: int = 1
    reason: str = ""


class LiveResumedEvent(Event, frozen=True, gc=False, array_like=True, tag="liveResumed"):
    """`WebcastControlMessage`, action 2."""

    type: ClassVar[str] = "control"
    action: int = 2
    reason: str = ""


class LiveEndedEvent(Event, frozen=True, gc=False, array_like=True, tag="liveEnded"):
    """The LIVE is over: `WebcastControlMessage` action 3 (by the creator) or 4 (by TikTok), or found out by us (`inferred`)."""

    type: ClassVar[str] = "control"
    action: int = 3
    reason: str = ""
    inferred: bool = False


class ControlEvent(Event, frozen=True, gc=False, array_like=True, tag="control"):
    """`WebcastControlMessage` with any other action."""

    type: ClassVar[str] = "control"
    action: int = 0
    reason: str = ""


class UnknownEvent(Event, frozen=True, gc=False, array_like=True, tag="unknown"):
    """A message that we do not model, whole, so that nothing is lost. Reaches clients, `tail` and `record`, not the log."""

    type: ClassVar[str] = "unknown"
    method: str = ""
    payload: bytes = b""
