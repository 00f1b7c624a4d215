"""Characters that a reader takes for ASCII ones: full-width and ornate letters, Cyrillic and Greek twins, other dots and slashes.
Pure.

Only pairs that most fonts draw alike, and only one for one, so that a place in the plain text is the same place in the typed
one. Digits stand for digits: who writes `h3llo` is not hidden from a reader, only from a filter.
"""

from __future__ import annotations

import unicodedata
from string import ascii_lowercase

# Full-width forms, letterlike symbols, circled, mathematical and squared letters: what NFKC takes for one ASCII character.
_COMPATIBLE = (
    range(0x2100, 0x2150),
    range(0x24B6, 0x24EA),
    range(0xFF01, 0xFF5F),
    range(0x1D400, 0x1D800),
    range(0x1F130, 0x1F14A),
)
# Small letters stand where their capitals do: a word must read the same in both.
_CYRILLIC = dict(zip("аеорсхуіѕјһԁԛԝгвкмнтАЕОРСХУІЅЈҺԀԚԜГВКМНТ", "aeopcxyisjhdqwrbkmht" * 2, strict=True))
_GREEK = dict(zip("οαρτικβεζημυχΟΑΡΤΙΚΒΕΖΗΜΥΧ", "oaptikbezhmyx" * 2, strict=True)) | {"ν": "v", "Ν": "n"}
_SIGNS = dict.fromkeys("。．․‧·∙•｡", ".") | dict.fromkeys("⁄∕⧸／", "/")


def _one_for_one() -> dict[int, str]:
    alike = {ord(char): plain for char, plain in (_CYRILLIC | _GREEK | _SIGNS).items()}
    for point in (point for points in _COMPATIBLE for point in points):
        plain = unicodedata.normalize("NFKC", chr(point))
        if len(plain) == 1 and plain.isascii():
            alike.setdefault(point, plain.lower())
    for number, letter in enumerate(ascii_lowercase):
        alike[ord("A") + number] = letter
        alike[0x1F170 + number] = letter  # negative squared: NFKC leaves them alone
    return alike


_ALIKE = _one_for_one()


def plain(text: str) -> str:
    """The text as it is read, in small letters and as long as it was: `ＤIѕcord。gg` becomes `discord.gg`."""
    return text.lower() if text.isascii() else text.translate(_ALIKE)
