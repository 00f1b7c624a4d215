"""The page for whoever comes from another library: each name of ours in it exists, and no name of theirs is left out."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import json
import os
import pkgutil
import re
import typing
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest

import bot.tiktok
from bot.__main__ import cli
from bot.config import Config
from bot.errors import SourceError
from bot.events import Event
from bot.events.codec import EVENT_CLASSES
from bot.events.names import OTHER_WORDS, UNMODELLED, classes_named
from bot.tiktok import LiveClient
from tests.bot.events.test_names import CONNECTOR, TIKTOKLIVE

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "migrating.md").read_text(encoding="utf-8")
SHARED = ROOT / ".." / "shared"
FEED = SHARED / "data" / "tiktools" / "events.json"
SHAPES = ("_base", "_user", "_battleTeam", "_battleHost")
"""What is described beside the events: parts of them."""

WORDED = ("Methods and attributes", "Fields", "Errors", "Command line")
"""Sections where the left side may be words: not everything of theirs has a name."""

NONE = "none: "

MISSING = (LookupError, ImportError, AttributeError)


class Row(NamedTuple):
    """One row of a table: the names on the left, and the last cell as it stands."""

    section: str
    theirs: tuple[str, ...]
    ours: str


def quoted(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


def rows_of(page: str) -> Iterator[Row]:
    section = ""
    lines = page.splitlines()
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("## "):
            section = line.removeprefix("## ")
        is_head = after.startswith("|---")
        if section and line.startswith("|") and not line.startswith("|---") and not is_head:
            *theirs, ours = (cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|"))
            yield Row(section, quoted(" ".join(theirs)), ours)


ROWS = list(rows_of(PAGE))


# ------------------------------------------------------------------------------------------------ what a name of ours means


def resolve(name: str) -> None:
    """Raises one of `MISSING` when there is no such thing."""
    if name.startswith("RELAY_"):
        resolve_setting(name)
    elif name.split()[0] in cli.commands:
        resolve_command(*name.split())
    else:
        resolve_object(name)


def resolve_setting(name: str) -> None:
    section, _, field = name.removeprefix("RELAY_").lower().partition("__")
    settings = Config.model_fields[section].annotation
    assert settings is not None
    settings.model_fields[field]


def resolve_command(command: str, part: str = "", *more: str) -> None:
    known: set[str] = {"", "-h", "--help"}
    for each in cli.commands[command].params:
        known |= set(each.opts) if isinstance(each, click.Option) else {str(each.metavar or each.name).upper().rstrip(".")}
    if part not in known or more:
        raise LookupError(f"{command} has no {part}")


def resolve_object(name: str) -> None:
    shape = re.fullmatch(r"([\w.]+)(?:\((\w+)\))?", name)
    if shape is None:
        raise LookupError(f"{name} is not in the page's grammar")
    found: Any
    if shape[1].startswith("bot."):
        found = pkgutil.resolve_name(shape[1])
    else:
        found = functools.reduce(member, shape[1].split("."), bot.tiktok)
    if shape[2] is not None and shape[2] not in inspect.signature(found).parameters:
        raise LookupError(f"{name}: no such argument")


def member(owner: Any, name: str) -> Any:
    """An attribute; of a field or property its class, so that one can go on; else what only an instance has."""
    is_value = hasattr(owner, "__struct_fields__") or dataclasses.is_dataclass(owner)
    if is_value and name in (hints := typing.get_type_hints(owner)):
        return the_class_in(hints[name])
    if owner is LiveClient:
        owner = LiveClient("alice")
    elif isinstance(owner, type) and issubclass(owner, SourceError):
        owner = owner("why")
    if not hasattr(owner, name):
        raise LookupError(f"{owner} has no {name}")
    found = getattr(owner, name)
    return the_class_in(typing.get_type_hints(found.fget)["return"]) if isinstance(found, property) else found


def the_class_in(hint: Any) -> Any:
    """`User` of `User | None` and of `tuple[User, ...]`."""
    parts = [each for each in typing.get_args(hint) if each not in (type(None), Ellipsis)]
    return the_class_in(parts[0]) if parts else hint


# ------------------------------------------------------------------------------------------------ the page


def test_every_row_says_something_on_both_sides() -> None:
    assert len(ROWS) > 400
    for row in ROWS:
        assert row.theirs or row.section in WORDED, row
        assert re.match(rf"{NONE}\S|`", row.ours), f"{row.theirs}: a name of ours, or none: and why"


def test_every_name_of_ours_is_there() -> None:
    missing = []
    head = PAGE.split("\n## ")[0]
    named = {name for row in ROWS for name in quoted(row.ours)}
    named |= {name for line in PAGE.splitlines() if line.startswith("Ours without") for name in quoted(line)}
    named |= {name for line in head.splitlines() if line.startswith("|") for name in quoted(line.split("|")[1])}
    for name in sorted(named):
        try:
            resolve(name)
        except MISSING as error:
            missing.append(f"{name}: {error!r}")
    assert not missing
    assert len(named) > 250


@pytest.mark.parametrize(
    "wrong",
    [
        "LiveCliend",
        "LiveClient.onn",
        "LiveClient(proxies)",
        "LiveClient.on(whom)",
        "User.uniqueId",
        "GiftEvent.gift.nam",
        "RateLimited.retry_after",
        "tail --jsonl",
        "tail CREATOR --jsonl",
        "tail CREATURE",
        "tale",
        "RELAY_TIKTOK__PROXY",
        "RELAY_TOCK__PROXY_URL",
        "bot.events.codec.to_jason",
        "bot.tiktok.tiktools.klient.TikToolsSource",
        "Gift Event",
    ],
)
def test_a_name_that_we_do_not_have_would_be_noticed(wrong: str) -> None:
    with pytest.raises(MISSING):
        resolve(wrong)


# ------------------------------------------------------------------------------------------------ their events


def plain(name: str) -> str:
    """As the page says: case, underscores and a last Event do not matter."""
    bare = re.sub(r"[^a-z0-9]", "", name.lower())
    return bare.removesuffix("event") or bare


def rows_of_events() -> dict[str, str]:
    return {name: row.ours for row in ROWS if row.section == "Events" for name in row.theirs}


def without_row(names: Iterable[str]) -> list[str]:
    listed = {plain(name) for name in rows_of_events()}
    return [name for name in names if plain(name) not in listed]


def test_every_event_name_that_we_understand_has_a_row() -> None:
    assert not without_row(word for words in OTHER_WORDS for word in words.split())
    assert not without_row(f"{word}Event" for word in UNMODELLED.split())


def test_every_event_of_tiktoklive_and_of_the_connector_has_a_row() -> None:
    assert not without_row([*TIKTOKLIVE.split(), *CONNECTOR.split()])


def test_the_rows_of_events_say_what_on_does() -> None:
    for name, ours in rows_of_events().items():
        meant = classes_named(name)
        if not meant:
            assert ours.startswith(NONE), name
            continue
        named = {getattr(bot.tiktok, each) for each in quoted(ours)}
        assert named == ({Event} if meant == frozenset(EVENT_CLASSES) else meant), name


def beside_the_repository(file: Path) -> str:
    """A file of the reference. Absent: a failure in CI, a loud skip elsewhere."""
    if not file.exists():
        reason = f"NOT TESTED AGAINST THE LISTS OF THEIR NAMES: {file} is absent"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return file.read_text(encoding="utf-8")


def feed() -> dict[str, dict[str, Any]]:
    """The hosted feed's events and their fields."""
    described: dict[str, dict[str, Any]] = json.loads(beside_the_repository(FEED))
    return {name: each for name, each in described.items() if name != "_meta"}


def test_every_event_of_the_hosted_feed_has_a_row() -> None:
    assert not without_row(name for name in feed() if name not in SHAPES)


def test_every_field_of_the_hosted_feed_has_a_row() -> None:
    listed = {name for row in ROWS if row.section == "Fields" for name in row.theirs}
    fields = [f"{name}.{field}" for name, each in feed().items() for field in each.get("fields", {})]
    assert len(fields) > 200
    assert not [field for field in fields if field not in listed]


# ------------------------------------------------------------------------------------------------ all their other names

OPTIONS, METHODS, ERRORS, COMMANDS = "Options", "Methods and attributes", "Errors", "Command line"

PASSAGES = (
    ("webcast-protocol.md", "**Constructor**", "**Start**: `run()`", (OPTIONS, METHODS), 15),
    ("webcast-protocol.md", "**Start**: `run()`", "**Other methods**", (OPTIONS, METHODS), 9),
    ("webcast-protocol.md", "**Other methods**", "**Attributes**", (OPTIONS, METHODS), 9),
    ("webcast-protocol.md", "**Attributes**", "**`client.web`**", (METHODS,), 9),
    ("webcast-protocol.md", "**`client.web`**", "**Defaults object**", (OPTIONS, METHODS), 20),
    ("webcast-protocol.md", "**Defaults object**", "**Events**", (OPTIONS, METHODS), 8),
    ("webcast-protocol.md", "**Errors** (base", "Env: `SIGN_API_KEY`", (ERRORS,), 36),
    ("webcast-protocol.md", "Env: `SIGN_API_KEY`", "### 11.2", (OPTIONS,), 4),
    ("webcast-protocol.md", "Options: `process_initial_data`", "Methods: `stop()`", (OPTIONS, METHODS), 25),
    ("webcast-protocol.md", "Methods: `stop()`", "Old errors:", (OPTIONS, METHODS), 14),
    ("webcast-protocol.md", "Old errors:", "### 11.3", (ERRORS,), 11),
    ("webcast-protocol.md", "`new TikTokLiveConnection", "Control events:", (OPTIONS, METHODS), 30),
    ("webcast-protocol.md", "Env: `TIKTOK_CLIENT_TIMEOUT`", "Errors: InvalidUniqueIdError", (OPTIONS,), 5),
    ("webcast-protocol.md", "Errors: InvalidUniqueIdError", "## 12.", (ERRORS,), 14),
    ("tiktools-edge.md", "## 5. Reconnect rules", "## 6. Python API", (OPTIONS, METHODS), 2),
    ("tiktools-edge.md", "## 6. Python API", "## 7. CLI", (OPTIONS, METHODS, ERRORS, "Events", "Fields"), 18),
    ("tiktools-edge.md", "1.1.0 (argparse)", "* Text mode first", (COMMANDS,), 6),
)
"""Where their names are written down: file, beginning and end of the passage, which of our sections may answer, and how many
names it has at least."""

NO_NAMES = frozenset(
    [
        *("await", "new", "None", "True", "False", "RuntimeError", "asyncio", "Task", "websockets", "legacy", "__main__"),
        *("f", "fn", "client", "options", "auto", "failed", "LIST", "EventClass", "AsyncIOEventEmitter", "web_settings"),
        "tiktok_live_events.cli:main",
    ]
)
"""Of what stands in code there: Python's and other libraries' words, values, places."""


BARE = r"\b[A-Z]\w+[a-z][A-Z]\w+\b|\b[A-Z]+_[A-Z_0-9]+\b|(?<=[( ]\.)[a-z]\w+"
"""Classes, constants and attributes outside of code."""


def names_in(passage: str, *, bare: bool) -> set[str]:
    """Words in code, whole options of a command; of errors also what is not in code (`bare`)."""
    code = [each for each in re.findall(r"`([^`]+)`", passage) if each not in NO_NAMES]
    names = {name for each in code for name in re.findall(r"(?<![\w-])--?[a-z][\w-]*|[A-Za-z_][\w-]*", each)}
    return (names | set(re.findall(BARE, passage)) if bare else names) - NO_NAMES


def names_of_rows(sections: Collection[str]) -> set[str]:
    """What stands on the left of our tables, whole and word by word."""
    theirs = [name for row in ROWS if row.section in sections for name in row.theirs]
    parts = [part for name in theirs for part in re.findall(r"[A-Za-z_][\w-]*", name)]
    return {plain(name) for name in (*theirs, *parts)}


@pytest.mark.parametrize(("file", "beginning", "end", "sections", "at_least"), PASSAGES)
def test_every_name_of_theirs_that_is_written_down_has_a_row(
    file: str, beginning: str, end: str, sections: tuple[str, ...], at_least: int
) -> None:
    _, _, rest = beside_the_repository(SHARED / "reference" / file).partition(beginning)
    passage, found, _ = rest.partition(end)
    assert found, f"{file} has no passage from {beginning} to {end} any more"
    names = names_in(beginning + passage, bare=sections == (ERRORS,))
    assert len(names) >= at_least, names
    listed = names_of_rows(sections)
    assert not sorted(name for name in names if plain(name) not in listed)


def test_a_name_of_theirs_without_a_row_would_be_noticed() -> None:
    assert names_in("`connect(room, *, quick=True)`, `-q|--quick`, SomeNewError(.why: NOT_SAID 1, .when)", bare=True) == {
        *("connect", "room", "quick", "-q", "--quick", "SomeNewError", "why", "NOT_SAID", "when")
    }
    assert plain("quickly_connect") not in names_of_rows({OPTIONS, METHODS})


# ------------------------------------------------------------------------------------------------ our side


def test_every_argument_of_the_client_but_those_for_tests_is_on_the_page() -> None:
    arguments = set(inspect.signature(LiveClient).parameters) - {"clock", "rng"}
    assert not [each for each in sorted(arguments) if f"`LiveClient({each})`" not in PAGE]
