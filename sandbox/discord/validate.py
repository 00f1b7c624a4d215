"""Whether Discord would take the body of a message, an edit or an answer. Pure.

Each check yields the faults it finds (path, reason code, sentence); `errors.invalid_form` makes the tree of them. Lengths
are Unicode code points, as Discord counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.discord.errors import Fault
from sandbox.discord.world import COMPONENTS_V2

Path = tuple[str | int, ...]

CONTENT, EMBEDS, EMBED_TOTAL, FILES, ROWS, COMPONENTS, NONCE = 2000, 10, 6000, 10, 5, 40, 25
EMBED_TEXTS = {"title": 256, "description": 4096}

V2_ONLY = frozenset({9, 10, 11, 12, 13, 14, 17})
"""Component types that need the components-v2 flag: section, text, thumbnail, gallery, file, separator, container."""


def message(body: Mapping[str, Any], *, flags: int = 0) -> Iterator[Fault]:
    """Faults of a message body; `flags` are the ones that the message has already (an edit)."""
    yield from text((), body, "content", CONTENT)
    yield from _nonce(body.get("nonce"))
    yield from _embeds(body.get("embeds"))
    yield from _allowed_mentions(body.get("allowed_mentions"))
    raw = body.get("flags")
    is_number = isinstance(raw, int) and not isinstance(raw, bool)
    if raw is not None and not is_number:
        yield ("flags",), "NUMBER_TYPE_COERCE", f'Value "{raw}" is not int.'
    yield from _components(body, flags | (raw if isinstance(raw, int) else 0))


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


def _list(value: object) -> list[Any]:
    """The value as a list of anything; what is no list counts as empty (`_shape` has named it)."""
    return value if isinstance(value, list) else []


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _shape(path: Path, value: object, kind: type) -> Iterator[Fault]:
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
    yield from _shape(("embeds",), raw, list)
    embeds = _list(raw)
    if len(embeds) > EMBEDS:
        yield ("embeds",), "BASE_TYPE_BAD_LENGTH", f"Must be {EMBEDS} or fewer in length."
    for index, embed in enumerate(embeds):
        yield from _shape(("embeds", index), embed, dict)
        yield from _embed(("embeds", index), _object(embed))
    if sum(_embed_size(_object(embed)) for embed in embeds) > EMBED_TOTAL:
        yield ("embeds",), "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_TOTAL}"


def _embed(path: Path, embed: Mapping[str, Any]) -> Iterator[Fault]:
    for key, limit in EMBED_TEXTS.items():
        yield from text(path, embed, key, limit)
    for key in ("footer", "author", "image", "thumbnail"):
        yield from _shape((*path, key), embed.get(key), dict)
    yield from text((*path, "footer"), _object(embed.get("footer")), "text", 2048)
    yield from text((*path, "author"), _object(embed.get("author")), "name", 256)
    yield from _shape((*path, "fields"), embed.get("fields"), list)
    fields = _list(embed.get("fields"))
    if len(fields) > 25:
        yield (*path, "fields"), "BASE_TYPE_BAD_LENGTH", "Must be 25 or fewer in length."
    for index, field in enumerate(fields):
        yield from text((*path, "fields", index), _object(field), "name", 256, required=True)
        yield from text((*path, "fields", index), _object(field), "value", 1024, required=True)
    color = embed.get("color")
    if color is not None and not (isinstance(color, int) and 0 <= color <= 0xFFFFFF):
        yield (*path, "color"), "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215."
    for key in ("image", "thumbnail"):
        yield from _url((*path, key, "url"), _object(embed.get(key)).get("url"))
    yield from _url((*path, "url"), embed.get("url"))


def _url(path: Path, value: object) -> Iterator[Fault]:
    if value is not None and not str(value).startswith(("http://", "https://", "attachment://")):
        yield path, "URL_TYPE_INVALID_SCHEME", f'Scheme "{value}" is not one of (http, https).'


def _embed_size(embed: Mapping[str, Any]) -> int:
    """What counts toward the 6,000 of a message: all texts that are shown, trimmed."""
    texts = [embed.get("title"), embed.get("description")]
    texts += [_object(embed.get("footer")).get("text"), _object(embed.get("author")).get("name")]
    for field in _list(embed.get("fields")):
        texts += [_object(field).get("name"), _object(field).get("value")]
    return sum(len(t.strip()) for t in texts if isinstance(t, str))


def _allowed_mentions(raw: object) -> Iterator[Fault]:
    yield from _shape(("allowed_mentions",), raw, dict)
    rule = _object(raw)
    parse = _list(rule.get("parse"))
    for key in ("parse", "users", "roles"):
        yield from _shape(("allowed_mentions", key), rule.get(key), list)
    for index, kind in enumerate(parse):
        if kind not in ("users", "roles", "everyone"):
            sentence = "Value must be one of {'everyone', 'users', 'roles'}."
            yield ("allowed_mentions", "parse", index), "BASE_TYPE_CHOICES", sentence
    for kind in ("users", "roles"):
        ids = _list(rule.get(kind))
        if len(ids) > 100:
            yield ("allowed_mentions", kind), "BASE_TYPE_BAD_LENGTH", "Must be 100 or fewer in length."
        if ids and kind in parse:
            sentence = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            yield ("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", sentence
        for index, identifier in enumerate(ids):
            if not str(identifier).isdecimal():
                yield ("allowed_mentions", kind, index), "NUMBER_TYPE_COERCE", f'Value "{identifier}" is not snowflake.'


def _components(body: Mapping[str, Any], flags: int) -> Iterator[Fault]:
    yield from _shape(("components",), body.get("components"), list)
    components = _list(body.get("components"))
    is_v2 = bool(flags & COMPONENTS_V2)
    if is_v2:
        for key in ("content", "embeds"):
            if body.get(key):
                sentence = "The 'content' and 'embeds' fields cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                yield (key,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", sentence
    elif len(components) > ROWS:
        yield ("components",), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {ROWS} in length."
    every = list(_nested(components, ("components",)))
    if len(every) > COMPONENTS:
        yield ("components",), "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"Must be {COMPONENTS} or fewer in length."
    seen: set[str] = set()
    for path, component in every:
        yield from _component(path, component, seen)
        if not is_v2 and component.get("type") in list(V2_ONLY):
            yield (*path, "type"), "BASE_TYPE_CHOICES", 'Value of field "type" must be one of (1,).'


def _component(path: Path, component: Mapping[str, Any], seen: set[str]) -> Iterator[Fault]:
    kind, custom_id = component.get("type"), component.get("custom_id")
    if not isinstance(kind, int):
        yield (*path, "type"), "BASE_TYPE_REQUIRED", "This field is required"
        return
    yield from text(path, component, "custom_id", 100)
    if isinstance(custom_id, str):
        if custom_id in seen:
            yield (*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
        seen.add(custom_id)
    if kind == 2:
        yield from text(path, component, "label", 80)
    if kind == 10:
        yield from text(path, component, "content", 4000, required=True)


def _nested(components: list[Any], path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for index, raw in enumerate(components):
        here, component = (*path, index), _object(raw)
        yield here, component
        yield from _nested(_list(component.get("components")), (*here, "components"))
        if isinstance(component.get("accessory"), Mapping):
            yield (*here, "accessory"), component["accessory"]


def modal(body: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of a form: title, custom id, one to five rows."""
    yield from text(("data",), body, "title", 45, required=True)
    yield from text(("data",), body, "custom_id", 100, required=True)
    if not 1 <= len(_list(body.get("components"))) <= 5:
        yield ("data", "components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length."


def choices(body: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of an autocompletion's answer: at most 25 choices, names of 1 to 100."""
    entries = body.get("choices")
    if not isinstance(entries, list):
        yield ("data", "choices"), "BASE_TYPE_REQUIRED", "This field is required"
        return
    if len(entries) > 25:
        yield ("data", "choices"), "BASE_TYPE_BAD_LENGTH", "Must be 25 or fewer in length."
    for index, raw in enumerate(entries):
        path, entry = ("data", "choices", index), _object(raw)
        yield from text(path, entry, "name", 100, required=True)
        if isinstance(entry.get("value"), str):
            yield from text(path, entry, "value", 100)
        elif entry.get("value") is None:
            yield (*path, "value"), "BASE_TYPE_REQUIRED", "This field is required"
