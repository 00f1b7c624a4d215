"""Long lists in pieces that Discord takes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

EMBED_DESCRIPTION = 4096
"""Code points of an embed's description (docs resources/message, embed limits)."""

LINES = 10
"""Of a page: as many as a phone shows without scrolling far."""


def pages(lines: Iterable[str], *, most: int = EMBED_DESCRIPTION, most_lines: int = LINES) -> Sequence[str]:
    """The lines in order, joined to as few pages as fit; a line is never torn, one that is too long is cut."""
    found: list[list[str]] = []
    for line in lines:
        fitting = line[:most]
        if found and len(found[-1]) < most_lines and sum(map(len, found[-1])) + len(found[-1]) + len(fitting) <= most:
            found[-1].append(fitting)
        else:
            found.append([fitting])
    return ["\n".join(page) for page in found]
