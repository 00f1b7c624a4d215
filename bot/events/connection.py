"""What happened to our connection: events of ours, with ids that we derive, so that a repeat is a duplicate."""

from __future__ import annotations

from typing import ClassVar

from bot.events.base import Event


class ConnectedEvent(Event, frozen=True, gc=False, array_like=True, tag="connected"):
    """A room's stream is open. `source` names which way (`webcast`, `capture` …)."""

    type: ClassVar[str] = "connected"
    source: str = ""


class DisconnectedEvent(Event, frozen=True, gc=False, array_like=True, tag="disconnected"):
    """A room's stream broke; `reason` is for a human."""

    type: ClassVar[str] = "disconnected"
    reason: str = ""


class GapEvent(Event, frozen=True, gc=False, array_like=True, tag="gap"):
    """Between these instants (our clock) we may have missed anything: comments, gifts and deletions are unknown."""

    type: ClassVar[str] = "gap"
    from_ms: int = 0
    to_ms: int = 0
    reason: str = ""


class LiveStartedEvent(Event, frozen=True, gc=False, array_like=True, tag="liveStarted"):
    """A room id that we had not seen before is live. `started_at_ms` is TikTok's word for when, 0 if it did not say."""

    type: ClassVar[str] = "live_started"
    title: str = ""
    started_at_ms: int = 0
    viewers: int = 0
    cover_url: str = ""


class CreatorNotFoundEvent(Event, frozen=True, gc=False, array_like=True, tag="creatorNotFound"):
    """TikTok says there is no such user."""

    type: ClassVar[str] = "creator_not_found"
    handle: str = ""


class HandlerFailedEvent(Event, frozen=True, gc=False, array_like=True, tag="handlerFailed"):
    """A handler of a `LiveClient` raised: the stream goes on. `event_type` is what it was given, `traceback` where it broke."""

    type: ClassVar[str] = "handler_failed"
    handler: str = ""
    event_type: str = ""
    error: str = ""
    traceback: str = ""
