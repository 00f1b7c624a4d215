"""The sentences that TikTok shows, put together from their pieces. Pure.

A pattern holds placeholders, `{0:user} sent {1:gift}`: the number of a piece and what kind it is. Which value a piece holds
decides how it reads, not the kind. The language is the connection's; what a sentence *means* is told by its key.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.tiktok.webcast.pb import webcast_pb2 as pb

MOST_CHARACTERS = 2000
"""Of one sentence: a pattern may name a long piece a thousand times."""

MOST_PATTERNS_KEPT = 512
MOST_CHARACTERS_KEPT = 200
"""Of a pattern whose placeholders are kept. Captured: 25 patterns with placeholders, the longest of 132 characters; a room says
the same few sentences all day, with other names in them."""

HEART = "❤"

_PLACEHOLDER = re.compile(r"\{(\d{1,4})(?::[^{}]*)?\}")


def render_text(text: pb.FullText) -> str:
    """The sentence with its names filled in; a placeholder without its piece is empty. A pattern without any is the sentence."""
    pattern = text.pattern
    if "{" not in pattern:
        return pattern[:MOST_CHARACTERS].strip()
    places, rest = _kept_places(pattern) if len(pattern) <= MOST_CHARACTERS_KEPT else _places(pattern)
    pieces = text.pieces[:]
    count = len(pieces)
    parts: list[str] = []
    length = 0
    for before, index in places:
        piece = _read(pieces[index]) if index < count else ""
        parts += (before, piece)
        length += len(before) + len(piece)
        if length >= MOST_CHARACTERS:
            break
    parts.append(rest)
    return "".join(parts)[:MOST_CHARACTERS].strip()


def _places(pattern: str) -> tuple[list[tuple[str, int]], str]:
    """The placeholders, each as (the words before it, the number of its piece), and the words after the last."""
    places = []
    end = 0
    for place in _PLACEHOLDER.finditer(pattern):
        places.append((pattern[end : place.start()], int(place[1])))
        end = place.end()
    return places, pattern[end : end + MOST_CHARACTERS]


_kept_places = lru_cache(maxsize=MOST_PATTERNS_KEPT)(_places)


def kept() -> int:
    """How many patterns are kept."""
    return _kept_places.cache_info().currsize


def forget() -> None:
    """Empty the cache (a benchmark's cold start)."""
    _kept_places.cache_clear()


def _read(piece: pb.Piece) -> str:
    if text := piece.text:
        return text
    if piece.HasField("user"):
        wire = piece.user
        person = wire.user
        name = person.nickname or person.handle
        return f"{name}:" if name and wire.with_colon else name
    if piece.HasField("gift"):
        return piece.gift.name.pattern
    if piece.HasField("heart"):
        return HEART
    return piece.nested.pattern
