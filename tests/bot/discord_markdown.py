"""Discord's dialect for markdown-it, from what its clients do: knows nothing of `bot.text`, and rather sees too much.

Each rule is one pattern tried where the parser stands, as in the clients' own parser. A token's `content` is what stands
inside, its children are the tokens of that. Escapes are the clients': a backslash before any sign.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

LEAVES = {
    "mention": re.compile(r"<@!?\d+>|<@&\d+>|<#\d+>|<id:[\w-]+(?::\d+)?>|@(?:everyone|here)"),
    "command": re.compile(r"</[^:>\n]+:\d+>"),
    "timestamp": re.compile(r"<t:-?\d+(?::[tTdDfFsSR])?>"),
    "emoji": re.compile(r"<a?:\w+:\d+>|<sound:\d+:\d+>|:[^\s:]+(?:::skin-tone-\d)?:"),
    "autolink": re.compile(r"<([^: >\n]+:/[^ >\n]+)>"),
    "mail": re.compile(r"<(?:mailto:|tel:|sms:)?[^ >\n@]*@[^ >\n]+\.[^ >\n]+>|<(?:tel:|sms:)?\+\d[\d -]+>"),
    "url": re.compile(r"(?i:https?|steam|discord)://[^\s<]+[^<.,:;\"'\]\s]"),
    # Buttons are drawn for these wherever they stand in the text.
    "invite": re.compile(r"(?i)discord(?:app)?\.(?:gg|gift|new|com/(?:invite|template|gifts))/\w"),
    "fence": re.compile(r"```[\s\S]*?```"),
    "code": re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)"),
    "face": re.compile(r"¯\\_\(ツ\)_/¯"),
}
CONTAINERS = {
    "masked_link": re.compile(r"\[((?:\[[^\]]*\]|[^\[\]])*)\]\(\s*<?(?:[^\s\\]|\\.)*?>?(?:\s+['\"][\s\S]*?['\"])?\s*\)"),
    "spoiler": re.compile(r"\|\|([\s\S]+?)\|\|"),
    "strong": re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)"),
    "underline": re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)"),
    "strike": re.compile(r"~~([\s\S]+?)~~"),
    "em": re.compile(
        r"\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)|_((?:__|\\[\s\S]|[^\\_])+?)_"
    ),
}
BLOCKS = {
    "heading": re.compile(r" *#{1,3}\s"),
    "small": re.compile(r" *-#\s"),
    "quote": re.compile(r" *>(?:>>)?(?:\s|$)"),
    "list": re.compile(r" *(?:[-*+•]|\d+[.)])\s"),
    "fence_block": re.compile(r" *(?:```|~~~)"),
}
_ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")
_PLAIN = re.compile(r"(?:(?!(?i:https?|steam|discord)://|(?i:discord))[^\\<@:`*_~|\[\n¯])+")

Rule = Callable[[StateInline, bool], bool]


def _leaf(name: str, pattern: re.Pattern[str]) -> Rule:
    def rule(state: StateInline, silent: bool) -> bool:
        match = pattern.match(state.src, state.pos)
        if match is None:
            return False
        if not silent:
            token = state.push(name, "", 0)
            token.content = match.group(1) if name == "autolink" else match.group()
        state.pos = match.end()
        return True

    return rule


def _container(name: str, pattern: re.Pattern[str]) -> Rule:
    def rule(state: StateInline, silent: bool) -> bool:
        match = pattern.match(state.src, state.pos)
        if match is None:
            return False
        if not silent:
            token = state.push(name, "", 0)
            token.content = next(group for group in match.groups() if group is not None)
            token.children = []
            state.md.inline.parse(token.content, state.md, state.env, token.children)
        state.pos = match.end()
        return True

    return rule


def _escape(state: StateInline, silent: bool) -> bool:
    match = _ESCAPE.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        state.pending += match.group(1)
    state.pos = match.end()
    return True


def _plain(state: StateInline, silent: bool) -> bool:
    match = _PLAIN.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        state.pending += match.group()
    state.pos = match.end()
    return True


def _line_start(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    line = state.src[state.bMarks[start] : state.eMarks[start]]
    for name, pattern in BLOCKS.items():
        if match := pattern.match(line):
            if silent:
                return True
            state.push(name, "", 0)
            token = state.push("inline", "", 0)
            token.content, token.children = line[match.end() :], []
            state.line = start + 1
            return True
    return False


def discord() -> MarkdownIt:
    """The parser. A post is paragraphs, whose lines are parted by `softbreak`, and lines that begin as one of `BLOCKS`."""
    parser = (
        MarkdownIt("zero")
        .enable(["newline"])
        .disable(["text", "text_join", "fragments_join", "balance_pairs"], ignoreInvalid=True)
    )
    parser.inline.ruler.before("newline", "plain", _plain)
    parser.inline.ruler.after("newline", "escape_any", _escape)
    previous = "escape_any"
    for name, rule in [
        *((name, _leaf(name, pattern)) for name, pattern in LEAVES.items()),
        *((name, _container(name, pattern)) for name, pattern in CONTAINERS.items()),
    ]:
        parser.inline.ruler.after(previous, name, rule)
        previous = name
    parser.block.ruler.before("paragraph", "line_start", _line_start, {"alt": ["paragraph"]})
    return parser


def flat(tokens: list[Token]) -> Iterator[Token]:
    """All tokens, those inside others behind them; the paragraphs' own are left out."""
    for token in tokens:
        if token.type not in {"inline", "paragraph_open", "paragraph_close"}:
            yield token
        yield from flat(token.children or [])
