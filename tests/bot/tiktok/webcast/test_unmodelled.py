"""Nothing that is known is forgotten: each method and each name of the feed is a typed event, or is listed with its reason."""

from __future__ import annotations

import json

import pytest

from bot.events import UnknownEvent
from bot.events.names import classes_named
from bot.tiktok.webcast.decode import READERS
from bot.tiktok.webcast.methods import EVENTS_OF
from bot.tiktok.webcast.unmodelled import FEED_WHY_UNKNOWN, WHY_UNKNOWN
from docs.generate_protocol_table import DOCUMENT, theirs
from tests.bot.tiktok.shared_data import captured
from tests.bot.tiktok.webcast.documents import methods

FRAMES_OF_THE_PROTOCOL = {"WebcastPushFrame", "WebcastImEnterRoomMessage"}
"""What carries messages, and what we send."""

OF_THE_CONNECTION = {"ping", "pong", "_journal"}
PARTS = {"_meta", "_base", "_user", "_battleTeam", "_battleHost"}


def test_every_known_method_is_a_typed_event_or_is_listed_with_its_reason() -> None:
    assert set(READERS) | set(WHY_UNKNOWN) == methods() - FRAMES_OF_THE_PROTOCOL
    assert not set(READERS) & set(WHY_UNKNOWN)
    assert all(WHY_UNKNOWN.values())


def test_every_name_of_the_feed_is_a_typed_event_or_is_listed_with_its_reason() -> None:
    listed = json.loads((captured("payloads.jsonl.gz").parents[1] / "tiktools" / "events.json").read_text(encoding="utf-8"))
    untyped = {name for name in listed if name not in PARTS | OF_THE_CONNECTION and classes_named(name) <= {UnknownEvent}}
    assert untyped == set(FEED_WHY_UNKNOWN) | {"unknown"}


@pytest.mark.parametrize("method", sorted(READERS))
def test_tiktoklives_name_of_a_method_means_what_the_method_becomes(method: str) -> None:
    if name := theirs(method):
        meant = classes_named(name)
        assert UnknownEvent not in meant
        assert meant & set(EVENTS_OF[method]), (name, meant)


@pytest.mark.parametrize("method", sorted(WHY_UNKNOWN))
def test_tiktoklives_name_of_an_unmodelled_method_means_the_unknown_event(method: str) -> None:
    feed_has_a_class = ("HotRoom", "ShortTouch", "StreamStatus", "OecLiveManager", "GameServerFeature")
    if (name := theirs(method)) and name.removesuffix("Event") not in feed_has_a_class:
        assert UnknownEvent in classes_named(name), name


def test_the_document_tells_each_reason() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    for name, why in {**WHY_UNKNOWN, **FEED_WHY_UNKNOWN}.items():
        row = next(line for line in document.splitlines() if line.startswith(f"| `{name}`"))
        assert row.endswith(f"| {why} |")
