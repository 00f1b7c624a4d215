"""Somebody else's parser of Discord's dialect, built like that of Discord's clients, reads our posts of hostile lines."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from bot.links import LinkPolicy
from bot.text import excerpt, safe_name
from tests.bot.attacks import ATTACKS, mixed
from tests.interop.environments import HERE, node_with

PARSER = "discord-markdown-parser@1.3.1"
TEXTS = int(os.environ.get("TEXTS", "20000"))
LINES_IN_A_POST = 5
PLAIN = {"text", "twemoji", "emoticon"}

pytestmark = [pytest.mark.interop, pytest.mark.timeout(420)]


def read(posts: list[str]) -> list[list[list[dict[str, Any]]]]:
    """For each post its lines, and for each line what it is made of."""
    command = ["node", str(HERE / "read_markdown.mjs"), str(node_with(PARSER))]
    done = subprocess.run(
        command, input="".join(json.dumps(post) + "\n" for post in posts).encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_other_parser_sees_attacks_where_they_are_not_escaped() -> None:
    kinds = {part["type"] for post in read(ATTACKS) for line in post for part in line}
    assert kinds >= {"strong", "em", "underline", "strikethrough", "spoiler", "inlineCode", "codeBlock", "heading", "subtext"}
    assert kinds >= {"link", "url", "autolink", "user", "role", "channel", "everyone", "here", "timestamp", "emoji", "blockQuote"}


@pytest.mark.parametrize("links", LinkPolicy)
def test_the_other_parser_sees_names_and_text_and_links_that_may_be(links: LinkPolicy) -> None:
    texts = [*ATTACKS, *mixed(99, TEXTS)]
    batches = [texts[start : start + LINES_IN_A_POST] for start in range(0, len(texts), LINES_IN_A_POST)]
    posts = ["\n".join(f"**{safe_name(text, 'h')}** {excerpt(text, 500, links)}" for text in batch) for batch in batches]
    found = read(posts)
    assert len(found) == len(posts)
    for batch, post, lines in zip(batches, posts, found, strict=True):
        assert len(lines) == len(batch), post
        for name, *said in lines:
            assert (name["type"], set(name["inside"]) - PLAIN) == ("strong", set()), post
            for part in said:
                kept = (
                    part["type"] == "autolink" and links is LinkPolicy.KEEP and part["target"].startswith(("http://", "https://"))
                )
                assert kept or part["type"] in PLAIN, f"{part} in {post!r}"
