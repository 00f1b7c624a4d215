r"""Viewers' text made safe for Discord: one line, no mention, no markup, no link. Pure.

What Discord would otherwise make of it, and the answer here:

- mentions (`@everyone`, `<@1>`, `<#1>`, `</cmd:1>`, `<id:…>`), timestamps, custom emoji: `<`, `>` and `:` are escaped, and a
  zero-width space follows every `@`; that nothing pings even so is the sender's `AllowedMentions.none()`;
- markup, masked links, headings, lists, quotes: every character that can open one is escaped;
- links: the colon of `https://` and the dots of a host name are escaped, so that `https\://evil\.com` is shown as
  `https://evil.com` but is neither clickable nor previewed, and `discord\.gg/x` is no invite. A reader can still copy it;
  In a comment they are defanged, kept or dropped as the watch wishes (`bot.links`); kept is `<https://…>`, percent-encoded;
- another viewer's line: all line breaks become spaces; bidirectional controls and other invisible characters go;
- zalgo: at most three combining marks stay on one character.

`discord.utils.escape_markdown` is not used: it leaves the second of two masked links, and all of `<…>`, alive.
"""

from __future__ import annotations

import re
import unicodedata

import regex

from bot.errors import BadInput
from bot.links import LinkPolicy, linked

MOST_NAME_CHARS = 32
"""Code points of a viewer's name that are shown: TikTok's own limit is 30, badges and flags count as several."""

MOST_TEXT_CHARS = 2000
"""Code points of one text that are looked at: TikTok's comments end at 150, a longer one is no comment of a person."""

ELLIPSIS = "…"
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"

# Full-width and small at signs mention nobody today.
_ESCAPES = str.maketrans({char: f"\\{char}" for char in "\\`*_~|[]()<>#-:"} | {char: f"{char}\u200b" for char in "@＠﹫"})
_HOST_DOT = re.compile(r"(?<=\w)\.(?=\w)")
_LIST_START = re.compile(r"\d+\.|[+=]")

# Default_Ignorable_Code_Point holds the zero-width and bidirectional characters, fillers, tags and variation selectors.
# U+2800 is an empty braille cell, U+FFF9..FFFC are annotation anchors, the last three a note without a head and blank
# hieroglyphs: all are drawn as nothing. Joiners have their own rule.
_INVISIBLE = regex.compile(
    r"[[\p{Cc}\p{Cs}\p{DI}\u2800\uFFF9-\uFFFC\U0001D159\U00013441\U00013442]--[\s\uFE0E\uFE0F\u200C\u200D]]", regex.VERSION1
)
_BEFORE_JOINER = r"[\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}[\p{L}--\p{Latin}]]"
_AFTER_JOINER = r"[\p{Extended_Pictographic}[\p{L}--\p{Latin}]]"
_LOOSE_JOINER = regex.compile(
    rf"(?<!{_BEFORE_JOINER})[\u200C\u200D]|[\u200C\u200D](?!{_AFTER_JOINER})",
    regex.VERSION1,
)
_ZALGO = regex.compile(r"(\p{M}{3})\p{M}+")
_VISIBLE = regex.compile(r"[^\p{M}\p{Z}\p{C}]")
_GRAPHEME = regex.compile(r"\X")

_CUT_WINDOW = 128
"""Code points before a cut that are looked at for a safe place: no emoji in use is a quarter as long."""

_HANDLE = re.compile(r"[a-z0-9_.]{2,24}")
_PROFILE_URL = re.compile(r"(?:https?://)?(?:[a-z]+\.)?tiktok\.com/@([^/?#]+)(?:/live)?/?(?:[?#].*)?")


def one_line(text: str) -> str:
    """The text as one line of visible characters, single spaces between words; not escaped."""
    text = text[:MOST_TEXT_CHARS]
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
        if "\u200d" in text or "\u200c" in text:
            text = _LOOSE_JOINER.sub("", text)
        text = _ZALGO.sub(r"\1", text)
    return " ".join(text.split())


def escape(text: str) -> str:
    """One line in which Discord finds nothing to interpret, wherever in a line it is put."""
    return _escaped(one_line(text))


def excerpt(
    text: str,
    limit: int,
    links: LinkPolicy = LinkPolicy.DEFANG,
    dropped: str = "[link]",
    *,
    keep_invites: bool = False,
) -> str:
    """The same of at most `limit` of the code points that were typed, its links treated as `links` says.

    `dropped` stands for a link under `LinkPolicy.DROP`: a sentence of ours, unescaped. Invites are defanged under
    `LinkPolicy.KEEP`, unless `keep_invites`. What comes out is at most three times the limit and a few.
    """
    pieces = linked(cut(one_line(text), limit), links, dropped, keep_invites=keep_invites)
    if len(pieces) == 1:
        return _escaped(pieces[0])
    return "".join(piece if number % 2 else _escaped(piece) for number, piece in enumerate(pieces))


def _escaped(line: str) -> str:
    if line.isalnum():
        return line
    escaped = line.translate(_ESCAPES)
    if "." in escaped:
        escaped = _HOST_DOT.sub(r"\\.", escaped)
    start = _LIST_START.match(escaped)
    # The sign that makes the list is the last of what was found.
    return f"{escaped[: start.end() - 1]}\\{escaped[start.end() - 1 :]}" if start else escaped


def safe_name(nickname: str, handle: str = "", viewer_id: str = "", *, stranger: str = "viewer") -> str:
    """A viewer's name, escaped and isolated, so that a right-to-left name cannot reorder the line it stands in.

    Who has no visible nickname is called by the handle, else by the end of the id: `viewer …1234`, `stranger` is that word.
    """
    for candidate in (nickname, handle):
        name = one_line(candidate)
        if _VISIBLE.search(name):
            return f"{_ISOLATE}{_escaped(cut(name, MOST_NAME_CHARS))}{_END_ISOLATE}"
    return f"{_ISOLATE}{stranger} {ELLIPSIS}{escape(viewer_id[-4:])}{_END_ISOLATE}"


def cut(text: str, limit: int) -> str:
    """At most `limit` code points of the text; what is cut ends with an ellipsis.

    Never splits a grapheme (an emoji of several code points, a letter and its marks) nor a backslash from what it escapes;
    only a single grapheme that is longer than the limit is broken.
    """
    if len(text) <= limit:
        return text
    room = limit - len(ELLIPSIS)
    if room < 0:
        return ""
    kept = text[: _grapheme_border(text, room)]
    if (len(kept) - len(kept.rstrip("\\"))) % 2:
        kept = kept[:-1]
    return kept + ELLIPSIS


def _grapheme_border(text: str, at_most: int) -> int:
    """The last place up to `at_most` where a grapheme ends. Looks only at the neighbourhood of the cut."""
    start = max(0, at_most - _CUT_WINDOW)
    # A printable ASCII character always begins a grapheme; from there the borders are certain.
    while start > 0 and not " " <= text[start] <= "~":
        start -= 1
    border = start
    for grapheme in _GRAPHEME.finditer(text, start, min(len(text), at_most + _CUT_WINDOW)):
        if grapheme.end() > at_most:
            break
        border = grapheme.end()
    return border or at_most


def is_handle(text: str) -> bool:
    """Whether TikTok would take this as a handle: such a text needs no escaping in an address."""
    return _HANDLE.fullmatch(text) is not None and not text.endswith(".")


def parse_handle(text: str) -> str:
    """The handle in `name`, `@name`, or the address of a profile or LIVE. Raises `BadInput` with what to type instead."""
    typed = text.strip().strip("<>").lower()
    url = _PROFILE_URL.fullmatch(typed)
    handle = url.group(1) if url else typed.removeprefix("@")
    if is_handle(handle):
        return handle
    if "tiktok.com" in typed:
        raise BadInput("That address names no creator. Use a profile's, like https://www.tiktok.com/@alice, or just @alice.")
    raise BadInput(
        "That is no TikTok handle. Type it as on the profile, like @alice: 2 to 24 letters, digits, dots, underscores."
    )
