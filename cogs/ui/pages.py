"""Long lists in pieces that Discord takes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

EMBED_DESCRIPTION = 4096
"""Code points of an embed's description (docs resources/message, embed limits)."""


def pages(lines: Iterable[str], *, most: int = EMBED_DESCRIPTION) -> Sequence[str]:
    """The lines in order, joined to as few pages as fit; a line is never torn, one that is too long is cut."""
    found: list[str] = []
    for line in lines:
        fitting = line[:most]
        if found and len(found[-1]) + 1 + len(fitting) <= most:
            found[-1] = f"{found[-1]}\n{fitting}"
        else:
            found.append(fitting)
    return found
