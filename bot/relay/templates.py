"""Templates of a guild's own: `{name} sent {gift} ×{count}`. Pure.

Placeholders stand in single braces and are filled with text that is safe already; the rest is the admins' own Discord markdown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from bot.errors import BadInput
from bot.model.watch import EventKind, Look
from bot.text import one_line

MOST_TEMPLATE_CHARS = 200

_VIEWER = ("name", "handle", "badges", "creator")

PLACEHOLDERS: Mapping[EventKind, tuple[str, ...]] = {
    EventKind.CHAT: (*_VIEWER, "text"),
    EventKind.GIFT: (*_VIEWER, "gift", "count", "diamonds"),
    EventKind.FOLLOW: _VIEWER,
    EventKind.SHARE: _VIEWER,
    EventKind.JOIN: _VIEWER,
    EventKind.LIKE: (*_VIEWER, "count"),
    EventKind.LIVE: ("creator", "title", "link", "role"),
}
"""What a template of each kind may name. Kinds that are missing here have none."""

NEEDED: Mapping[EventKind, str] = {EventKind.CHAT: "text"}
"""Without it the template would say nothing."""

_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_BRACE = re.compile(r"[{}]")


def parse(kind: EventKind, text: str) -> str:
    """The template as it is kept. Raises `BadInput` naming what is wrong and the nearest thing that is right."""
    names = PLACEHOLDERS.get(kind)
    if names is None:
        raise BadInput("{kind} has no template.", kind=kind)
    template = one_line(text)
    if len(template) > MOST_TEMPLATE_CHARS:
        raise BadInput(
            "A template has at most {most} characters, this one has {count}.", most=MOST_TEMPLATE_CHARS, count=len(template)
        )
    if _BRACE.search(_PLACEHOLDER.sub("", template)):
        raise BadInput("A brace stands alone. Placeholders look like {example}.", example="{name}")
    shown = ", ".join(f"`{{{name}}}`" for name in names)
    for name in _PLACEHOLDER.findall(template):
        if name not in names:
            near = get_close_matches(name, names, n=1)
            if near:
                raise BadInput(
                    "There is no such placeholder. Did you mean {near}? There are: {all}.", near=f"`{{{near[0]}}}`", all=shown
                )
            raise BadInput("There is no such placeholder. There are: {all}.", all=shown)
    needed = NEEDED.get(kind)
    if template and needed and f"{{{needed}}}" not in template:
        raise BadInput("A template for {kind} must hold {needed}.", kind=kind, needed=f"`{{{needed}}}`")
    return template


def of(look: Look, kind: EventKind) -> str:
    """The look's template for a kind, empty when it has none."""
    return next((template for each, template in look.templates if each is kind), "")


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its placeholders filled. What is filled in is never read as a template again."""
    return _PLACEHOLDER.sub(lambda match: values.get(match.group(1), ""), template)
