"""Whom somebody means who types or pastes a creator: `@name`, `name`, or whatever address TikTok's own "Share" gave. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.errors import BadInput
from bot.events.ids import Handle
from bot.text import is_handle, parse_handle

_SITE = r"(?<![\w.@-])(?:[a-z0-9-]+\.)*tiktok\.com/"
_PROFILE = re.compile(_SITE + r"(?:@|%40)([a-z0-9_.]+)")
_SHORT = re.compile(r"(?<![\w.@-])(?:v[mt]\.tiktok\.com/\w|(?:[a-z]+\.)?tiktok\.com/(?:t|v)/\w)")
_AT = re.compile(r"(?<!\S)@[a-z0-9_.]+")
_MENTION = re.compile(r"<(?:@[!&]?|#)\d+>")


def creator_named(text: str) -> Handle:
    """The handle that the text names, alone or among other words. Raises `BadInput` with what to type instead."""
    typed = text.strip().lower()
    for found in (_PROFILE.findall(typed), [at[1:] for at in _AT.findall(typed)]):
        # Who pastes a sentence pastes its full stop, too; no handle ends with one.
        handles = {handle.rstrip(".") for handle in found}
        if len(handles) == 1 and is_handle(handle := handles.pop()):
            return Handle(handle)
        if len(handles) > 1:
            raise BadInput("That names several creators. One at a time, please.")
    if _SHORT.search(typed):
        raise BadInput(
            "That is a short link, and I do not open links: open it yourself and paste the address of the profile, "
            "like https://www.tiktok.com/@alice."
        )
    if _MENTION.fullmatch(typed):
        raise BadInput("That is a name on Discord. I need the handle on TikTok, like @alice.")
    bare = typed.lstrip("@").strip().rstrip(".")
    if "tiktok.com" not in typed and (not bare.isascii() or len(bare.split()) > 1):
        raise BadInput(
            "That looks like a display name, which several people may have. "
            "Type the handle that stands beside it on the profile, like @alice."
        )
    return Handle(parse_handle(bare))


def completions(handles: Iterable[Handle], typed: str) -> Sequence[Handle]:
    """Those of the handles that contain what was typed so far, the ones that start with it first."""
    part = typed.strip().removeprefix("@").lower()
    return sorted({each for each in handles if part in each}, key=lambda handle: (not handle.startswith(part), handle))
