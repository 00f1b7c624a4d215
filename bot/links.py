"""Links in viewers' text: what becomes of them. Pure.

Discord makes a link only of what has a scheme; a bare `example.com` is text to it, so it is text here. An invite is
recognised without one, and its readers type it: `discord.gg/x` counts as a link, in look-alike letters and with blanks or other
signs for its dot, too. Whether anything is clickable is not decided by what is found here but by `bot.text`, which escapes all
but what `linked` returns as kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from bot.lookalikes import plain


class LinkPolicy(StrEnum):
    """What becomes of a link that a viewer typed, in the words of a watch's `links`."""

    KEEP = "keep"
    """It can be clicked, without a preview. Odd ones, and invites, are defanged even so."""
    DEFANG = "defang"
    """It can be read, not clicked: `hxxps://example[.]com/a`."""
    DROP = "drop"
    """A mark stands in its place."""


_DOT = r"(?: ?[.,]{1,3} ?| ?[(\[{] ?(?:dot|\.) ?[)\]}] ?| dot )"
_SLASH = r" ?[/\\]{1,3} ?"
_SCHEME = r"https?:[/\\]+"
_DISCORD = " ?".join("discord")
_INVITE = re.compile(
    rf"(?=[dhti])(?:{_SCHEME})?(?:"
    rf"{_DISCORD}(?:(?:{_DOT}| )g ?g|{_DOT}(?:gift|new|me|io|li|link|plus)){_SLASH}"
    rf"|d ?s ?c{_DOT}g ?g{_SLASH}"
    rf"|(?:top|invite){_DOT}gg{_SLASH}"
    rf"|{_DISCORD}(?: ?a ?p ?p)?{_DOT}c ?o ?m{_SLASH}(?:invite|template|gifts|servers|events|oauth2)\b(?:{_SLASH})?"
    r")[^\s<>]*"
)
_LINK = re.compile(rf"{_INVITE.pattern}|(?:{_SCHEME}|(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{{1,15}}:[/\\]{{2}})[^\s<>/\\][^\s<>]*")
_SLASHES = re.compile(r"[/\\⁄∕⧸／]")
_END = ".,:;!?'\"*~|`])}"

_KEEPABLE = re.compile(r"(?i:https?)://((?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}(?::[0-9]{1,5})?)((?:[/?#][!-~]*)?)")
_DISCORDS = re.compile(r"(?:^|\.)(?:discord(?:app)?\.[a-z]+|dsc\.gg)(?::|$)", re.IGNORECASE)
_ENCODED = str.maketrans({char: f"%{ord(char):02X}" for char in '\\`*~|[](){}<>"^@:'})

_DOT_BEFORE = re.compile(r"\.(?=\w)")
_INNER = re.compile(r"(h)tt(ps?:[/\\])", re.IGNORECASE)
_WEB = frozenset({"http", "https"})
_PARTS = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):(?=[/\\]))?([/\\]*[^/\\?#]*)(.*)")


def linked(line: str, policy: LinkPolicy, dropped: str, *, keep_invites: bool = False) -> list[str]:
    """The line in pieces: by turns text to be escaped, and a link that Discord is to show as one, as `<https://…>`.

    So the first, third, … piece is text, be it empty, and only `LinkPolicy.KEEP` gives more than one. `dropped` stands where a
    link was dropped. Kept is what is beyond doubt: http or https, an ASCII host name, nobody@ before it, uncut.
    """
    if not _SLASHES.search(line):
        return [line]
    pieces = []
    text = ""
    done = 0
    for start, end in _links(line):
        text += line[done:start]
        done = end
        if policy is LinkPolicy.DROP:
            text += dropped
        elif policy is LinkPolicy.KEEP and (kept := _kept(line, start, end, keep_invites=keep_invites)):
            pieces += [text, kept]
            text = ""
        else:
            text += _PARTS.sub(_defanged, line[start:end], count=1)
    return [*pieces, text + line[done:]]


def found(line: str) -> list[tuple[int, int]]:
    """Where links stand."""
    return list(_links(line)) if _SLASHES.search(line) else []


def _links(line: str) -> Iterator[tuple[int, int]]:
    """Where links stand, without the punctuation that follows them."""
    read = plain(line)
    for match in _LINK.finditer(read):
        link = match.group()
        bare = link.rstrip(_END)
        # A bracket that was opened inside belongs to it, as in `/wiki/Go_(game)`.
        closes = len(bare) < len(link) and link[len(bare)] == ")" and "(" in bare
        yield match.start(), match.start() + len(bare) + closes


def _kept(line: str, start: int, end: int, *, keep_invites: bool) -> str:
    """The link as Discord shows it without a preview; empty when it is not beyond doubt.

    Whatever could end the angle brackets or mean something to a parser that overlooks them is percent-encoded: to a server
    that is the same address.
    """
    match = _KEEPABLE.fullmatch(line, start, end)
    if match is None or (start and (line[start - 1].isalnum() or line[start - 1] == "_")):
        return ""
    host, path = match.groups()
    if not keep_invites and (_DISCORDS.search(host) or _INVITE.search(plain(path))):
        return ""
    scheme = line[start : line.index(":", start)].lower()
    return f"<{scheme}://{host}{path.translate(_ENCODED)}>"


def _defanged(link: re.Match[str]) -> str:
    scheme, host, path = link.groups()
    if "." in path and _INVITE.search(plain(path)):
        path = _DOT_BEFORE.sub("[.]", path)
    rest = _DOT_BEFORE.sub("[.]", host) + path
    if ":" in rest:  # an address in the address
        rest = _INNER.sub(r"\1xx\2", rest)
    if not scheme:
        return rest
    return f"hxxp{scheme[4:]}:{rest}" if scheme.lower() in _WEB else f"{scheme}[:]{rest}"
