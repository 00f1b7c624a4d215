"""Follows gathered into one line a minute."""

from __future__ import annotations

from dataclasses import replace as changed

from msgspec.structs import replace

from bot.events import FollowEvent, Handle, RoomId, User, ViewerId
from bot.events.codec import Envelope, Logged
from bot.model.watch import Follows, Look
from bot.relay.digest import WINDOW_MS, Digest, rebuilt
from tests.bot.relay.conftest import common, watch_for
from tests.doubles.clock import START_MS


def follows(*names: str, at_ms: int = 0) -> Digest:
    digest = Digest()
    for name in names:
        event = FollowEvent(common(user=User(ViewerId(name), Handle(name.lower()), name)))
        digest = digest.then(event, Look(), seq=1, received_at_ms=at_ms)
    return digest


def read(digest: Digest) -> str:
    return digest.line(FollowEvent(common()), Look(), seq=9).text.replace("\u2068", "").replace("\u2069", "")


def test_three_are_named_and_the_others_counted() -> None:
    assert read(follows("Ann")) == "➕ 1 new follower: **Ann**"
    assert read(follows("Ann", "Bob", "Eve")) == "➕ 3 new followers: **Ann**, **Bob**, **Eve**"
    assert read(follows("Ann", "Bob", "Eve", "Zoë")) == "➕ 4 new followers: **Ann**, **Bob**, **Eve** and 1 other"
    assert read(follows("Ann", "Bob", "Eve", "Zoë", "Kim")).endswith("and 2 others")


def test_the_next_minute_is_a_line_of_its_own() -> None:
    first = follows("Ann")
    event = FollowEvent(common(user=User(ViewerId("2"), Handle("bob"), "Bob")))
    same = first.then(event, Look(), seq=2, received_at_ms=WINDOW_MS - 1)
    later = first.then(event, Look(), seq=2, received_at_ms=WINDOW_MS)
    assert read(same) == "➕ 2 new followers: **Ann**, **Bob**"
    assert read(later) == "➕ 1 new follower: **Bob**"
    line, grown, new = (each.line(event, Look(), seq=1) for each in (first, same, later))
    assert line.grows == grown.grows != new.grows


def test_another_room_in_the_same_minute_is_counted_apart() -> None:
    event = FollowEvent(replace(common(), room_id=RoomId("8000")))
    assert read(follows("Ann", "Bob").then(event, Look(), seq=3, received_at_ms=1)) == "➕ 1 new follower: **Bob**"


def test_a_minute_whose_beginning_is_not_known_never_takes_the_place_of_the_line_that_counts_the_rest() -> None:
    unknown = Digest(known_from_ms=30_000)
    event = FollowEvent(common())
    late = unknown.then(event, Look(), seq=612, received_at_ms=40_000)
    whole = Digest().then(event, Look(), seq=1, received_at_ms=40_000)
    assert late.line(event, Look(), seq=612).grows != whole.line(event, Look(), seq=1).grows
    next_minute = late.then(event, Look(), seq=700, received_at_ms=WINDOW_MS)
    assert next_minute.part == 0


def test_a_restart_counts_only_what_the_watch_heard() -> None:
    watch = watch_for()
    watch = changed(watch, settings=changed(watch.settings, follows=Follows.DIGEST))
    before, after = (
        Logged(Envelope(1, 1, seq, 1, "test", at_ms), FollowEvent(common(seq, at_ms=at_ms)))
        for seq, at_ms in ((1, START_MS - 5_000), (2, START_MS + 5_000))
    )
    assert rebuilt(watch, [before, after], known_from_ms=0).count == 1


def test_the_line_knows_by_id_whom_it_names_and_nobody_else() -> None:
    digest = follows("ann", "bob", "eve", "joe")
    line = digest.line(FollowEvent(common()), Look(), seq=4)
    assert line.viewer_id == "ann bob eve"
