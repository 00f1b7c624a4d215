"""The lines of a post, to choose one from. For private answers only. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import discord

from bot.language import Language
from bot.model.viewer import PostedLine
from bot.text import cut

PAGE = 25
"""Options of one menu."""

MOST_LABEL_CHARS = 100
_ESCAPED = re.compile(r"\\(.)")
_UNSEEN = str.maketrans(dict.fromkeys("\u2068\u2069\u200b"))


def last_page(lines: Sequence[PostedLine]) -> int:
    """The number of the last page, the first is 0."""
    return max(0, len(lines) - 1) // PAGE


def options(t: Language, lines: Sequence[PostedLine], page: int) -> list[discord.SelectOption]:
    """A page of lines. One that stands for several comments is there once for each of them."""
    many = Counter(line.number for line in lines)
    return [_option(t, line, many[line.number]) for line in lines[page * PAGE : (page + 1) * PAGE]]


def _option(t: Language, line: PostedLine, many: int) -> discord.SelectOption:
    where = t("Line {number}", number=line.number + 1)
    said = (
        where if many == 1 else t("{line}, {source} of {many} that say the same", line=where, source=line.source + 1, many=many)
    )
    label = plain(line.text) or (t("removed") if line.is_struck else where)
    return discord.SelectOption(label=cut(label, MOST_LABEL_CHARS), value=f"{line.number}:{line.source}", description=said)


def plain(rendered: str) -> str:
    """A line of a post as a reader sees it: a menu knows no markup, so nothing needs to be escaped there."""
    return _ESCAPED.sub(r"\1", rendered.translate(_UNSEEN).replace("**", "")).strip()


def place_of(value: str) -> tuple[int, int] | None:
    """The line and source that an option named; None for what was no option."""
    match = re.fullmatch(r"([0-9]{1,5}):([0-9]{1,5})", value)
    return (int(match[1]), int(match[2])) if match else None
