"""What is read off after a load: lags, how full posts are. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

DISCORD_EPOCH_MS = 1_420_070_400_000


def posted_at_ms(message_id: int) -> int:
    """When Discord stored a message: its id says so."""
    return (message_id >> 22) + DISCORD_EPOCH_MS


def percentile(ordered: Sequence[float], share: float) -> float:
    """Of values in order; 0 where there are none."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


@dataclass(frozen=True, slots=True)
class Shown:
    """A line that stands in a channel: in which message, how long it is, when its frame was due."""

    message_id: int
    channel_id: int
    chars: int
    due_ms: int
    is_chat: bool


def lags_s(lines: Iterable[Shown]) -> list[float]:
    """Seconds from the frame to Discord, in order of size."""
    return sorted((posted_at_ms(line.message_id) - line.due_ms) / 1000 for line in lines)


def intervals_s(posts: Iterable[tuple[int, int]], *, since_ms: int = 0) -> list[float]:
    """Seconds between two posts (message, channel) of one channel, in order of size. The later ones came since then; how long
    before them the earlier ones were does not matter, or a long interval would not be seen in a short time.
    """
    last: dict[int, int] = {}
    found = []
    for message_id, channel_id in sorted(posts):
        if channel_id in last and posted_at_ms(message_id) >= since_ms:
            found.append((posted_at_ms(message_id) - last[channel_id]) / 1000)
        last[channel_id] = posted_at_ms(message_id)
    return sorted(found)


def fullness(lines: Iterable[Shown], chars: Mapping[int, int], *, room: int, admitting: Collection[int] = ()) -> list[float]:
    """How full the posts are for which more was waiting than would have fitted, each as a share of `room`.

    What waited behind a post: the lines of later posts of the channel whose frames were due before it stood there; or it
    is one of those `admitting` that they left something out.
    """
    by_channel: dict[int, list[Shown]] = {}
    for line in sorted(lines, key=lambda line: line.message_id):
        by_channel.setdefault(line.channel_id, []).append(line)
    found = []
    for told in by_channel.values():
        for message_id in dict.fromkeys(line.message_id for line in told):
            at_ms = posted_at_ms(message_id)
            behind = sum(line.chars + 1 for line in told if line.message_id > message_id and line.due_ms < at_ms)
            own = chars.get(message_id, 0)
            if message_id in admitting or (behind and own + behind > room):
                found.append(own / room)
    return found
