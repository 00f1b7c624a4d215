"""How many lines a second does the pure way from event to post carry: match, render, queue, coalesce?

The peer in the same run is the least that any relay does: an f-string for each comment and one join for each post, without
escaping, names, order, or bounds. Discord takes about 40 posts of 2,000 characters a second from one token, so the product
needs some 1,400 lines a second; what is above that is room for other work on the same core.

    python -m bench.coalesce [--events 20000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from random import Random

from bot.delivery.coalesce import MOST_CHARS
from bot.delivery.lane import Lane
from bot.events import CommentEvent, Common, Event, FollowEvent, Gift, GiftEvent, JoinEvent, User
from bot.events.ids import Handle, MessageId, RoomId, ViewerId
from bot.model.ids import ChannelId, CreatorId, DiscordUserId, GuildId, WatchId
from bot.model.watch import Watch
from bot.relay.format import render
from bot.relay.match import wants

WATCH = Watch(
    id=WatchId(1),
    guild_id=GuildId(1),
    channel_id=ChannelId(10),
    creator_id=CreatorId(1),
    handle=Handle("alice"),
    created_at=datetime(2024, 1, 1, tzinfo=UTC),
    created_by=DiscordUserId(5),
)
WORDS = [
    "hi",
    "hello",
    "😂😂",
    "love",
    "*this*",
    "song",
    "@alice",
    "when",
    "LIVE?",
    "München",
    "❤️",
    "100%",
    "👏🏽",
    "so good!!!",
    "नमस्ते",
]
CHAT_LANE = 200
"""Lines offered between two posts: a room at its very hottest."""


def made_up(count: int, rng: Random) -> list[Event]:
    """A hot room: half joins, the rest comments of a few words, one event in twenty a gift or a follow."""
    events: list[Event] = []
    for number in range(count):
        user = User(
            id=ViewerId(str(rng.randrange(10**18))), handle=Handle(f"user{number % 500}"), nickname=rng.choice(["Bob", "Zoë 🌸"])
        )
        common = Common(MessageId(str(number)), RoomId("7"), Handle("alice"), 1_700_000_000_000, 1_700_000_000_000, user)
        dice = rng.random()
        if dice < 0.5:
            events.append(JoinEvent(common))
        elif dice < 0.95:
            events.append(CommentEvent(common, text=" ".join(rng.choices(WORDS, k=rng.randint(1, 12)))))
        elif dice < 0.98:
            events.append(GiftEvent(common, gift=Gift("1", "Rose", 1), repeat_count=rng.randint(1, 20)))
        else:
            events.append(FollowEvent(common))
    return events


def ours(events: Sequence[Event]) -> tuple[int, int]:
    """Match, render, queue, coalesce; the lines and posts that came out."""
    lane = Lane(ChannelId(10), capacity=500)
    lines = posts = 0
    for seq, event in enumerate(events, 1):
        if wants(WATCH, event) and (line := render(event, seq=seq)) is not None:
            lane.offer(WATCH, line, now=float(seq))
            lines += 1
        if lane.waiting >= CHAT_LANE or seq == len(events):
            while lane.compose(now=float(seq), now_ms=seq) is not None:
                lane.landed()
                posts += 1
    return lines, posts


def floor(events: Sequence[Event]) -> tuple[int, int]:
    """An f-string and a join."""
    waiting: list[str] = []
    lines = posts = room = 0
    for event in events:
        if isinstance(event, CommentEvent | GiftEvent | FollowEvent):
            text = event.text if isinstance(event, CommentEvent) else event.type
            line = f"**{event.user.nickname if event.user else ''}** {text}"
            lines += 1
            if room + len(line) + 1 > MOST_CHARS:
                "\n".join(waiting)
                posts += 1
                waiting, room = [], 0
            waiting.append(line)
            room += len(line) + 1
    return lines, posts + bool(waiting)


def best_rate(work: Callable[[Sequence[Event]], tuple[int, int]], events: Sequence[Event], rounds: int) -> tuple[float, int, int]:
    """Lines a second in the best round, and what one round made."""
    best, lines, posts = 0.0, 0, 0
    for _ in range(rounds):
        started = time.perf_counter()
        lines, posts = work(events)
        best = max(best, lines / (time.perf_counter() - started))
    return best, lines, posts


def main() -> None:
    """Print both rates and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    events = made_up(options.events, Random(1))
    bare, _, _ = best_rate(floor, events, options.rounds)
    rate, lines, posts = best_rate(ours, events, options.rounds)
    print(f"events {len(events):,} -> lines {lines:,} -> posts {posts:,} ({lines / posts:.1f} lines a post)")  # noqa: T201
    print(f"f-string and join   {bare:>12,.0f} lines/s")  # noqa: T201
    print(f"match to post       {rate:>12,.0f} lines/s   {1e6 / rate:.1f} us a line   {rate / bare:.3f} of the floor")  # noqa: T201


if __name__ == "__main__":
    main()
