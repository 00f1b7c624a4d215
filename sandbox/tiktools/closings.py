"""Close codes with their texts, and the notices before them, as they were seen on the real edge. Values only."""

from __future__ import annotations

from typing import NamedTuple

UPGRADE_URL = "https://tiktools.sandbox.invalid/pricing"


class Closing(NamedTuple):
    """How a connection ends: WebSocket close code, its text, and the type of the notice before it ("" for none)."""

    code: int
    text: str = ""
    notice: str = ""


NOT_LIVE = Closing(4404, "Creator is not currently live", "not_live")
ENDED = Closing(4005)
BAD_KEY = Closing(4401, "Invalid or expired JWT")
EXPIRED_KEY = Closing(4401, f"Evaluation period ended. Upgrade at {UPGRADE_URL} to continue using TikTools.")
DAILY = Closing(4429, "Daily Demo Limit Reached. Upgrade Required. (15 WS sessions / 24h on Community)")
HOURLY = Closing(4429, "sandbox allows 60 connects per hour")
EVICTED = Closing(4429, "Evicted - newer connection arrived (FIFO)")
DEMO_ENDED = Closing(4429, "Demo session ended", "session_limit")
ANONYMOUS = Closing(4429, "", "anon_limit")
DEMO = Closing(4555, "Daily Demo Limit Reached", "demo_limit")
LIFETIME = Closing(4555)
RELAY_ERROR = Closing(4556, "Relay connection error")
UPSTREAM_CLOSED = Closing(4500)
NO_MESSAGES = Closing(4006)
RESTART = Closing(1012, "service restart")

MESSAGES = {
    "anon_limit": "Anonymous limit reached.",
    "demo_limit": "Demo limit reached.",
    "session_limit": "Session limit reached.",
}
"""What the notices say. Their exact wording was never captured."""
