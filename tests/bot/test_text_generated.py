"""Posts of hostile lines, read by Discord's dialect as the tests know it: `make safe-text`, or TEXTS=200000 for more of them."""

from __future__ import annotations

import os
import re
from itertools import islice
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it.token import Token

from bot.events import CommentEvent, Common, User
from bot.events.ids import Handle, MessageId, RoomId
from bot.links import LinkPolicy
from bot.relay.format import render
from bot.text import cut, excerpt, one_line, safe_name
from tests.bot.attacks import ATTACKS, mixed
from tests.bot.discord_markdown import discord, flat

TEXTS = int(os.environ.get("TEXTS", "20000"))
SHARES = 8
LINES_IN_A_POST = 5

PARSER = discord()
DISCORDS = re.compile(r"(?i)(?:^|\.)(?:discord(?:app)?\.\w+|dsc\.gg)$")


def in_lines(tokens: list[Token]) -> list[list[Token]]:
    """The tokens of each line. A post that is anything but one paragraph has a block in it."""
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    lines: list[list[Token]] = [[]]
    for token in tokens[1].children or []:
        if token.type == "softbreak":
            lines.append([])
        else:
            lines[-1].append(token)
    return lines


def is_safe(tokens: list[Token], name: str, typed: str, links: LinkPolicy) -> None:
    """One line: the name in bold, with nothing in it, then the text, with nothing in it but links that may be."""
    who, *said = tokens
    assert (who.type, who.content) == ("strong", name)
    assert {token.type for token in who.children or []} == {"text"}
    for token in said:
        assert token.type == "text" or (token.type == "autolink" and links is LinkPolicy.KEEP), token
        if token.type == "autolink":
            address = urlsplit(token.content)
            assert address.scheme in {"http", "https"}
            assert address.username is None
            assert address.hostname
            assert not DISCORDS.search(address.hostname)
            assert unquote(token.content.partition(":")[2]) in unquote(typed), "not what was typed"
    text = "".join(token.content for token in said if token.type == "text")
    assert not re.search(r"(?i)https?://\w|discord\.gg/\w", text)
    if not re.search(r"[/\\⁄∕⧸／]", typed):
        assert re.sub("(?<=[@＠﹫])\u200b", "", text).strip() == cut(typed, 500)


def post_is_safe(comments: list[tuple[str, str]], links: LinkPolicy) -> None:
    names = [safe_name(who, "handle") for who, _ in comments]
    post = "\n".join(f"**{name}** {excerpt(said, 500, links)}" for name, (_, said) in zip(names, comments, strict=True))
    lines = in_lines(PARSER.parse(post))
    assert len(lines) == len(comments), "a line too many, or one swallowed"
    for tokens, name, (_, said) in zip(lines, names, comments, strict=True):
        is_safe(tokens, name, one_line(said), links)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("share", range(SHARES))
def test_no_post_of_hostile_lines_shows_anything_but_names_and_text(share: int) -> None:
    texts = mixed(share, TEXTS // SHARES)
    policies = list(LinkPolicy)
    number = 0
    while said := list(islice(texts, LINES_IN_A_POST)):
        comments = list(zip(reversed(said), said, strict=True))
        try:
            post_is_safe(comments, policies[number % len(policies)])
        except (AssertionError, ValueError) as error:
            pytest.fail(f"{comments!r} under {policies[number % len(policies)]}: {error}")
        number += 1


@pytest.mark.parametrize("links", LinkPolicy)
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_known_attack_gets_through_alone_or_between_others(attack: str, links: LinkPolicy) -> None:
    post_is_safe([(attack, attack)], links)
    post_is_safe([("Bob", "hi **"), (attack, attack), ("Eve", "|| ``` __ <@1>")], links)
    assert not {token.type for token in flat(PARSER.parse(excerpt(attack, 500, links)))} - {"text", "autolink"}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_comment_as_it_is_rendered_is_as_safe(attack: str) -> None:
    lines = [
        line.text
        for user in (User(nickname=attack), User(nickname="Bob"))
        if (line := render(CommentEvent(Common(MessageId("1"), RoomId("1"), Handle("alice"), user=user), text=f"{attack} **")))
    ]
    for tokens, nickname in zip(in_lines(PARSER.parse("\n".join(lines))), (attack, "Bob"), strict=True):
        is_safe(tokens, safe_name(nickname), one_line(f"{attack} **"), LinkPolicy.DEFANG)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("**a**", "strong"),
        ("*a*", "em"),
        ("_a_", "em"),
        ("__a__", "underline"),
        ("~~a~~", "strike"),
        ("||a||", "spoiler"),
        ("`a`", "code"),
        ("x ```a```", "fence"),
        ("```", "fence_block"),
        ("[a](https://a.b)", "masked_link"),
        ("<https://a.b>", "autolink"),
        ("xhttps://a.b", "url"),
        ("steam://run", "url"),
        ("a discord.gg/x", "invite"),
        ("<@1>", "mention"),
        ("@here", "mention"),
        ("<id:browse>", "mention"),
        ("</a b:1>", "command"),
        ("<t:1:R>", "timestamp"),
        ("<a:b:1>", "emoji"),
        (":a:", "emoji"),
        ("<a@b.com>", "mail"),
        ("<+15551234567>", "mail"),
        ("x\n# a", "heading"),
        ("x\n-# a", "small"),
        ("x\n> a", "quote"),
        ("x\n - a", "list"),
        ("x\n1. a", "list"),
        ("\\\\**a**", "strong"),
    ],
)
def test_the_parser_sees_what_it_is_there_to_see(text: str, kind: str) -> None:
    assert kind in {token.type for token in flat(PARSER.parse(text))}
