"""Whether the bot does its work, judged from facts: what is wrong, and what an operator does about it. Pure.

*Alive* means that a restart would mend nothing; *ready* means that what happens on TikTok reaches Discord. A bot that is
degraded is ready: it works on, with less than it should.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

WRITE_WITHIN_S = 60.0
"""The database must have taken a write within this time."""

MOST_LAG_S = 1.0
"""A loop that wakes up later than this is too busy: heartbeats and interactions (3 s) are next."""


class Status(IntEnum):
    """From good to bad."""

    OK = 0
    DEGRADED = 1
    DOWN = 2


@dataclass(frozen=True, slots=True)
class Facts:
    """One moment of a process."""

    ended: Sequence[str] = ()
    """Tasks that must run as long as the bot does, and do not."""
    shards: int = 0
    """Gateway connections that the bot keeps; 0 before the first."""
    shards_connected: int = 0
    write_age_s: float = 0.0
    """Since the last write that the database took."""
    database_error: str = ""
    """What it said to the last one, "" when it took it."""
    loop_lag_s: float = 0.0
    """The latest wake-up of the event loop lately."""
    channels: int = 0
    """Channels that have a queue."""
    channels_blocked: int = 0
    delivery_error: str = ""
    """Why nothing can be posted in one of those."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be. `restart_mends`: and will not become so by itself."""

    part: str
    status: Status
    what: str
    remedy: str
    restart_mends: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one question about the process; the findings that it rests on, the worst first."""

    findings: Sequence[Finding] = ()

    @property
    def status(self) -> Status:
        return max((finding.status for finding in self.findings), default=Status.OK)

    def told(self) -> dict[str, object]:
        """As JSON's values."""
        return {
            "status": self.status.name.lower(),
            "findings": [
                {"part": each.part, "status": each.status.name.lower(), "what": each.what, "remedy": each.remedy}
                for each in self.findings
            ],
        }


def liveness(facts: Facts) -> Verdict:
    """Whether the process should be left alone: down only for what a restart mends."""
    return Verdict([finding for finding in _findings(facts) if finding.restart_mends])


def readiness(facts: Facts) -> Verdict:
    """Whether the bot does its work."""
    return Verdict(_findings(facts))


def _findings(facts: Facts) -> Sequence[Finding]:
    checks = (_tasks(facts), _gateway(facts), _database(facts), _loop(facts), _delivery(facts))
    return sorted((found for found in checks if found is not None), key=lambda found: found.status, reverse=True)


def _tasks(facts: Facts) -> Finding | None:
    if not facts.ended:
        return None
    return Finding(
        "tasks",
        Status.DOWN,
        f"What must run has ended: {', '.join(facts.ended)}.",
        "Restart the bot, and look for the last ERROR in its log: it says why.",
        restart_mends=True,
    )


def _gateway(facts: Facts) -> Finding | None:
    if facts.shards and facts.shards_connected >= facts.shards:
        return None
    if facts.shards_connected:
        return Finding(
            "gateway",
            Status.DEGRADED,
            f"{facts.shards - facts.shards_connected} of {facts.shards} gateway connections to Discord are closed.",
            "They are opened again by themselves. Should that take minutes, look at Discord's status page.",
        )
    return Finding(
        "gateway",
        Status.DOWN,
        "The gateway to Discord is not connected: commands are not heard.",
        "It is tried again by itself, and the log says why it failed. `python -m bot check` looks at address and token.",
    )


def _database(facts: Facts) -> Finding | None:
    if not facts.database_error and facts.write_age_s <= WRITE_WITHIN_S:
        return None
    why = f": {facts.database_error}" if facts.database_error else ""
    return Finding(
        "database",
        Status.DOWN if facts.write_age_s > WRITE_WITHIN_S else Status.DEGRADED,
        f"The database has taken no write for {facts.write_age_s:.0f} s{why}.",
        "Look for a full or read-only disk below storage.url, and for another program that holds the file.",
    )


def _loop(facts: Facts) -> Finding | None:
    if facts.loop_lag_s <= MOST_LAG_S:
        return None
    return Finding(
        "loop",
        Status.DEGRADED,
        f"The event loop woke up {facts.loop_lag_s:.1f} s late.",
        "Give the bot more of a processor, or fewer creators (limits.creators).",
    )


def _delivery(facts: Facts) -> Finding | None:
    """One server that took a permission away is not the operator's trouble; half of them point at us or at Discord."""
    if not facts.channels_blocked or facts.channels_blocked * 2 < facts.channels:
        return None
    why = f" ({facts.delivery_error})" if facts.delivery_error else ""
    return Finding(
        "delivery",
        Status.DEGRADED,
        f"Nothing can be posted in {facts.channels_blocked} of {facts.channels} channels{why}.",
        "Look at Discord's status page, and at the bot's permissions in its servers. Lines wait in the log meanwhile.",
    )
