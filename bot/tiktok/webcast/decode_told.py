"""The shared part of the rarer messages: with the sentence that TikTok shows for them. Pure.

Putting a sentence together costs more than reading a like, so what arrives by the thousand does without.
"""

from __future__ import annotations

from bot.events import Common, User
from bot.tiktok.webcast.decode_parts import Arrival, common
from bot.tiktok.webcast.display import render_text
from bot.tiktok.webcast.pb import webcast_pb2 as pb


def told(base: pb.ToldBase, user: User | None, payload: bytes, arrival: Arrival, sentence: pb.FullText | None = None) -> Common:
    """The shared part with its sentence: the common one, else `sentence`, which the message itself shows."""
    if base.HasField("display_text"):
        text = base.display_text
        if sentence is not None and not text.pattern:
            text = sentence
    elif sentence is not None:
        text = sentence
    else:
        return common(base, user, payload, arrival)
    return common(base, user, payload, arrival, render_text(text), text.key)
