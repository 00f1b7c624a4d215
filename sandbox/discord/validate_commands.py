"""Whether Discord would register a command. Pure; figures from Discord's documentation and OpenAPI description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.discord.commands import CHAT, GROUP, SUBCOMMAND, walk
from sandbox.discord.errors import Fault
from sandbox.discord.validate import Path, text

LIMIT_PER_TYPE = {1: 100, 2: 15, 3: 15}
OPTIONS, CHOICES, NAME, DESCRIPTION, TOTAL = 25, 25, 32, 100, 8000
AUTOCOMPLETABLE = frozenset({3, 4, 10})


def bulk(bodies: object) -> Iterator[Fault]:
    """Faults of a list of commands that replaces all others; the paths begin with the index in the list."""
    if not isinstance(bodies, list):
        yield (), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"
        return
    if not all(isinstance(body, Mapping) for body in bodies):
        yield (), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType"
        return
    seen: set[tuple[int, str]] = set()
    for index, body in enumerate(bodies):
        yield from (((index, *path), code, sentence) for path, code, sentence in command(body))
        key = (body.get("type") or CHAT, str(body.get("name")))
        if key in seen:
            yield (index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
        seen.add(key)
    for kind, limit in LIMIT_PER_TYPE.items():
        if sum((b.get("type") or CHAT) == kind for b in bodies) > limit:
            yield (), "APPLICATION_COMMAND_TOO_MANY", f"Maximum number of application commands reached ({limit})"


def command(body: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of one command."""
    if (body.get("type") or CHAT) == CHAT:
        yield from _name((), body)
        yield from text((), body, "description", DESCRIPTION, required=True)
        misshapen = list(_misshapen((), body))
        yield from misshapen or _options(body)
    else:
        yield from text((), body, "name", NAME, required=True)
        if body.get("description"):
            yield ("description",), "APPLICATION_COMMAND_DESCRIPTION", "Context menu commands cannot have a description"
    need = body.get("default_member_permissions")
    if need is not None and not str(need).isdecimal():
        yield ("default_member_permissions",), "NUMBER_TYPE_COERCE", f'Value "{need}" is not int.'


def _misshapen(path: Path, body: Mapping[str, Any]) -> Iterator[Fault]:
    """Options or choices that are no lists of objects: nothing else can be said about them."""
    for key in ("options", "choices"):
        entries = body.get(key)
        if entries is not None and not (isinstance(entries, list) and all(isinstance(e, Mapping) for e in entries)):
            yield (*path, key), "LIST_TYPE_CONVERT", "Only iterables of dictionaries may be used here"
        elif key == "options":
            for index, option in enumerate(entries or []):
                yield from _misshapen((*path, key, index), option)


def _options(body: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _level((), body.get("options") or [])
    for path, option in walk(list(body.get("options") or [])):
        yield from _option(path, option)
    if _size(body) > TOTAL:
        yield (), "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)"


def _name(path: Path, body: Mapping[str, Any]) -> Iterator[Fault]:
    faults = list(text(path, body, "name", NAME, required=True))
    yield from faults
    name = body.get("name")
    if not faults and not _is_name(str(name)):
        sentence = "Command name is invalid: lower-case letters, digits, - and _, at most 32."
        yield (*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", sentence


def _is_name(name: str) -> bool:
    return name == name.lower() and all(letter.isalnum() or letter in "-_'" for letter in name)


def _level(path: Path, options: list[Any]) -> Iterator[Fault]:
    """What holds between the options of one level: how many, unique, required ones first."""
    if len(options) > OPTIONS:
        yield (*path, "options"), "BASE_TYPE_BAD_LENGTH", f"Must be {OPTIONS} or fewer in length."
    names = [option.get("name") for option in options]
    was_optional = False
    for index, option in enumerate(options):
        here = (*path, "options", index)
        if names.index(option.get("name")) != index:
            yield (*here, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists"
        if option.get("required") and was_optional:
            sentence = "Required options must be placed before non-required options"
            yield here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", sentence
        was_optional = was_optional or not option.get("required")


def _option(path: Path, option: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _name(path, option)
    yield from text(path, option, "description", DESCRIPTION, required=True)
    kind = option.get("type")
    if not isinstance(kind, int) or kind not in range(1, 12):
        yield (*path, "type"), "BASE_TYPE_CHOICES", "Value must be one of {1, …, 11}."
    if kind in (SUBCOMMAND, GROUP):
        yield from _level(path, option.get("options") or [])
        return
    options = option.get("choices") or []
    if len(options) > CHOICES:
        yield (*path, "choices"), "BASE_TYPE_BAD_LENGTH", f"Must be {CHOICES} or fewer in length."
    for index, choice in enumerate(options):
        yield from text((*path, "choices", index), choice, "name", 100, required=True)
    if option.get("autocomplete") and (options or kind not in list(AUTOCOMPLETABLE)):
        sentence = "Autocomplete is for text and number options without choices"
        yield (*path, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", sentence


def _size(body: Mapping[str, Any]) -> int:
    """Characters of all names, descriptions and values, which Discord limits to 8,000."""
    total = len(str(body.get("name"))) + len(str(body.get("description") or ""))
    for _, option in walk(list(body.get("options") or [])):
        total += len(str(option.get("name"))) + len(str(option.get("description")))
        total += sum(len(str(c.get("name"))) + len(str(c.get("value"))) for c in option.get("choices") or [])
    return total
