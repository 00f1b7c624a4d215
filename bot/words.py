"""Words that a server does not want to read in viewers' text: hidden before the text is escaped. Pure.

What counts as the same word: case, full-width and ornate letters and ligatures (NFKC and casefold), accents on Latin, Greek and
Cyrillic letters, Cyrillic and Greek twins of Latin letters, invisible characters inside, any run of blanks and punctuation
where a phrase has a blank, and a word spelled out letter by letter (`b a d`, `b.a.d`).

What does not: digits for letters, other spellings, and the inside of another word (`class` holds no `ass`), for which one writes
`*bad*`. An emoji and each character of a script that sets no blanks (Chinese, Japanese, Thai, …) is a word of its own, so that
theirs are found anywhere. RE2 searches in time linear to the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

import re2
import regex

from bot.errors import BadInput
from bot.lookalikes import plain

HIDDEN = "•••"
"""Stands for a word, whatever its length."""

MOST_WORDS = 200
MOST_WORD_CHARS = 40
MOST_STARS = 2
"""In one word: each makes the search's constant larger."""

_RUN_OR_GRAPHEME = regex.compile(r"[A-Za-z0-9]+(?=[ -~]|\Z)|\X")
_ACCENTS = regex.compile(r"([\p{Latin}\p{Greek}\p{Cyrillic}])\p{M}+")
_UNSEEN = regex.compile(r"[\p{DI}\p{Cc}\p{Cs}--\s]", regex.VERSION1)
_LETTER = regex.compile(r"[\p{L}\p{M}\p{N}\p{So}[\p{Sk}--[\^`]]]", regex.VERSION1)
_ALONE = regex.compile(r"[\p{So}\p{Sk}\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]")
_BLANK = "  "
"""Two, so that one word's end does not take its neighbour's beginning away."""


class WordFilter:
    """A server's words. A phrase may hold blanks; `*` stands for any letters, or for one word of a phrase.

    Raises `BadInput` for too many words, or one that is too long, has too many stars, or would hide everything.
    """

    def __init__(self, words: tuple[str, ...]) -> None:
        if len(words) > MOST_WORDS:
            raise BadInput("At most {most} words can be hidden, these are {count}.", most=MOST_WORDS, count=len(words))
        patterns = dict.fromkeys(pattern for word in words for pattern in _patterns(word))
        self._pattern = re2.compile(f" (?:{'|'.join(patterns)}) ") if patterns else None

    def masked(self, text: str) -> str:
        """The text with `•••` for each of the words. No character of several code points is cut in two."""
        if self._pattern is None:
            return text
        parts = []
        done = 0
        for start, end in places(self._pattern, text):
            parts += [text[done:start], HIDDEN]
            done = end
        return "".join([*parts, text[done:]])


def _patterns(word: str) -> list[str]:
    """What to search for in text that was read: the word, and the word spelled out."""
    if len(word) > MOST_WORD_CHARS:
        raise BadInput(
            "A word to hide has at most {most} characters, {word}… has {count}.",
            most=MOST_WORD_CHARS,
            word=word[:10],
            count=len(word),
        )
    if word.count("*") > MOST_STARS:
        raise BadInput("A word to hide has at most {most} stars: {good}, not {bad}.", most=MOST_STARS, good="*bad*", bad="b*a*d*")
    found = patterns(word, lambda text: _read(text)[0])
    if not found:
        raise BadInput("A word to hide needs a letter, a digit or an emoji.")
    return found


def patterns(word: str, reading: Callable[[str], str]) -> list[str]:
    """RE2 expressions that find the word or phrase, between blanks, in text that went through `reading`.

    None if nothing is left of the word.
    """
    chunks = [[reading(chunk).strip() for chunk in token.split("*")] for token in word.split()]
    if not any(chunk for token in chunks for chunk in token):
        return []
    found = [_BLANK.join("[^ ]*".join(re2.escape(chunk) for chunk in token) for token in chunks if any(token) or len(token) > 1)]
    only = chunks[0][0]
    if len(chunks) == 1 and len(chunks[0]) == 1 and len(only) > 2 and " " not in only:
        found.append(_BLANK.join(re2.escape(letter) for letter in only))
    return found


def places(pattern: re2._Regexp, text: str) -> Iterator[tuple[int, int]]:
    """Where an expression for text that is read, with one blank at either end, finds something in the typed one."""
    read, typed_at = _read(text)
    for match in pattern.finditer(read):
        yield typed_at[match.start() + 1][0], typed_at[match.end() - 2][1]


def read(text: str) -> bytes:
    """The text as it is read, words between blanks, UTF-8: what a filter sees, without places and fifteen times as fast.

    What differs is no word of a person's: marks that fit any letter are dropped from all (Arabic vowel signs, say), those of one
    script stay where they are.
    """
    if not text.isascii():
        text = _WIDE.sub(lambda run: run[0].translate(_WORDS), unicodedata.normalize("NFKC", text))
    return b"  ".join([b"", *text.encode().translate(_ASCII).split(), b""])


def read_signs(text: str) -> bytes:
    """The same with blanks and signs as they were typed, for expressions that look at them."""
    if text.isascii():
        return text.lower().encode()
    return _WIDE.sub(lambda run: run[0].translate(_SIGNS), unicodedata.normalize("NFKC", text)).lower().encode()


def needs_reading(text: str) -> bool:
    """Whether `read_signs` can say anything else than `typed`, but for capitals: not for ASCII and emoji."""
    return not text.isascii() and _ODD.search(text) is not None


def typed(text: str) -> bytes:
    """The text as it was typed, without what nobody sees."""
    if text.isascii():
        return text.encode()
    return _WIDE.sub(lambda run: run[0].translate(_SEEN), unicodedata.normalize("NFC", text)).encode()


def _read(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text as it is read, words between blanks, and for each of its characters where that one's grapheme stands."""
    read: list[str] = list(_BLANK)
    places = [(0, 0)] * len(_BLANK)

    def blank() -> None:
        if read[-1] != " ":
            read.extend(_BLANK)
            places.extend([(0, 0)] * len(_BLANK))

    for match in _RUN_OR_GRAPHEME.finditer(text):
        unit = match.group()
        if unit.isascii() and unit.isalnum():
            read.extend(unit.lower())
            places.extend((place, place + 1) for place in range(*match.span()))
            continue
        for char in _letters(unit):
            is_alone = not char.isascii() and _ALONE.match(char) is not None
            if is_alone or not _LETTER.match(char):
                blank()
            if _LETTER.match(char):
                read.append(char)
                places.append(match.span())
            if is_alone:
                blank()
    blank()
    return "".join(read), places


def _letters(grapheme: str) -> str:
    """What a reader takes it for, in small letters without accents. Twice normalized: casefolding can undo the first."""
    if grapheme.isascii():
        return grapheme.lower()
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", _UNSEEN.sub("", grapheme)).casefold())
    return plain(unicodedata.normalize("NFC", _ACCENTS.sub(r"\1", folded)))


class _Memo(dict[int, str]):
    """What becomes of a code point, found out once. When full it starts over."""

    def __init__(self, reading: Callable[[str], str]) -> None:
        super().__init__()
        self._reading = reading

    def __missing__(self, point: int) -> str:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        found = self[point] = self._reading(chr(point))
        return found


def _as_word(char: str) -> str:
    if _FLOATING.match(char):
        return ""
    return "".join(_set_apart(letter) if _LETTER.match(letter) else " " for letter in _letters(char))


def _set_apart(letter: str) -> str:
    return f" {letter} " if not letter.isascii() and _ALONE.match(letter) else letter


def _as_sign(char: str) -> str:
    if _FLOATING.match(char):
        return ""
    return _letters(char) if _LETTER.match(char) else char


_MOST_REMEMBERED = 20_000
_WIDE = re.compile(r"[^\0-\x7F]+")
_ODD = re.compile("[^\0-\x7f\u2600-\u27bf\ufe0f\U0001f300-\U0001faff]")
_FLOATING = regex.compile(r"[\p{M}&&\p{sc=Zinh}]", regex.VERSION1)
_ASCII = bytes(ord(char.lower()) if (char := chr(point)).isalnum() else ord(" ") for point in range(128)) + bytes(range(128, 256))
_WORDS = _Memo(_as_word)
_SIGNS = _Memo(lambda char: "" if _UNSEEN.match(char) else _as_sign(char))
_SEEN = _Memo(lambda char: "" if _UNSEEN.match(char) else char)
