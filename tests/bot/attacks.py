"""Hostile text: the known attacks of `text_corpus/attacks.jsonl`, and texts mixed from their pieces by a seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

KNOWN: tuple[tuple[str, str], ...] = tuple(
    (row["why"], row["text"])
    for row in map(json.loads, (Path(__file__).parent / "text_corpus" / "attacks.jsonl").read_text(encoding="utf-8").splitlines())
)
"""Why it is an attack, and the text."""

ATTACKS = [text for _, text in KNOWN]

_SIGNS = "\\`*_~|[]()<>#-:@.+=!&/{}\"'^%,;?\n\r\t \u2028\u0085\u200b\u200d\u202e\u2069\u0301\ufe0f\u1fef＠ⓓ。１"
_WORDS = (
    *(
        "everyone",
        "here",
        "1",
        "12345678901234567",
        "a",
        "Zoë",
        "привет",
        "سلام",
        "👩\u200d👧",
        "日本",
        "//",
        "://",
        "http",
        "https",
    ),
    *("discord", "gg", "com", "invite", "evil.com", "dsc.gg/", "**", "__", "||", "~~", "```", "-# ", "# ", ">>> ", "]("),
    *("<@", "<#", "<@&", "</", "<:", "<a:", "<t:", "<id:", "t:1", ":R>"),
)


def mixed(seed: int, count: int) -> Iterator[str]:
    """So many texts: a known attack, a part of one, several in a row, signs and words, one with signs thrown in."""
    rng = random.Random(seed)
    for _ in range(count):
        yield "".join(_piece(rng) for _ in range(rng.choice((1, 1, 2, 3, 5, 8))))


def _piece(rng: random.Random) -> str:
    match rng.randrange(6):
        case 0:
            return rng.choice(ATTACKS)[:120]
        case 1:
            attack = rng.choice(ATTACKS)
            start = rng.randrange(len(attack))
            return attack[start : start + rng.randrange(1, 20)]
        case 2:
            chars = list(rng.choice(ATTACKS)[:60])
            for _ in range(rng.randrange(1, 4)):
                chars.insert(rng.randrange(len(chars) + 1), rng.choice(_SIGNS))
            return "".join(chars)
        case 3:
            return "".join(rng.choice(_SIGNS) for _ in range(rng.randrange(1, 9)))
        case 4:
            return "".join(rng.choice(_WORDS) for _ in range(rng.randrange(1, 5)))
        case _:
            return "".join(rng.choice((rng.choice(_SIGNS), rng.choice(_WORDS), chr(rng.randrange(0x3000)))) for _ in range(4))
