"""Logs of every version that was ever released still decode, and mean what they meant.

A new event class or a new field needs a new snapshot: `python -m tests.schemas.take 0002` (the next number), committed with the
change. A snapshot is never edited after a release; before one, take it again under the same number.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.events import UnknownEvent
from bot.events.codec import EVENT_CLASSES, decode, to_json
from tests.schemas.take import orders

SNAPSHOTS = sorted(Path(__file__).parent.glob("[0-9]*.json"))
CLASSES = {str(each.__struct_config__.tag): each for each in EVENT_CLASSES}

Json = dict[str, Any]


def read(path: Path) -> Json:
    taken: Json = json.loads(path.read_text(encoding="utf-8"))
    return taken


def holds(now: Any, then: Any) -> bool:
    """Whether all of `then` is in `now`: objects may have grown, nothing else may differ."""
    if isinstance(then, dict):
        return isinstance(now, dict) and all(name in now and holds(now[name], value) for name, value in then.items())
    if isinstance(then, list):
        return isinstance(now, list) and len(now) == len(then) and all(map(holds, now, then))
    return bool(now == then)


@pytest.mark.parametrize("path", SNAPSHOTS, ids=lambda path: path.stem)
def test_what_was_stored_still_says_the_same(path: Path) -> None:
    for tag, taken in read(path).items():
        [logged] = decode(bytes.fromhex(taken["stored"]))
        assert not isinstance(logged.event, UnknownEvent) or tag == "unknown", f"{tag} is not decoded any more"
        assert holds(json.loads(json.dumps(to_json(logged.event))), taken["event"]), f"{tag} says something else now"


@pytest.mark.parametrize("path", SNAPSHOTS, ids=lambda path: path.stem)
def test_fields_only_grew_at_the_end(path: Path) -> None:
    for tag, taken in read(path).items():
        # The tag is what is stored: the class may have another name by now.
        today = orders(CLASSES[tag]) | {taken["class"]: list(CLASSES[tag].__struct_fields__)}
        for struct, fields in taken["fields"].items():
            assert today[struct][: len(fields)] == fields, f"{struct} of {tag}: a field was moved, renamed or removed"


def test_the_newest_snapshot_shows_every_event_as_it_is_today() -> None:
    newest = read(SNAPSHOTS[-1])
    stale = [tag for tag, each in CLASSES.items() if tag not in newest or newest[tag]["fields"] != orders(each)]
    assert not stale, f"{stale} changed: take a snapshot, `python -m tests.schemas.take` and the next number"


def test_a_moved_field_would_be_seen() -> None:
    assert holds({"a": 1, "b": [{"c": 2, "d": 3}]}, {"b": [{"c": 2}]})
    assert not holds({"a": 1}, {"a": 2})
    assert not holds({"a": [1]}, {"a": []})
    assert not holds({"a": 1}, {"b": 1})
