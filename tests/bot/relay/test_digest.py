"""Follows gathered into one line a minute."""

from __future__ import annotations

from bot.events import FollowEvent, Handle, User, ViewerId
from bot.model.watch import Look
from bot.relay.digest import WINDOW_MS, Digest
from tests.bot.relay.conftest import common


def follows(*names: str, at_ms: int = 0) -> Digest:
    digest = Digest()
    for name in names:
        event = FollowEvent(common(user=User(ViewerId(name), Handle(name.lower()), name)))
        digest = digest.then(event, Look(), received_at_ms=at_ms)
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
    same = first.then(event, Look(), received_at_ms=WINDOW_MS - 1)
    later = first.then(event, Look(), received_at_ms=WINDOW_MS)
    assert read(same) == "➕ 2 new followers: **Ann**, **Bob**"
    assert read(later) == "➕ 1 new follower: **Bob**"
    line, grown, new = (each.line(event, Look(), seq=1) for each in (first, same, later))
    assert line.grows == grown.grows != new.grows
