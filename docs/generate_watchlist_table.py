"""Writes into docs/watchlist.md what the detectors flag among captured comments: `python -m docs.generate_watchlist_table`.

`--check` only compares. Comments are named by their number in the capture and by two characters, never by their text. Where the
captures are absent, what stands in the document stays.
"""

from __future__ import annotations

import gzip
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from bot.events import CommentEvent
from bot.model.rule import Detector
from bot.moderation.detectors import FEWEST_BYTES, FEWEST_CHARS, WINDOW_S, Repeats, links
from bot.tiktok.capture import line
from bot.words import read

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "watchlist.md"
CAPTURES = ROOT / ".." / "shared" / "data" / "captures" / "payloads.jsonl.gz"
START, END = "<!-- what the detectors flag: python -m docs.generate_watchlist_table -->", "<!-- end -->"
NEAR_TIMES = 3


class Comment(NamedTuple):
    """A captured comment, by its number in the capture."""

    number: int
    event: CommentEvent


def captured() -> list[Comment] | None:
    """The captured comments, None where the captures are absent."""
    if not CAPTURES.exists():
        return None
    found = []
    with gzip.open(CAPTURES) as lines:
        for raw in lines:
            event = line.any_event_of(line.read(raw))
            if isinstance(event, CommentEvent):
                found.append(Comment(msgspec.json.decode(raw)["n"], event))
    return found


def masked(text: str) -> str:
    """Two characters, and how many there are."""
    return f"`{text[:2].replace('`', ' ')}…` ({len(text)})"


def link_rows(comments: Sequence[Comment]) -> list[str]:
    """Whatever has a dot between letters, or a slash, and whether it was taken for an address."""
    rows = []
    for number, event in comments:
        if "/" in event.text or "." in event.text.strip(". "):
            rows.append(f"| links | {number} | {masked(event.text)} | 1 | {'yes' if links(event.text) else 'no'} |")
    return rows


def repeat_rows(comments: Sequence[Comment]) -> list[str]:
    """Whatever was written often in a room, without a pause as long as the window, and whether it was a wave."""
    repeats: defaultdict[str, Repeats] = defaultdict(Repeats)
    runs: defaultdict[tuple[str, str], list[list[Comment]]] = defaultdict(list)
    flagged: set[int] = set()
    for each in comments:
        event = each.event
        at = event.created_at_ms / 1000
        together = runs[event.room_id, read(event.text).decode().replace(" ", "")]
        if not together or at - together[-1][-1].event.created_at_ms / 1000 > WINDOW_S:
            together.append([])
        together[-1].append(each)
        if repeats[event.room_id].note(event.text, event.user.id if event.user else "", each.number, at):
            flagged.add(each.number)
    rows = []
    for (_, text), together in runs.items():
        short = len(text.encode()) < FEWEST_BYTES or len(set(text)) < FEWEST_CHARS
        for run in together:
            numbers = [each.number for each in run]
            is_flagged = not flagged.isdisjoint(numbers)
            if len(run) >= NEAR_TIMES or is_flagged:
                said = "yes" if is_flagged else "no: too short" if short else "no: too few"
                listed = ", ".join(map(str, numbers))
                rows.append(f"| repeats | {listed} | {masked(run[0].event.text)} | {len(run)} | {said} |")
    return rows


def table(comments: Sequence[Comment]) -> str:
    """What was flagged, and what came near."""
    rooms = len({each.event.room_id for each in comments})
    rows = [*link_rows(comments), *repeat_rows(comments)]
    counts = " and ".join(f"{_flagged(rows, name) or 'nothing'} by `{name}`" for name in Detector)
    return "\n".join(
        [
            f"{len(comments)} captured comments from {rooms} rooms. Flagged: {counts}. Rows: what was flagged or came near.",
            "",
            "| detector | number in the capture | begins (characters) | times | flagged |",
            "|---|---|---|--:|---|",
            *rows,
        ]
    )


def _flagged(rows: Sequence[str], name: str) -> int:
    return sum(row.startswith(f"| {name} ") and row.endswith("| yes |") for row in rows)


def written(document: str) -> str:
    """The document with its table as it should be."""
    comments = captured()
    if comments is None:
        return document
    before, rest = document.split(START)
    _, after = rest.split(END)
    return f"{before}{START}\n\n{table(comments)}\n\n{END}{after}"


def main() -> int:
    document = DOCUMENT.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        return int(written(document) != document)
    DOCUMENT.write_text(written(document), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
