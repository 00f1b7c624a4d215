"""Links: clickable only where a watch keeps them, and only those beyond doubt."""

from __future__ import annotations

import time

import pytest

from bot.links import LinkPolicy, linked
from bot.text import excerpt


def as_text(typed: str, policy: LinkPolicy, *, keep_invites: bool = False) -> str:
    """What the pieces say, unescaped."""
    return "".join(linked(typed, policy, "—", keep_invites=keep_invites))


LINKS: list[tuple[str, str, str]] = [
    (
        "see https://example.com/a_b?x=1&y=2#k.",
        "see <https://example.com/a_b?x=1&y=2#k>.",
        "see hxxps://example[.]com/a_b?x=1&y=2#k.",
    ),
    ("(http://example.com)", "(<http://example.com>)", "(hxxp://example[.]com)"),
    ("HTTPS://Example.com:80/", "<https://Example.com:80/>", "hxxpS://Example[.]com:80/"),
    ("https://e.org/Go_(game)!", "<https://e.org/Go_%28game%29>!", "hxxps://e[.]org/Go_(game)!"),
    ("https://e.org/@x|y`*~:", "<https://e.org/%40x%7Cy>`*~:", "hxxps://e[.]org/@x|y`*~:"),
    ("**https://e.org**", "**<https://e.org>**", "**hxxps://e[.]org**"),
    ("[a](https://e.org)", "[a](<https://e.org>)", "[a](hxxps://e[.]org)"),
]


@pytest.mark.parametrize(("typed", "kept", "defanged"), LINKS)
def test_a_link_is_kept_defanged_or_dropped_as_the_watch_wishes(typed: str, kept: str, defanged: str) -> None:
    assert as_text(typed, LinkPolicy.KEEP) == kept
    assert as_text(typed, LinkPolicy.DEFANG) == defanged
    dropped = as_text(typed, LinkPolicy.DROP)
    assert "—" in dropped
    assert "://" not in dropped


@pytest.mark.parametrize(
    ("typed", "defanged"),
    [
        ("https://discord.com@evil.com/x", "hxxps://discord[.]com@evil[.]com/x"),
        ("https://еvil.com", "hxxps://еvil[.]com"),
        ("https://localhost/", "hxxps://localhost/"),
        ("https://a..com", "hxxps://a.[.]com"),
        ("https://example.com/日本", "hxxps://example[.]com/日本"),
        ("xhttps://example.com", "xhttps[:]//example[.]com"),
        ("http:/\\evil.com", "hxxp:/\\evil[.]com"),
        ("steam://run/1.2", "steam[:]//run/1.2"),
        ("https://discord.com/channels/1/2", "hxxps://discord[.]com/channels/1/2"),
        ("https://evil.com/discord.gg/abc", "hxxps://evil[.]com/discord[.]gg/abc"),
        ("xhttps://a.co/https://b.co", "xhttps[:]//a[.]co/hxxps://b.co"),
    ],
)
def test_what_is_not_beyond_doubt_is_defanged_where_links_are_kept(typed: str, defanged: str) -> None:
    assert as_text(typed, LinkPolicy.KEEP) == as_text(typed, LinkPolicy.DEFANG) == defanged


INVITES = [
    "discord.gg/abc",
    "DISCORD.GG/abc",
    "https://discord.gg/abc",
    "discord.com/invite/abc",
    "discordapp.com/invite/abc",
    "dsc.gg/x",
    "discord . gg / abc",
    "discord,gg/abc",
    "discord(dot)gg/abc",
    "discord dot gg/abc",
    "discord gg/abc",
    "d i s c o r d . g g / abc",
    "ｄｉｓｃｏｒｄ．ｇｇ／abc",
    "𝐝𝐢𝐬𝐜𝐨𝐫𝐝.𝐠𝐠/abc",
    "dіscоrd.gg/abc",
    "discord。gg/abc",
    "🅳🅸🆂🅲🅾🆁🅳.gg/abc",
    "discord.gg\\abc",
    "discord.gift/abc",
]


@pytest.mark.parametrize("typed", INVITES)
def test_an_invite_is_found_however_it_is_dressed_and_never_kept_unasked(typed: str) -> None:
    assert as_text(f"x {typed} y", LinkPolicy.DROP) == "x — y"
    pieces = linked(f"x {typed} y", LinkPolicy.KEEP, "—")
    assert len(pieces) == 1
    assert "discord.gg/" not in pieces[0]


def test_an_invite_is_kept_where_that_was_asked_for() -> None:
    assert as_text("https://discord.gg/abc", LinkPolicy.KEEP, keep_invites=True) == "<https://discord.gg/abc>"
    assert excerpt("https://discord.gg/abc", 99, LinkPolicy.KEEP, keep_invites=True) == "<https://discord.gg/abc>"


@pytest.mark.parametrize(
    "typed", ["3/4 and/or", "either:/ ok:/lol", "example.com", "a@example.com", "discord is cool", "12:30", "https://"]
)
def test_what_discord_makes_no_link_of_is_left_alone(typed: str) -> None:
    for policy in LinkPolicy:
        assert linked(typed, policy, "—") == [typed]


def test_a_link_that_is_cut_is_no_longer_kept() -> None:
    assert excerpt("https://example.com/abc", 20, LinkPolicy.KEEP) == "hxxps\\://example\\[.\\]com…"
    assert excerpt("https://example.com/abc", 23, LinkPolicy.KEEP) == "<https://example.com/abc>"


def test_the_mark_of_a_dropped_link_is_a_sentence_and_cannot_do_harm_either() -> None:
    assert excerpt("a https://e.org", 99, LinkPolicy.DROP) == "a \\[link\\]"
    assert excerpt("a https://e.org", 99, LinkPolicy.DROP, "**@here**") == "a \\*\\*@\u200bhere\\*\\*"


@pytest.mark.parametrize(
    "part",
    [
        "http:/",
        "discord ",
        "d i s c o r d",
        "a.b+c-",
        "https://a.",
        "/",
        ".",
        "discord.",
        "a:" * 3,
        "(",
        "https://(",
        "http:" + "/" * 50,
    ],
)
def test_time_grows_with_the_length_and_no_faster(part: str) -> None:
    def took(chars: int) -> float:
        text = "/" + part * (chars // len(part))
        return min(_timed(text) for _ in range(3))

    # Eight times the text: a square would be 64 times the time.
    assert took(40_000) < max(took(5_000), 0.0005) * 24


def _timed(text: str) -> float:
    started = time.process_time()
    linked(text, LinkPolicy.KEEP, "—")
    return time.process_time() - started
