// Discord's markdown, text in, tree out. Pure: touches no document, so that it can be read and tested alone.
//
// Discord does not part blocks from inlines: a bold may hold a code block, a heading may hold a list. So there is one
// loop: at each position the rules are tried in order, the first that matches takes its text and parses its inside.
// It deliberately does not know `:smile:` shortcodes or syntax colours; markdown_view.js turns the tree into nodes.

/**
 * @typedef {object} Node
 * @property {string} type  text, br, bold, italics, underline, strike, spoiler, code, codeblock, quote, heading, subtext, list,
 *                          link, url, user, channel, role, everyone, command, emoji, time
 * @property {Node[]} [content]
 */

const MAX_DEPTH = 30; // deeper nesting stays text: nobody writes it, and hostile input must not exhaust the stack

/** The tree of one message's text. */
export function parse(text) {
  return parseInside(text, { lineStart: true, inQuote: false, inLink: false, depth: 0 });
}

function parseInside(text, outer) {
  if (outer.depth > MAX_DEPTH) return [{ type: "text", text }];
  const state = { ...outer, depth: outer.depth + 1 };
  const nodes = [];
  let at = 0;
  while (at < text.length) {
    const found = firstMatch(text, at, state);
    if (found) {
      append(nodes, found.node);
      at += found.length;
      state.lineStart = found.endsLine ?? false;
    } else {
      append(nodes, { type: "text", text: text[at] });
      if (text[at] !== " ") state.lineStart = false;
      at += 1;
    }
  }
  return nodes;
}

function firstMatch(text, at, state) {
  if (!OPENERS.has(text[at])) return null;
  const rest = text.slice(at);
  for (const rule of state.lineStart && !state.inLink ? [...BLOCK_RULES, ...INLINE_RULES] : INLINE_RULES) {
    const found = rule(rest, state, text[at - 1]);
    if (found) return found;
  }
  return null;
}

function append(nodes, node) {
  const last = nodes.at(-1);
  if (node.type === "text" && last?.type === "text") last.text += node.text;
  else nodes.push(node);
}

// Every rule begins with one of these (or, at the start of a line, with spaces or a digit): all else is text.
const OPENERS = new Set("\\*_~|`<[@h\n #->0123456789");

// ── Blocks: only at the start of a line ────────────────────────────────────────────────────────────────────────────────

function quote(rest, state) {
  if (state.inQuote) return null; // Discord's quotes do not nest
  const all = /^ *>>> ?([\s\S]+)/.exec(rest);
  const lines = all ? null : /^ *> [^\n]*(?:\n *> [^\n]*)*\n?/.exec(rest);
  if (!all && !lines) return null;
  const inside = all ? all[1] : lines[0].replace(/\n$/, "").replace(/^ *> /gm, "");
  const content = parseInside(inside, { ...state, inQuote: true, lineStart: true });
  return { node: { type: "quote", content }, length: (all ?? lines)[0].length, endsLine: true };
}

function heading(rest, state) {
  const match = /^ *(#{1,3}) +(?!#)([^\n]+)\n?/.exec(rest);
  if (!match?.[2].trim()) return null;
  const content = parseInside(match[2].trim(), { ...state, lineStart: true });
  return { node: { type: "heading", level: match[1].length, content }, length: match[0].length, endsLine: true };
}

function subtext(rest, state) {
  const match = /^-# +(?!-#)([^\n]+)\n?/.exec(rest);
  if (!match?.[1].trim()) return null;
  const content = parseInside(match[1].trim(), { ...state, lineStart: true });
  return { node: { type: "subtext", content }, length: match[0].length, endsLine: true };
}

function list(rest, state) {
  const items = [];
  let length = 0;
  let start = null;
  for (;;) {
    // An item: bullet, its line, then the lines that are indented two spaces more (they are parsed as its inside).
    const item = /^( *)([*-]|\d{1,9}\.) +([^\n]+)((?:\n\1 {2}[^\n]+)*)\n?/.exec(rest.slice(length));
    if (!item) break;
    const numbered = item[2].endsWith(".");
    if (items.length === 0) start = numbered ? Number.parseInt(item[2], 10) : null;
    else if (numbered !== (start !== null)) break;
    const inside = item[3] + item[4].replaceAll(`\n${item[1]}  `, "\n");
    items.push(parseInside(inside, { ...state, lineStart: true }));
    length += item[0].length;
  }
  return items.length === 0 ? null : { node: { type: "list", start, items }, length, endsLine: true };
}

const BLOCK_RULES = [quote, heading, subtext, list];

// ── Inlines ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function escape(rest, state) {
  const match = /^\\([^0-9A-Za-z\s])/u.exec(rest);
  if (!match || (state.inLink && match[1] === "]")) return null;
  return { node: { type: "text", text: match[1] }, length: match[0].length };
}

function lineBreak(rest) {
  return rest[0] === "\n" ? { node: { type: "br" }, length: 1, endsLine: true } : null;
}

function codeBlock(rest) {
  const match = /^```([\s\S]+?)```/.exec(rest);
  if (!match?.[1].trim()) return null;
  const named = /^([\w+.-]+)[^\S\n]*\n([\s\S]*)$/.exec(match[1]);
  const text = (named ? named[2] : match[1]).replace(/^\n/, "").replace(/\n+$/, "");
  if (!text.trim()) return null;
  return { node: { type: "codeblock", language: named?.[1] ?? null, text }, length: match[0].length, endsLine: rest[match[0].length] === "\n" };
}

function inlineCode(rest) {
  const match = /^(``?)(?!`)([\s\S]*?[^`])\1(?!`)/.exec(rest);
  if (!match) return null;
  const text = match[2].replace(/^ (?= *`)|(` *) $/g, "$1"); // a space that only keeps two backticks apart
  return { node: { type: "code", text }, length: match[0].length };
}

/** Where the italics that open at 0 close, or -1: a lone `*` after no space, over escapes and over pairs (a bold inside). */
function starClose(rest) {
  if (!rest[1] || /\s/.test(rest[1])) return -1;
  for (let i = 1; i < rest.length; i += 1) {
    if (rest[i] === "\\") i += 1;
    else if (rest[i] === "*" && rest[i + 1] === "*") i += 1;
    else if (rest[i] === "*") return i > 1 && !/\s/.test(rest[i - 1]) ? i : -1;
  }
  return -1;
}

/** The same for `_`, which must not close inside a word: snake_case_name stays as it is. */
function underscoreClose(rest) {
  for (let i = 1; i < rest.length; i += 1) {
    if (rest[i] === "\\") i += 1;
    else if (rest[i] === "_" && rest[i + 1] === "_") i += 1;
    else if (rest[i] === "_") return i > 1 && !/\w/.test(rest[i + 1] ?? " ") ? i : -1;
  }
  return -1;
}

/** `*`, `_`, `**` and `__`: the longer match wins; of equals the italics are outside, as in ***both***. */
function emphasis(rest, state) {
  const sign = rest[0];
  if (sign !== "*" && sign !== "_") return null;
  const close = sign === "*" ? starClose(rest) : underscoreClose(rest);
  const pair = (sign === "*" ? /^\*\*([\s\S]+?)\*\*(?!\*)/ : /^__([\s\S]+?)__(?!_)/).exec(rest);
  if (close > 0 && close + 1 >= (pair?.[0].length ?? 0)) {
    return { node: { type: "italics", content: parseInside(rest.slice(1, close), state) }, length: close + 1 };
  }
  if (!pair) return null;
  return { node: { type: sign === "*" ? "bold" : "underline", content: parseInside(pair[1], state) }, length: pair[0].length };
}

function wrapped(type, pattern) {
  return (rest, state) => {
    const match = pattern.exec(rest);
    return match && { node: { type, content: parseInside(match[1], state) }, length: match[0].length };
  };
}

/** Only these two ever become a link; `javascript:` and its kin stay text. */
export function safeAddress(text) {
  if (!/^https?:\/\/[^\s<]/i.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
}

function maskedLink(rest, state) {
  if (rest[0] !== "[" || state.inLink) return null;
  const close = closingBracket(rest);
  if (close < 2) return null;
  const target = /^\(\s*(<?)(https?:\/\/(?:\([^\s()]*\)|[^\s()<>\\])+)(>?)(?:\s+"[^"]*")?\s*\)/i.exec(rest.slice(close + 1));
  const label = rest.slice(1, close);
  if (!target || !label.trim() || Boolean(target[1]) !== Boolean(target[3])) return null;
  const href = safeAddress(target[2]);
  const length = close + 1 + target[0].length;
  if (!href) return null;
  // A label that is itself an address could lie about where it leads: Discord shows such a link as it was typed.
  if (/https?:\/\/\S/i.test(label)) return { node: { type: "text", text: rest.slice(0, length) }, length };
  return { node: { type: "link", href, content: parseInside(label, { ...state, inLink: true }) }, length };
}

function closingBracket(rest) {
  let depth = 0;
  for (let i = 0; i < rest.length; i += 1) {
    if (rest[i] === "\\") i += 1;
    else if (rest[i] === "[") depth += 1;
    else if (rest[i] === "]" && (depth -= 1) === 0) return i;
  }
  return -1;
}

function bareLink(rest, state) {
  if (state.inLink) return null;
  const match = /^https?:\/\/[^\s<]*[^\s<.,:;"'\]]/.exec(rest);
  if (!match) return null;
  let text = match[0];
  while (text.endsWith(")") && text.split(")").length > text.split("(").length) text = text.slice(0, -1);
  const href = safeAddress(text);
  return href && { node: { type: "url", href, text }, length: text.length };
}

function angleLink(rest, state) {
  const match = /^<(https?:\/\/[^\s<>]+)>/.exec(rest);
  const href = match && !state.inLink ? safeAddress(match[1]) : null;
  return href && { node: { type: "url", href, text: match[1] }, length: match[0].length };
}

const TAGS = [
  [/^<@!?(\d{1,20})>/, ([, id]) => ({ type: "user", id })],
  [/^<#(\d{1,20})>/, ([, id]) => ({ type: "channel", id })],
  [/^<@&(\d{1,20})>/, ([, id]) => ({ type: "role", id })],
  [/^<\/([^:\n>]{1,100}):(\d{1,20})>/, ([, name]) => ({ type: "command", name })],
  [/^<(a?):(\w{2,32}):(\d{1,20})>/, ([, , name]) => ({ type: "emoji", name })],
  [/^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, ([, seconds, style]) => ({ type: "time", seconds: Number(seconds), style: style ?? "f" })],
];

function tag(rest) {
  if (rest[0] !== "<") return null;
  for (const [pattern, make] of TAGS) {
    const match = pattern.exec(rest);
    if (match) return { node: make(match), length: match[0].length };
  }
  return null;
}

function everyone(rest) {
  const match = /^@(?:everyone|here)/.exec(rest);
  return match && { node: { type: "everyone", text: match[0] }, length: match[0].length };
}

const INLINE_RULES = [
  escape,
  lineBreak,
  codeBlock,
  inlineCode,
  emphasis,
  wrapped("strike", /^~~([\s\S]+?)~~/),
  wrapped("spoiler", /^\|\|([\s\S]+?)\|\|/),
  maskedLink,
  angleLink,
  bareLink,
  tag,
  everyone,
];
