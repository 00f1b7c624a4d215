"""Animated lines, and the super fans among them. Pure."""

from __future__ import annotations

from bot.events import BarrageEvent, BarrageKind, SuperFanEvent, SuperFanJoinEvent, User
from bot.tiktok.barrage_kinds import BARRAGE_KINDS
from bot.tiktok.webcast.decode_parts import Arrival, user
from bot.tiktok.webcast.decode_told import told
from bot.tiktok.webcast.display import render_text
from bot.tiktok.webcast.pb import webcast_pb2 as pb

SUPER_FAN = "ttlive_superfan"
SUPER_FAN_JOINED = "ttlive_superfan_commentnotif_superfanjoined"
SUPER_FAN_BOX = "ttlive_superfanbox"
"""Parts of a sentence's key, in any case. The third contains the first, and is about an envelope."""


def barrage(message: pb.Barrage, payload: bytes, arrival: Arrival) -> BarrageEvent | SuperFanEvent | SuperFanJoinEvent:
    """`WebcastBarrageMessage`: what it is about is told by its kind; super fans by the key of one of its two sentences."""
    content, common_content = message.content, message.common_content
    shown = content if content.key or content.pattern else common_content
    shared = told(message.base, _person(message), payload, arrival, shown)
    keys = f"{content.key} {common_content.key}".lower()
    if SUPER_FAN_JOINED in keys:
        return SuperFanJoinEvent(shared, render_text(shown), shown.key)
    if SUPER_FAN in keys and SUPER_FAN_BOX not in keys:
        return SuperFanEvent(shared, render_text(shown), shown.key)
    return BarrageEvent(
        shared,
        kind=BARRAGE_KINDS.get(message.kind, BarrageKind.OTHER),
        number=message.kind,
        text=render_text(shown),
        text_key=shown.key,
        level=message.user_grade.level or message.fan_level.level,
        duration_ms=message.duration_ms,
        scene=message.scene,
        sub_type=message.sub_type,
        gift_count=message.gift.count,
        gift_source=message.gift.source,
        cause=message.event.name,
    )


def _person(message: pb.Barrage) -> User | None:
    """Whom it is about: newer messages say so at the top, older ones beside the level."""
    return user(message.user) or user(message.user_grade.user) or user(message.fan_level.user)
