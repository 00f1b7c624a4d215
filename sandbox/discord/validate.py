"""Whether Discord would take the body of a message, an edit or an answer. Pure.

Each check yields the faults it finds (path, reason code, sentence); `errors.invalid_form` makes the tree of them. Lengths
are Unicode code points, as Discord counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.discord.errors import Fault

Path = tuple[str | int, ...]

CONTENT, EMBEDS, EMBED_TOTAL, NONCE = 2000, 10, 6000, 25
EMBED_TEXTS = {"title": 256, "description": 4096}


def message(body: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of a message body but its components, which are `validate_components`'."""
    yield from text((), body, "content", CONTENT)
    yield from _nonce(body.get("nonce"))
    yield from _embeds(body.get("embeds"))
    yield from _allowed_mentions(body.get("allowed_mentions"))
    raw = body.get("flags")
    is_number = isinstance(raw, int) and not isinstance(raw, bool)
    if raw is not None and not is_number:
        yield ("flags",), "NUMBER_TYPE_COERCE", f'Value "{raw}" is not int.'


def is_empty(body: Mapping[str, Any]) -> bool:
    """Nothing in it that could be shown: Discord refuses with 50006."""
    content = body.get("content")
    shown = [body.get(key) for key in ("embeds", "components", "attachments", "sticker_ids", "poll")]
    return not (isinstance(content, str) and content.strip()) and not any(shown)


def text(path: Path, body: Mapping[str, Any], key: str, limit: int, *, required: bool = False) -> Iterator[Fault]:
    """A text of at most `limit` code points, once blanks around it are trimmed."""
    value = body.get(key)
    if value is None or value == "":
        if required:
            yield (*path, key), "BASE_TYPE_REQUIRED", "This field is required"
    elif not isinstance(value, str):
        yield (*path, key), "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.'
    elif len(value.strip()) > limit:
        yield (*path, key), "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length."


def listed(value: object) -> list[Any]:
    """The value as a list of anything; what is no list counts as empty (`shape` has named it)."""
    return value if isinstance(value, list) else []


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def shape(path: Path, value: object, kind: type) -> Iterator[Fault]:
    """The fault of a value that is there and is no list, or no object."""
    if value is not None and not isinstance(value, kind):
        is_list = kind is list
        code = "LIST_TYPE_CONVERT" if is_list else "MODEL_TYPE_CONVERT"
        sentence = "Only iterables may be used in a ListType" if is_list else "Only dictionaries may be used in a ModelType"
        yield path, code, sentence


def _nonce(value: object) -> Iterator[Fault]:
    if isinstance(value, str):
        if len(value) > NONCE:
            yield ("nonce",), "NONCE_TYPE_TOO_LONG", f"Must be {NONCE} or fewer in length."
    elif value is not None and (not isinstance(value, int) or not -(2**63) <= value < 2**63):
        yield ("nonce",), "NONCE_TYPE", "A nonce is an integer or a text."


def _embeds(raw: object) -> Iterator[Fault]:
    yield from shape(("embeds",), raw, list)
    embeds = listed(raw)
    if len(embeds) > EMBEDS:
        yield ("embeds",), "BASE_TYPE_BAD_LENGTH", f"Must be {EMBEDS} or fewer in length."
    for index, embed in enumerate(embeds):
        yield from shape(("embeds", index), embed, dict)
        yield from _embed(("embeds", index), mapping(embed))
    if sum(_embed_size(mapping(embed)) for embed in embeds) > EMBED_TOTAL:
        yield ("embeds",), "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_TOTAL}"


def _embed(path: Path, embed: Mapping[str, Any]) -> Iterator[Fault]:
    for key, limit in EMBED_TEXTS.items():
        yield from text(path, embed, key, limit)
    for key in ("footer", "author", "image", "thumbnail"):
        yield from shape((*path, key), embed.get(key), dict)
    yield from text((*path, "footer"), mapping(embed.get("footer")), "text", 2048)
    yield from text((*path, "author"), mapping(embed.get("author")), "name", 256)
    yield from shape((*path, "fields"), embed.get("fields"), list)
    fields = listed(embed.get("fields"))
    if len(fields) > 25:
        yield (*path, "fields"), "BASE_TYPE_BAD_LENGTH", "Must be 25 or fewer in length."
    for index, field in enumerate(fields):
        yield from text((*path, "fields", index), mapping(field), "name", 256, required=True)
        yield from text((*path, "fields", index), mapping(field), "value", 1024, required=True)
    color = embed.get("color")
    if color is not None and not (isinstance(color, int) and 0 <= color <= 0xFFFFFF):
        yield (*path, "color"), "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215."
    for key in ("image", "thumbnail"):
        yield from url((*path, key, "url"), mapping(embed.get(key)).get("url"))
    yield from url((*path, "url"), embed.get("url"))


def url(path: Path, value: object) -> Iterator[Fault]:
    if value is not None and not str(value).startswith(("http://", "https://", "attachment://")):
        yield path, "URL_TYPE_INVALID_SCHEME", f'Scheme "{value}" is not one of (http, https).'


def _embed_size(embed: Mapping[str, Any]) -> int:
    """What counts toward the 6,000 of a message: all texts that are shown, trimmed."""
    return sum(len(t.strip()) for t in embed_texts([embed]))


def embed_texts(embeds: object) -> list[str]:
    """All texts that embeds show."""
    found: list[object] = []
    for embed in map(mapping, listed(embeds)):
        found += [embed.get("title"), embed.get("description")]
        found += [mapping(embed.get("footer")).get("text"), mapping(embed.get("author")).get("name")]
        for field in map(mapping, listed(embed.get("fields"))):
            found += [field.get("name"), field.get("value")]
    return [text for text in found if isinstance(text, str)]


def _allowed_mentions(raw: object) -> Iterator[Fault]:
    yield from shape(("allowed_mentions",), raw, dict)
    rule = mapping(raw)
    parse = listed(rule.get("parse"))
    for key in ("parse", "users", "roles"):
        yield from shape(("allowed_mentions", key), rule.get(key), list)
    for index, kind in enumerate(parse):
        if kind not in ("users", "roles", "everyone"):
            sentence = "Value must be one of {'everyone', 'users', 'roles'}."
            yield ("allowed_mentions", "parse", index), "BASE_TYPE_CHOICES", sentence
    for kind in ("users", "roles"):
        ids = listed(rule.get(kind))
        if len(ids) > 100:
            yield ("allowed_mentions", kind), "BASE_TYPE_BAD_LENGTH", "Must be 100 or fewer in length."
        if ids and kind in parse:
            sentence = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            yield ("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", sentence
        for index, identifier in enumerate(ids):
            if not str(identifier).isdecimal():
                yield ("allowed_mentions", kind, index), "NUMBER_TYPE_COERCE", f'Value "{identifier}" is not snowflake.'


def choices(body: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of an autocompletion's answer: at most 25 choices, names of 1 to 100."""
    entries = body.get("choices")
    if not isinstance(entries, list):
        yield ("data", "choices"), "BASE_TYPE_REQUIRED", "This field is required"
        return
    if len(entries) > 25:
        yield ("data", "choices"), "BASE_TYPE_BAD_LENGTH", "Must be 25 or fewer in length."
    for index, raw in enumerate(entries):
        path, entry = ("data", "choices", index), mapping(raw)
        yield from text(path, entry, "name", 100, required=True)
        if isinstance(entry.get("value"), str):
            yield from text(path, entry, "value", 100)
        elif entry.get("value") is None:
            yield (*path, "value"), "BASE_TYPE_REQUIRED", "This field is required"
