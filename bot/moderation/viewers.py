"""Who wrote or gave in a stretch of the log, and what was given. Pure.

Whoever only comes in, follows or likes is not remembered: nothing of what a moderator does would need it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.events import CommentEvent, EmoteEvent, GiftEvent, Handle, QuestionEvent, User, ViewerId
from bot.events.codec import Logged
from bot.model.ids import CreatorId
from bot.model.viewer import Giving, Sighting
from bot.text import MOST_NAME_CHARS

_WRITTEN_OR_GIVEN = (CommentEvent, EmoteEvent, QuestionEvent, GiftEvent)

MOST_HANDLE_CHARS = 64


@dataclass(frozen=True, slots=True)
class Met:
    """Sightings, one for each viewer and handle; gifts in the order of the log."""

    sightings: tuple[Sighting, ...]
    gifts: tuple[Giving, ...]

    def __bool__(self) -> bool:
        return bool(self.sightings or self.gifts)


def meet(logged: Iterable[Logged], *, creator_id: CreatorId) -> Met:
    """Who is in there. A combo counts once, when it is over."""
    seen: dict[tuple[ViewerId, str], Sighting] = {}
    gifts: list[Giving] = []
    for entry in logged:
        event = entry.event
        user = event.user
        if not isinstance(event, _WRITTEN_OR_GIVEN) or user is None or not user.id:
            continue
        sighting = _sighting(user, creator_id, event.received_at_ms)
        key = (user.id, sighting.handle)
        seen[key] = _joined(seen[key], sighting) if key in seen else sighting
        if isinstance(event, GiftEvent) and event.is_final and (new := event.repeat_count - event.counted_before) > 0:
            worth = new * event.gift.diamonds
            gifts.append(Giving(creator_id, user.id, event.room_id, entry.seq, new, worth, event.received_at_ms))
    return Met(tuple(seen.values()), tuple(gifts))


def _sighting(user: User, creator_id: CreatorId, at_ms: int) -> Sighting:
    handle = Handle(user.handle[:MOST_HANDLE_CHARS].lower())
    return Sighting(creator_id, user.id, handle, user.nickname[:MOST_NAME_CHARS], at_ms, at_ms)


def _joined(before: Sighting, after: Sighting) -> Sighting:
    return replace(
        before,
        nickname=after.nickname or before.nickname,
        first_seen_at_ms=min(before.first_seen_at_ms, after.first_seen_at_ms),
        last_seen_at_ms=max(before.last_seen_at_ms, after.last_seen_at_ms),
    )
