"""Who may open the push socket, and how TikTok refuses the others. Pure.

A refusal is a plain HTTP answer with `Handshake-Msg` and `Handshake-Status`, instead of the upgrade.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

AID = "1988"
"""The application id of TikTok's web client: every request carries it."""


@dataclass(slots=True)
class Ticket:
    """What one signed fetch allows: one socket, to one room, within seconds, with this cookie and User-Agent."""

    room_id: str
    route_params: Mapping[str, str]
    ttwid: str
    user_agent: str
    issued_at_ms: int
    position: int
    """How far the room was: messages since then are delivered on entering."""
    is_used: bool = False
    brings_backlog: bool = True
    """Whether whoever gave it out told the room's last comments with it; else the socket tells them."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to open the socket, as it came over HTTP."""

    query: Mapping[str, str]
    user_agent: str
    ttwid: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """TikTok's answer, and for us the reason behind it. An empty `message` sends no Handshake headers."""

    http_status: int
    message: str
    status: str
    reason: str


def blocked(reason: str) -> Refusal:
    """The device is not trusted."""
    return Refusal(415, "DEVICE_BLOCKED", "415", reason)


def malformed(reason: str) -> Refusal:
    """The address is not what was signed."""
    return Refusal(400, "illegal app_id", "417", reason)


def stale(reason: str) -> Refusal:
    """The signature is not good any more."""
    return Refusal(200, "illegal secret key", "417", reason)


BY_MESSAGE = {
    "DEVICE_BLOCKED": blocked("a fault was asked for"),
    "illegal app_id": malformed("a fault was asked for"),
    "illegal secret key": stale("a fault was asked for"),
    "": Refusal(200, "", "", "a fault was asked for"),
}


def is_browser(user_agent: str) -> bool:
    """TikTok serves browsers; a library's own User-Agent is turned away."""
    return user_agent.startswith("Mozilla/")


def judge(attempt: Attempt, ticket: Ticket | None, *, now_ms: int, valid_for_s: float) -> Refusal | None:
    """Return why the attempt is refused, or None when the socket opens."""
    if not is_browser(attempt.user_agent):
        return blocked(f"no browser sends the User-Agent {attempt.user_agent!r}")
    if attempt.query.get("aid") != AID:
        return malformed(f"aid is {attempt.query.get('aid')!r}, not {AID}")
    if ticket is None:
        return malformed(f"no signed fetch gave the route parameter wrss={attempt.query.get('wrss')!r}")
    for name, value in ticket.route_params.items():
        if attempt.query.get(name) != value:
            return malformed(f"the route parameter {name} came back as {attempt.query.get(name)!r}, not {value!r}")
    if attempt.query.get("room_id") != ticket.room_id:
        return malformed(f"room_id is {attempt.query.get('room_id')!r}, but room {ticket.room_id} was signed")
    return _judge_device(attempt, ticket) or _judge_age(ticket, now_ms=now_ms, valid_for_s=valid_for_s)


def judge_visitor(attempt: Attempt, devices: Container[str]) -> Refusal | None:
    """The same for somebody without a signature: they need a browser's User-Agent and a cookie that a page gave them."""
    if not is_browser(attempt.user_agent):
        return blocked(f"no browser sends the User-Agent {attempt.user_agent!r}")
    if attempt.query.get("aid") != AID:
        return malformed(f"aid is {attempt.query.get('aid')!r}, not {AID}")
    if attempt.ttwid not in devices:
        return blocked(f"the cookie ttwid is {attempt.ttwid!r}, which no page gave out")
    return None


def _judge_device(attempt: Attempt, ticket: Ticket) -> Refusal | None:
    if attempt.ttwid != ticket.ttwid:
        return blocked(f"the cookie ttwid is {attempt.ttwid!r}, not the one that came with the signature")
    if ticket.user_agent and attempt.user_agent != ticket.user_agent:
        return blocked(f"signed for User-Agent {ticket.user_agent!r}, opened with {attempt.user_agent!r}")
    return None


def _judge_age(ticket: Ticket, *, now_ms: int, valid_for_s: float) -> Refusal | None:
    if ticket.is_used:
        return stale("a signed fetch was used twice")
    if now_ms - ticket.issued_at_ms > valid_for_s * 1000:
        return stale(f"a signed fetch was used after more than {valid_for_s:g} s")
    return None
