"""What TikTok and the sign server allow, in one place that tests can tighten."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Limits:
    """Times are real seconds; a scenario's speed does not change them."""

    ping_interval_s: float | None = None
    """Told as `Handshake-Options: ping-interval`; None leaves the header out, and 10 s is expected."""
    heartbeats_missed: int = 3
    """A socket without a heartbeat for so many intervals is closed."""
    enter_within_s: float = 10.0
    """How long an open socket may stay outside every room."""
    ack_within_s: float = 15.0
    """A frame that waits longer for its ack closes the socket."""
    unacked_most: int = 200
    """So many frames without an ack close the socket as well."""
    send_within_s: float = 10.0
    """A client that does not read for so long is cut off."""
    batch_s: float = 0.0
    """How long messages are gathered into one frame. Real rooms: about 0.8 s; 0 sends what one turn of the loop posted."""
    batch_most: int = 50
    """Messages in one frame."""
    need_ack: bool = True
    """Whether frames ask for an ack (nearly all of TikTok's do)."""
    signed_for_s: float = 30.0
    """How long a signed fetch can be used; it can be used once."""
    sign_keys: frozenset[str] | None = None
    """The API keys that the sign server knows; None serves everybody, with or without a key."""
    ttwid_every: int = 3
    """Every so many visits of a profile page bring the cookie of the direct path."""
