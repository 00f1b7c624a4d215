"""The sentences that TikTok shows, put together from their pieces. Pure.

A pattern holds placeholders, `{0:user} sent {1:gift}`: the number of a piece and what kind it is. Which value a piece holds
decides how it reads, not the kind. The language is the connection's; what a sentence *means* is told by its key.
"""

from __future__ import annotations

import re

from bot.tiktok.webcast.pb import webcast_pb2 as pb

MOST_CHARACTERS = 2000
"""Of one sentence: a pattern may name a long piece a thousand times."""

HEART = "❤"

_PLACEHOLDER = re.compile(r"\{(\d{1,4})(?::[^{}]*)?\}")


def render_text(text: pb.FullText) -> str:
    """The sentence with its names filled in; a placeholder without its piece is empty. A pattern without any is the sentence."""
    pattern = text.pattern
    if "{" not in pattern:
        return pattern[:MOST_CHARACTERS].strip()
    pieces = text.pieces
    parts: list[str] = []
    length = end = 0
    for place in _PLACEHOLDER.finditer(pattern):
        index = int(place[1])
        piece = _read(pieces[index]) if index < len(pieces) else ""
        parts += (pattern[end : place.start()], piece)
        length += place.start() - end + len(piece)
        end = place.end()
        if length >= MOST_CHARACTERS:
            break
    parts.append(pattern[end : end + MOST_CHARACTERS])
    return "".join(parts)[:MOST_CHARACTERS].strip()


def _read(piece: pb.Piece) -> str:
    if piece.text:
        return piece.text
    if piece.HasField("user"):
        person = piece.user.user
        name = person.nickname or person.handle
        return f"{name}:" if name and piece.user.with_colon else name
    if piece.HasField("gift"):
        return piece.gift.name.pattern
    if piece.HasField("heart"):
        return HEART
    return piece.nested.pattern
