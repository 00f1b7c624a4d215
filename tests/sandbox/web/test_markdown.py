"""The page's markdown, looked at where it is used: in a browser. Each example is (what was sent, what stands in the document)."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MENTION = '<span class="mention">{sign}<bdi>{name}</bdi></span>'
LINK = '<a href="{0}" target="_blank" rel="noopener noreferrer nofollow ugc" referrerpolicy="no-referrer">{1}</a>'
MASKED = '<a href="{0}" title="{0}" target="_blank" rel="noopener noreferrer nofollow ugc" referrerpolicy="no-referrer">{1}</a>'


def mention(sign: str, name: str) -> str:
    return MENTION.format(sign=sign, name=name)


def covered(html: str) -> str:
    return (
        '<span class="spoiler" role="button" tabindex="0" aria-expanded="false" aria-label="Spoiler">'
        f'<span class="spoiler-text" aria-hidden="true" inert="">{html}</span></span>'
    )


def heading(level: int, html: str) -> str:
    return f'<div class="heading heading-{level}" role="heading" aria-level="{level + 2}">{html}</div>'


def quote(html: str) -> str:
    return f'<div class="quote"><blockquote>{html}</blockquote></div>'


EXAMPLES = {
    "plain text": ("hello there", "hello there"),
    "bold": ("**bold** text", "<strong>bold</strong> text"),
    "italics by star": ("*it*", "<em>it</em>"),
    "italics by underscore": ("_it_", "<em>it</em>"),
    "underline": ("__u__", "<u>u</u>"),
    "strike": ("~~gone~~", "<s>gone</s>"),
    "all at once": ("***__x__***", "<em><strong><u>x</u></strong></em>"),
    "bold around italics": ("**a *b* c**", "<strong>a <em>b</em> c</strong>"),
    "italics around bold": ("*a **b** c*", "<em>a <strong>b</strong> c</em>"),
    "a word with underscores is a word": ("snake_case_name", "snake_case_name"),
    "stars with spaces are stars": ("2 * 3 * 4", "2 * 3 * 4"),
    "unclosed bold stays text": ("**half", "**half"),
    "bold over two lines": ("**a\nb**", "<strong>a\nb</strong>"),
    "a spoiler is covered": ("||secret **x**||", covered("secret <strong>x</strong>")),
    "inline code keeps its signs": ("`**x** <@1>`", '<code class="code" dir="auto">**x** &lt;@1&gt;</code>'),
    "code with a backtick": ("``a`b``", '<code class="code" dir="auto">a`b</code>'),
    "code block with language": (
        "```py\nx = 1\n```",
        '<pre class="codeblock" data-language="py"><code dir="auto">x = 1</code></pre>',
    ),
    "code block on one line": ("```x```", '<pre class="codeblock"><code dir="auto">x</code></pre>'),
    "quote": ("> one\n> two\nafter", quote("one\ntwo") + "after"),
    "quotes do not nest": ("> > a", quote("&gt; a")),
    "a star after a space closes nothing": ("*a * b", "*a * b"),
    "quote to the end": (">>> one\ntwo", quote("one\ntwo")),
    "no quote in the middle of a line": ("a > b", "a &gt; b"),
    "no quote without a space": (">b", "&gt;b"),
    "headings": ("# A\n## B\n### C\n#### D", heading(1, "A") + heading(2, "B") + heading(3, "C") + "#### D"),
    "a hash tag is no heading": ("#live", "#live"),
    "subtext": ("-# *small*\nlarge", '<small class="subtext"><em>small</em></small>large'),
    "list": (
        "- a\n- b\n  - c\nend",
        '<ul class="list"><li>a</li><li>b\n<ul class="list"><li>c</li></ul></li></ul>end',
    ),
    "numbered list": ("3. a\n4. b", '<ol class="list" start="3"><li>a</li><li>b</li></ol>'),
    "a dash without a space is a dash": ("-a", "-a"),
    "masked link": ("[docs](https://e.org/a_(b))", MASKED.format("https://e.org/a_(b)", "docs")),
    "a label that is an address stays as typed": (
        "[https://bank.example](https://evil.example)",
        "[https://bank.example](https://evil.example)",
    ),
    "bare link with a full stop after it": (
        "see https://e.org/x_y_z.",
        "see " + LINK.format("https://e.org/x_y_z", "https://e.org/x_y_z") + ".",
    ),
    "bare link in brackets": ("(https://e.org/x)", "(" + LINK.format("https://e.org/x", "https://e.org/x") + ")"),
    "link in angles": ("<https://e.org/x>", LINK.format("https://e.org/x", "https://e.org/x")),
    "escaped link": ("https\\://e.org", "https://e.org"),
    "escapes": ("\\*a\\* \\_b\\_ \\`c\\` \\||d\\||", "*a* _b_ `c` ||d||"),
    "escaped escape": ("\\\\*a*", "\\<em>a</em>"),
    "a backslash before a letter stays": ("C:\\new", "C:\\new"),
    "escaped mention": ("\\<@11\\>", "&lt;@11&gt;"),
    "escaped block signs": ("\\# a\n\\> b\n\\- c\n\\-# d\n1\\. e", "# a\n&gt; b\n- c\n-# d\n1. e"),
    "user": ("<@11> <@!11>", mention("@", "you") + " " + mention("@", "you")),
    "unknown user": ("<@99>", mention("@", "unknown-user")),
    "channel": ("<#22>", '<button class="mention" type="button">#<bdi>live</bdi></button>'),
    "unknown channel": ("<#99>", mention("#", "unknown")),
    "role": ("<@&33>", mention("@", "mods")),
    "command": ("</watch:44>", mention("/", "watch")),
    "everyone who was not pinged": ("@everyone @here", "@everyone @here"),
    "custom emoji by name": (
        "<:hype:55>",
        '<span class="emoji" role="img" aria-label=":hype:" title=":hype:">:hype:</span>',
    ),
    "a time beyond all time": ("<t:9999999999999:R>", "Invalid Date"),
    "isolated names": (
        "**\u2068alice\u2069** hi\n**\u2068מיכל\u2069** yo",
        "<strong>\u2068alice\u2069</strong> hi\n<strong>\u2068מיכל\u2069</strong> yo",
    ),
    # What viewers would love to work:
    "a script": ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    "an image": ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
    "javascript as a masked link": ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
    "javascript as an angle link": ("<javascript:alert(1)>", "&lt;javascript:alert(1)&gt;"),
    "data as a masked link": ("[x](data:text/html,<b>)", "[x](data:text/html,&lt;b&gt;)"),
    "a quote that breaks out of an attribute": (
        '[x](https://e.org/"onmouseover="alert(1))',
        MASKED.format("https://e.org/%22onmouseover=%22alert(1)", "x"),
    ),
    "a script in a label": (
        "[<script>x</script>](https://e.org/)",
        MASKED.format("https://e.org/", "&lt;script&gt;x&lt;/script&gt;"),
    ),
    "an emoji with markup in its name": ('<:a"onload=x:1>', '&lt;:a"onload=x:1&gt;'),
}

RENDER = """async (examples) => {
  const { renderMarkdown } = await import("/sandbox/static/markdown_view.js");
  const around = {
    users: new Map([["11", "you"]]), channels: new Map([["22", "live"]]), roles: new Map([["33", "mods"]]),
    everyone: false, openChannel() {},
  };
  return Object.fromEntries(Object.entries(examples).map(([name, text]) => {
    const box = document.createElement("div");
    box.append(renderMarkdown(text, around));
    return [name, box.innerHTML];
  }));
}"""


LONGEST_MS = """async (texts) => {
  const { renderMarkdown } = await import("/sandbox/static/markdown_view.js");
  const took = (text) => {
    const began = performance.now();
    renderMarkdown(text);
    return performance.now() - began;
  };
  return Math.max(...texts.map(took));
}"""


async def test_every_example_looks_as_discord_shows_it(page: Page) -> None:
    rendered = await page.evaluate(RENDER, {name: text for name, (text, _) in EXAMPLES.items()})

    assert rendered == {name: html for name, (_, html) in EXAMPLES.items()}


async def test_everyone_is_highlighted_only_when_really_pinged(page: Page) -> None:
    html = await page.evaluate("""async () => {
      const { NOWHERE, renderMarkdown } = await import("/sandbox/static/markdown_view.js");
      const box = document.createElement("div");
      box.append(renderMarkdown("@everyone", { ...NOWHERE, everyone: true }));
      return box.innerHTML;
    }""")

    assert html == '<span class="mention">@everyone</span>'


async def test_a_relative_time_tells_the_present_distance(page: Page) -> None:
    told = await page.evaluate("""async () => {
      const { relative } = await import("/sandbox/static/markdown_view.js");
      return [30, 90, -7200, 86400 * 3, -400 * 86400, 0].map((away) => relative(1000000 + away, 1000000 * 1000));
    }""")

    assert told == ["in 30 seconds", "in 2 minutes", "2 hours ago", "in 3 days", "last year", "now"]


async def test_a_spoiler_opens_by_click_and_by_key(page: Page) -> None:
    await page.evaluate("""async () => {
      const { renderMarkdown } = await import("/sandbox/static/markdown_view.js");
      const box = Object.assign(document.createElement("div"), { id: "box" });
      box.append(renderMarkdown("||one|| and ||two||"));
      document.getElementById("messages").append(box);
    }""")
    first, second = page.locator("#box .spoiler").first, page.locator("#box .spoiler").last

    await first.click()
    await second.focus()
    await page.keyboard.press("Enter")

    assert await page.locator("#box .spoiler.revealed").count() == 2
    assert await page.locator("#box [inert]").count() == 0


async def test_hostile_signs_by_the_thousand_take_no_time(page: Page) -> None:
    hostile = ["*" * 4000, "[" * 4000, "**a" * 1300, "> " * 2000, "`" * 4000, "- " * 2000, "||" * 2000, "[a](" * 1000, "<" * 4000]
    longest_ms = await page.evaluate(LONGEST_MS, hostile)

    assert longest_ms < 1000
