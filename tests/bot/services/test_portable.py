"""Watches as a file: what was written reads back as it was, and nothing else is believed."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.events.ids import Handle
from bot.language import ENGLISH, language
from bot.links import LinkPolicy
from bot.model.ids import ChannelId, DiscordRoleId
from bot.model.watch import EventKind, Filters, Follows, Look, Offline, Removal, Role, Style, WatchSettings
from bot.services.portable import MOST_BYTES, MOST_WATCHES, Portable, dump, fitted, parse

T = language(ENGLISH)

WORDS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)
NAMES = st.from_regex(r"[a-z0-9_]{2,24}", fullmatch=True)
IDS = st.integers(1, (1 << 63) - 1)


def entries(of: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(of, max_size=4, unique=True).map(tuple)


FILTERS = st.builds(
    Filters,
    only_users=entries(NAMES),
    not_users=entries(NAMES),
    only_roles=st.frozensets(st.sampled_from(Role)),
    not_roles=st.frozensets(st.sampled_from(Role)),
    only_words=entries(st.one_of(WORDS, st.just("/f+oo,/"))),
    not_words=entries(WORDS),
)
TEMPLATES = st.dictionaries(
    st.sampled_from([EventKind.GIFT, EventKind.LIVE, EventKind.FOLLOW]), st.sampled_from(["{creator}!", "**hi** {creator}"])
).map(lambda each: tuple(sorted(each.items())))
LOOKS = st.builds(
    Look,
    style=st.sampled_from(Style),
    locale=st.sampled_from(["en", "es"]),
    links=st.sampled_from(LinkPolicy),
    templates=TEMPLATES,
    hidden_words=entries(st.from_regex(r"[a-z]{3,20}", fullmatch=True)),
)
SETTINGS = st.builds(
    WatchSettings,
    kinds=st.frozensets(st.sampled_from(EventKind)),
    min_diamonds=st.integers(0, 1_000_000),
    filters=FILTERS,
    look=LOOKS,
    removal=st.sampled_from(Removal),
    follows=st.sampled_from(Follows),
    ping_role_id=st.none() | IDS.map(DiscordRoleId),
    ping_cooldown_s=st.integers(0, 86_400),
    offline=st.sampled_from(Offline),
)
WATCHES = st.lists(
    st.builds(
        Portable,
        creator=NAMES.map(Handle),
        channel_id=IDS.map(ChannelId),
        channel=st.text(max_size=100).filter(str.isprintable),
        settings=SETTINGS,
        ping_role=WORDS,
        paused=st.booleans(),
    ),
    max_size=5,
    unique_by=lambda each: (each.creator, each.channel_id),
)


@given(WATCHES)
def test_what_was_written_reads_back_as_it_was(watches: list[Portable]) -> None:
    assert parse(T, dump(watches)) == watches


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_is_handed_in_is_read_or_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        parse(T, data)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["creator", "channel_id", "settings", "kinds", "filters", "look", "x"]), inner, max_size=3
        )
    ),
)


@given(VALUES)
def test_a_file_of_the_right_shape_with_anything_in_it_is_read_or_refused(value: object) -> None:
    for rows in (value, [value], [{"creator": "alice", "channel_id": "5", "settings": value}]):
        with contextlib.suppress(BadInput):
            parse(T, json.dumps({"schema": 1, "watches": rows}).encode())


def row(**changes: object) -> dict[str, object]:
    return {"creator": "alice", "channel_id": "5", **changes}


def file(*rows: object) -> bytes:
    return json.dumps({"schema": 1, "watches": rows}).encode()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"[" * 100_000, "no JSON"),
        (b'{"schema": 1, "watches": [{"creator": NaN}]}', "no JSON that anybody would write"),
        (b"9" * 10_000, "no JSON that anybody would write"),
        (b'{\n "schema": 1,,\n}', "line 2, column 14"),
        (b" " * (MOST_BYTES + 1), "at most 3134 KiB"),
        (file(row(channel="\ud800")), "no JSON that anybody would write"),
        (file(row(settings={"look": {"hidden_words": ["a\ud800b"]}})), "no JSON that anybody would write"),
        (file(row(**{"\ud800": 1})), "no JSON that anybody would write"),
        (b"[]", "at `$`: an object is needed here"),
        (file(*([row()] * (MOST_WATCHES + 1))), "at most 500 watches"),
        (file(row(settings={"kindz": []})), r'at `$.watches[0].settings`: there is no "kindz". Did you mean kinds?'),
        (file(row(settings={"filters": {"words": []}})), "at `$.watches[0].settings.filters`"),
        (file(row(settings={"kinds": ["chat", "gfit"]})), "gfit"),
        (file(row(settings={"min_diamonds": -1})), "min_diamonds`: choose from 0 to 1,000,000"),
        (file(row(settings={"min_diamonds": "5"})), "int"),
        (file(row(settings={"look": {"locale": "tlh"}})), "look.locale`: choose from en"),
        (file(row(settings={"look": {"templates": [["chat", "nothing"]]}})), "look.templates`: A template for chat must hold"),
        (file(row(settings={"filters": {"only_words": ["/(/"]}})), "only_words[0]`: This regular expression cannot be used"),
        (file(row(settings={"filters": {"only_words": ["a, b"]}})), "only_words[0]`: one entry is one word"),
        (file(row(settings={"look": {"hidden_words": ["***"]}})), "look.hidden_words`"),
        (file(row(settings={"ping_role_id": 5})), 'there is no "ping\\_role\\_id"'),
        (file(row(channel_id="0x5")), "channel_id`: that is no id of Discord's"),
        (file(row(channel_id=str(1 << 63))), "channel_id`: that is no id of Discord's"),
        (file(row(channel="x" * 101)), "longer than any name"),
        (file(row(creator="@Alice"), row()), "at `$.watches[1]`: this creator stands in the file for this channel already"),
    ],
)
def test_a_refusal_names_the_place(data: bytes, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(T, data)
    assert says in str(caught.value)


def test_a_byte_order_mark_and_missing_settings_are_fine() -> None:
    (watch,) = parse(T, b"\xef\xbb\xbf" + file(row(creator="@Alice")))
    assert watch == Portable(Handle("alice"), ChannelId(5))


def test_fifty_watches_with_every_list_full_are_no_larger_than_a_file_may_be() -> None:
    names = tuple(f"{number:02}" + "x" * 98 for number in range(50))
    words = tuple(f"{number:02}" + "ж" * 98 for number in range(50))
    hidden = tuple(f"{number:03}" + "ж" * 37 for number in range(200))
    wanted = Filters(only_users=names, not_users=names, only_words=words, not_words=words)
    settings = WatchSettings(filters=wanted, look=Look(hidden_words=hidden))
    full = [Portable(Handle(f"creator{number}"), ChannelId(5), "live", settings) for number in range(50)]
    assert len(dump(full)) <= MOST_BYTES
    assert parse(T, dump(full[:2])) == full[:2]


# --- In this server --------------------------------------------------------------------------------------------------------

LIVE, NEWS = ChannelId(11), ChannelId(12)
HERE = {LIVE: "live", NEWS: "news", ChannelId(13): "twice", ChannelId(14): "twice"}


def asked(channel_id: int, name: str, role: int | None = None, role_name: str = "") -> Portable:
    settings = WatchSettings(ping_role_id=None if role is None else DiscordRoleId(role))
    return Portable(Handle("alice"), ChannelId(channel_id), name, settings, role_name)


def test_an_id_that_is_here_counts_whatever_the_name() -> None:
    found = fitted([asked(11, "renamed")], HERE, {})
    assert ([each.channel_id for each in found.watches], found.mapped, found.missing) == ([LIVE], {}, ())


def test_an_unknown_id_is_found_by_a_name_that_only_one_has() -> None:
    found = fitted([asked(99, "news"), asked(98, "twice"), asked(97, "")], HERE, {})
    assert ([each.channel_id for each in found.watches], found.mapped, found.missing) == ([NEWS], {"news": NEWS}, ("twice", "97"))


def test_a_role_is_found_alike_and_else_nobody_is_pinged() -> None:
    found = fitted([asked(11, "", 5, "fans"), asked(12, "", 6, "gone")], HERE, {DiscordRoleId(50): "fans"})
    assert [each.settings.ping_role_id for each in found.watches] == [50, None]
    assert found.roles == ("gone",)


def test_a_watch_that_the_file_leaves_as_it_is_may_stand_in_a_channel_that_is_not_to_be_seen() -> None:
    stands = asked(99, "", 6)
    found = fitted([asked(99, "topic", 6, "fans")], HERE, {}, [stands])
    assert ([each.channel_id for each in found.watches], found.missing, found.roles) == ([99], (), ())
    changed = replace(stands, settings=WatchSettings(min_diamonds=5, ping_role_id=DiscordRoleId(6)))
    assert fitted([changed], HERE, {}, [stands]).missing == ("99",)


def test_two_rows_that_mean_one_channel_are_refused() -> None:
    with pytest.raises(BadInput, match=r"about \*\*@alice\*\* in <#12>: one by the channel's id, one by its name"):
        fitted([asked(99, "news"), asked(12, "news")], HERE, {})
