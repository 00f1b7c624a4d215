"""A server's watches as a file that another server, or another bot, can read: written by `/export`, read by `/import`. Pure.

The file has nothing of ours in it that means something only here: creators by handle, channels and roles by Discord's id and by
name. Reading it believes nothing: whoever may configure the bot can hand in any file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from functools import partial
from typing import TypeVar

import msgspec

from bot.errors import BadInput
from bot.events.ids import Handle
from bot.language import Language, known
from bot.model.ids import ChannelId, DiscordRoleId
from bot.model.watch import EventKind, Filters, Look, WatchSettings
from bot.relay import filters, templates
from bot.text import escape, is_handle
from bot.words import MOST_WORD_CHARS, MOST_WORDS, WordFilter

SCHEMA = 1

_LISTS_CHARS = 4 * filters.MOST_ENTRIES * filters.MOST_WORD_CHARS + MOST_WORDS * MOST_WORD_CHARS
MOST_BYTES = 50 * (2 * _LISTS_CHARS + 8_192)
"""Fifty watches, as many as a server may have by default, with every list full, in letters of two bytes. So `/import` takes
what `/export` writes; the rest is for what else a watch has."""

MOST_WATCHES = 500
MOST_NAME_CHARS = 100
MOST_DIAMONDS = 1_000_000
MOST_COOLDOWN_S = 86_400

Id = TypeVar("Id", bound=int)
_ID = re.compile(r"[1-9]\d{0,18}")


@dataclass(frozen=True, slots=True)
class Portable:
    """One watch. `channel` and `ping_role` are names, for servers where the ids mean nothing; the role's id is in `settings`."""

    creator: Handle
    channel_id: ChannelId
    channel: str = ""
    settings: WatchSettings = field(default_factory=WatchSettings)
    ping_role: str = ""
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """The same as it stands in the file. Ids are text: 19 digits do not fit a JSON double."""

    creator: str
    channel_id: str
    channel: str = ""
    ping_role_id: str = ""
    ping_role: str = ""
    paused: bool = False
    settings: WatchSettings = field(default_factory=WatchSettings)


_KEYS: Mapping[str, Collection[str]] = {
    "": ("schema", "watches"),
    "watch": tuple(each.name for each in fields(Row)),
    "settings": tuple(each.name for each in fields(WatchSettings) if each.name not in ("ping_role_id", "adults_anyway")),
    "filters": tuple(each.name for each in fields(Filters)),
    "look": tuple(each.name for each in fields(Look)),
}


def dump(watches: Sequence[Portable]) -> bytes:
    """The file: a line for each watch."""
    rows = ",\n".join(json.dumps(_written(each), ensure_ascii=False) for each in watches)
    return f'{{"schema": {SCHEMA}, "watches": [\n{rows}\n]}}\n'.encode()


def _written(each: Portable) -> Mapping[str, object]:
    role_id = each.settings.ping_role_id
    row: dict[str, object] = {
        "creator": each.creator,
        "channel_id": str(each.channel_id),
        "channel": each.channel,
        "ping_role_id": str(role_id) if role_id is not None else "",
        "ping_role": each.ping_role,
        "paused": each.paused,
        "settings": msgspec.to_builtins(each.settings, order="sorted"),
    }
    settings = row["settings"]
    if isinstance(settings, dict):
        # The role stands above, and a channel is confirmed by a person, not by a file.
        del settings["ping_role_id"], settings["adults_anyway"]
    return row


def parse(t: Language, data: bytes) -> Sequence[Portable]:
    """The watches in a file. Raises `BadInput` naming the place of the first thing that cannot be used."""
    if len(data) > MOST_BYTES:
        raise BadInput("A file of watches has at most {count} KiB.", count=MOST_BYTES // 1024)
    top = _object(t, _json(data), "$", "")
    if top.get("schema") != SCHEMA:
        raise BadInput("This file has another schema than {schema}: it is not mine, or a newer version wrote it.", schema=SCHEMA)
    rows = top.get("watches")
    if not isinstance(rows, list):
        raise _at("$.watches", t("a list is needed here"))
    if len(rows) > MOST_WATCHES:
        raise BadInput("A file has at most {count} watches.", count=MOST_WATCHES)
    found = [_watch(t, row, f"$.watches[{number}]") for number, row in enumerate(rows)]
    seen: set[tuple[str, int]] = set()
    for number, each in enumerate(found):
        key = (each.creator, each.channel_id)
        if key in seen:
            raise _at(f"$.watches[{number}]", t("this creator stands in the file for this channel already"))
        seen.add(key)
    return found


def _json(data: bytes) -> object:
    try:
        found: object = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number)
        # Half of a surrogate pair ("\ud800") is no text: nothing can store it or say it.
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise BadInput("This file is no text (UTF-8). `/export` writes one that I can read.") from None
    except json.JSONDecodeError as error:
        raise BadInput(
            "This file is no JSON: line {line}, column {column}: {problem}.",
            line=error.lineno,
            column=error.colno,
            problem=error.msg,
        ) from None
    except (ValueError, RecursionError):
        raise BadInput("This file is no JSON that anybody would write: `/export` shows how one looks.") from None
    return found


def _no_number(name: str) -> object:
    raise ValueError(name)


def _object(t: Language, value: object, place: str, kind: str) -> dict[str, object]:
    """The value, if it is an object with known keys only."""
    if not isinstance(value, dict):
        raise _at(place, t("an object is needed here"))
    for key in value:
        if key in _KEYS[kind]:
            continue
        near = get_close_matches(str(key), _KEYS[kind], n=1)
        shown = escape(str(key)[:50])
        if near:
            raise _at(place, t('there is no "{key}". Did you mean {near}?', key=shown, near=near[0]))
        raise _at(place, t('there is no "{key}". There are: {known}', key=shown, known=", ".join(_KEYS[kind])))
    return value


def _watch(t: Language, value: object, place: str) -> Portable:
    row = _object(t, value, place, "watch")
    settings = row.get("settings", {})
    of_settings = _object(t, settings, f"{place}.settings", "settings")
    for part in ("filters", "look"):
        if part in of_settings:
            _object(t, of_settings[part], f"{place}.settings.{part}", part)
    try:
        read = msgspec.convert(row, Row)
    except msgspec.ValidationError as error:
        raise _at(place, escape(str(error).replace("`", "").replace("$", "")[:200])) from None
    return _checked(t, read, place)


def _checked(t: Language, row: Row, place: str) -> Portable:
    handle = row.creator.removeprefix("@").lower()
    if not is_handle(handle):
        raise _at(f"{place}.creator", t("that is no TikTok handle"))
    channel_id = _id(t, row.channel_id, f"{place}.channel_id")
    role_id = _id(t, row.ping_role_id, f"{place}.ping_role_id") if row.ping_role_id else None
    for name, text in (("channel", row.channel), ("ping_role", row.ping_role)):
        if len(text) > MOST_NAME_CHARS:
            raise _at(f"{place}.{name}", t("that is longer than any name on Discord"))
    _check_settings(t, row.settings, f"{place}.settings")
    return Portable(
        creator=Handle(handle),
        channel_id=ChannelId(channel_id),
        channel=row.channel,
        settings=replace(row.settings, ping_role_id=None if role_id is None else DiscordRoleId(role_id)),
        ping_role=row.ping_role,
        paused=row.paused,
    )


def _id(t: Language, text: str, place: str) -> int:
    if _ID.fullmatch(text) is None or int(text) >= 1 << 63:
        raise _at(place, t("that is no id of Discord's"))
    return int(text)


def _check_settings(t: Language, settings: WatchSettings, place: str) -> None:
    """What a file may say is what the commands would have let somebody choose."""
    look, wanted = settings.look, settings.filters
    if not 0 <= settings.min_diamonds <= MOST_DIAMONDS:
        raise _at(f"{place}.min_diamonds", t("choose from 0 to {most}", most=t.number(MOST_DIAMONDS)))
    if not 0 <= settings.ping_cooldown_s <= MOST_COOLDOWN_S:
        raise _at(f"{place}.ping_cooldown_s", t("choose from 0 to {most}", most=t.number(MOST_COOLDOWN_S)))
    if look.locale not in known():
        raise _at(f"{place}.look.locale", t("choose from {known}", known=", ".join(known())))
    for name, entries, read in (
        ("only_users", wanted.only_users, filters.parse_users),
        ("not_users", wanted.not_users, filters.parse_users),
        ("only_words", wanted.only_words, filters.parse_words),
        ("not_words", wanted.not_words, filters.parse_words),
    ):
        _check_entries(t, entries, read, f"{place}.filters.{name}")
    if [kind for kind, _ in look.templates] != sorted({kind for kind, _ in look.templates}):
        raise _at(f"{place}.look.templates", t("each kind once, in order"))
    for kind, text in look.templates:
        _check(t, f"{place}.look.templates", partial(_template, t, kind, text))
    _check(t, f"{place}.look.hidden_words", partial(WordFilter, look.hidden_words))


def _check_entries(t: Language, entries: tuple[str, ...], read: Callable[[str], tuple[str, ...]], place: str) -> None:
    if len(entries) > filters.MOST_ENTRIES:
        raise _at(place, t("at most {most} entries", most=filters.MOST_ENTRIES))
    for number, entry in enumerate(entries):
        here = f"{place}[{number}]"
        if _check(t, here, partial(read, entry)) != (entry,):
            raise _at(here, t("one entry is one word, in small letters if it is a name, without commas around"))


def _template(t: Language, kind: EventKind, text: str) -> None:
    if not text or templates.parse(kind, text) != text:
        raise BadInput(t("that is no template of one line"))


def _check(t: Language, place: str, read: Callable[[], object]) -> object:
    """Whatever a reader of ours says against it, with the place where it stands."""
    try:
        return read()
    except BadInput as error:
        raise _at(place, t(error.text, **error.values)) from None


def _at(place: str, problem: str) -> BadInput:
    return BadInput("In the file at `{place}`: {problem}.", place=place, problem=problem.rstrip("."))


# --- In this server --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fitted:
    """A file's watches with the channels and roles of this server.

    `mapped`: channels of the file that another one of the same name stands for. `missing`: names (or ids) of channels that are
    not here. `roles`: names (or ids) of roles that are not here; those watches ping nobody.
    """

    watches: tuple[Portable, ...]
    mapped: Mapping[str, ChannelId] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


def fitted(
    wanted: Sequence[Portable],
    channels: Mapping[ChannelId, str],
    role_names: Mapping[DiscordRoleId, str],
    standing: Sequence[Portable] = (),
) -> Fitted:
    """Find each channel and role by its id, else by its name if only one here is called so.

    `standing`: the server's watches. One that the file leaves as it is may be in a channel that is not to be seen now (an
    archived thread). Raises `BadInput` when two rows turn out to be about one creator in one channel.
    """
    as_it_is = {(each.creator, each.channel_id): _nameless(each) for each in standing}
    found: list[Portable] = []
    mapped: dict[str, ChannelId] = {}
    missing: dict[str, None] = {}
    roles: dict[str, None] = {}
    for each in wanted:
        here = _here(each.channel_id, each.channel, channels)
        if here is None and as_it_is.get((each.creator, each.channel_id)) == _nameless(each):
            found.append(each)
            continue
        if here is None:
            missing[each.channel or str(each.channel_id)] = None
            continue
        if here != each.channel_id:
            mapped[each.channel] = here
        role_id = each.settings.ping_role_id
        role = None if role_id is None else _here(role_id, each.ping_role, role_names)
        if role_id is not None and role is None:
            roles[each.ping_role or str(role_id)] = None
        found.append(
            replace(
                each,
                channel_id=here,
                channel=channels[here],
                ping_role=role_names[role] if role is not None else "",
                settings=replace(each.settings, ping_role_id=role),
            )
        )
    _refuse_doubles(found)
    return Fitted(tuple(found), mapped, tuple(missing), tuple(roles))


def _nameless(each: Portable) -> Portable:
    """Names of channels and roles may change; ids say what is meant."""
    return replace(each, channel="", ping_role="")


def _refuse_doubles(found: Sequence[Portable]) -> None:
    seen: set[tuple[Handle, ChannelId]] = set()
    for each in found:
        if (each.creator, each.channel_id) in seen:
            raise BadInput(
                "Two watches of this file are about **@{creator}** in {channel}: one by the channel's id, one by its name. "
                "Take one of them out; nothing was changed.",
                creator=escape(each.creator),
                channel=f"<#{each.channel_id}>",
            )
        seen.add((each.creator, each.channel_id))


def _here(wanted: Id, name: str, known_here: Mapping[Id, str]) -> Id | None:
    if wanted in known_here:
        return wanted
    same = [each for each, called in known_here.items() if name and called == name]
    return same[0] if len(same) == 1 else None
