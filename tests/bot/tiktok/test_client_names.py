"""`client.on("…")`: each name that people know, from whichever library, hears just the events that it means."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from bot.events import Common, Event, MessageId, RoomId
from bot.events.codec import EVENT_CLASSES
from bot.events.names import classes_named, names
from bot.tiktok.client import LiveClient
from bot.tiktok.reconnect import NEVER
from tests.doubles.clock import FakeClock
from tests.doubles.tiktok import ScriptedSource

ROOM = RoomId("7")


def one_of(number: int, kind: type[Event]) -> Event:
    """An event of that class and nothing more."""
    return kind(Common(MessageId(f"m{number}"), ROOM))


async def test_every_name_hears_the_events_that_it_means_and_no_others() -> None:
    clock = FakeClock()
    source = ScriptedSource(clock)
    client = LiveClient("alice", room_id=ROOM, source=source, clock=clock, reconnect=NEVER, webcast_base="http://127.0.0.1:9")
    heard: dict[str, set[type[Event]]] = defaultdict(set)

    def listen(name: str) -> None:
        def hear(event: Event) -> None:
            heard[name].add(type(event))

        async def hear_later(event: Any) -> None:
            hear(event)

        client.on(name, hear if len(name) % 2 else hear_later)

    known = sorted(names())
    for name in known:
        listen(name)
    said = [one_of(number, kind) for number, kind in enumerate(EVENT_CLASSES)]
    async with client:
        source.stream("alice").say(*said)
        source.stream("alice").end()
        await client.finished()
    assert len(known) > 300
    assert not heard.keys() - set(known)
    wrong = [name for name in known if heard[name] != classes_named(name)]
    assert wrong == []
