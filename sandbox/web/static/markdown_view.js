// The tree of markdown.js as document nodes, looking as Discord shows it.
// Content reaches the document as text nodes only; the one attribute that comes from content is a checked http(s) address.

import { bdi, h } from "./dom.js";
import { parse } from "./markdown.js";

/**
 * What a text needs to know of its surroundings: names for ids, and what it really pinged.
 * @typedef {object} Surroundings
 * @property {Map<string, string>} users
 * @property {Map<string, string>} channels
 * @property {Map<string, string>} roles
 * @property {boolean} everyone          the message pinged @everyone or @here
 * @property {(id: string) => void} [openChannel]
 */

/** @type {Surroundings} */
export const NOWHERE = { users: new Map(), channels: new Map(), roles: new Map(), everyone: false };

/** @param {string} text @param {Surroundings} around */
export function renderMarkdown(text, around = NOWHERE) {
  const nodes = parse(text);
  const fragment = document.createDocumentFragment();
  fragment.append(...views(nodes, around));
  return fragment;
}

/** Whether a text is nothing but a few emoji: Discord shows those large. */
export function isOnlyEmoji(text) {
  const bare = text.replaceAll(/<a?:\w{2,32}:\d{1,20}>/g, "\u{1f642}").replaceAll(/\s/g, "");
  return bare.length > 0 && /^(?:\p{RGI_Emoji}){1,27}$/v.test(bare) && !/^[\d#*]+$/.test(bare);
}

function views(nodes, around) {
  return nodes.map((node) => VIEWS[node.type](node, around));
}

const inside = (tag, className) => (node, around) => h(tag, { class: className }, views(node.content, around));

const VIEWS = {
  text: (node) => document.createTextNode(node.text),
  br: () => document.createTextNode("\n"), // the message is white-space: pre-wrap; a line is a bidi paragraph of its own
  bold: inside("strong"),
  italics: inside("em"),
  underline: inside("u"),
  strike: inside("s"),
  spoiler,
  code: (node) => h("code", { class: "code", dir: "auto" }, node.text),
  codeblock: (node) => h("pre", { class: "codeblock", "data-language": node.language }, h("code", { dir: "auto" }, node.text)),
  quote: (node, around) => h("div", { class: "quote" }, h("blockquote", {}, views(node.content, around))),
  // The page has its own h1 and h2: a chat line's heading stands below them in the outline.
  heading: (node, around) =>
    h("div", { class: `heading heading-${node.level}`, role: "heading", "aria-level": node.level + 2 }, views(node.content, around)),
  subtext: inside("small", "subtext"),
  list: (node, around) =>
    h(
      node.start === null ? "ul" : "ol",
      { class: "list", start: node.start },
      node.items.map((item) => h("li", {}, views(item, around))),
    ),
  link: (node, around) => anchor(node.href, node.href, views(node.content, around)),
  url: (node) => anchor(node.href, null, [node.text]),
  user: (node, around) => mention("@", around.users.get(node.id) ?? "unknown-user"),
  role: (node, around) => mention("@", around.roles.get(node.id) ?? "deleted-role"),
  channel,
  everyone: (node, around) => (around.everyone ? h("span", { class: "mention" }, node.text) : document.createTextNode(node.text)),
  command: (node) => mention("/", node.name),
  // Pictures of custom emoji lie at Discord's servers: here their name stands for them.
  emoji: (node) => h("span", { class: "emoji", role: "img", "aria-label": `:${node.name}:`, title: `:${node.name}:` }, `:${node.name}:`),
  time,
};

function anchor(href, title, children) {
  return h("a", { href, title, target: "_blank", rel: "noopener noreferrer nofollow ugc", referrerpolicy: "no-referrer" }, children);
}

function mention(sign, name) {
  return h("span", { class: "mention" }, sign, bdi(name));
}

function channel(node, around) {
  const name = around.channels.get(node.id);
  if (name === undefined || !around.openChannel) return mention("#", name ?? "unknown");
  return h("button", { class: "mention", type: "button", on: { click: () => around.openChannel(node.id) } }, "#", bdi(name));
}

function spoiler(node, around) {
  const cover = h("span", { class: "spoiler", role: "button", tabindex: "0", "aria-expanded": "false", "aria-label": "Spoiler" });
  const content = h("span", { class: "spoiler-text", "aria-hidden": "true", inert: true }, views(node.content, around));
  const reveal = (event) => {
    if (cover.classList.contains("revealed") || (event.type === "keydown" && !["Enter", " "].includes(event.key))) return;
    event.preventDefault();
    cover.classList.add("revealed");
    cover.setAttribute("aria-expanded", "true");
    for (const name of ["role", "tabindex", "aria-label", "aria-expanded"]) cover.removeAttribute(name);
    for (const name of ["aria-hidden", "inert"]) content.removeAttribute(name);
  };
  cover.addEventListener("click", reveal);
  cover.addEventListener("keydown", reveal);
  cover.append(content);
  return cover;
}

// ── Timestamps ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const FORMATS = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};
const MOST_SECONDS = 8.64e12; // beyond this, dates do not exist

function time(node) {
  if (Math.abs(node.seconds) > MOST_SECONDS) return document.createTextNode("Invalid Date");
  const instant = new Date(node.seconds * 1000);
  const whole = new Intl.DateTimeFormat(undefined, FORMATS.F).format(instant);
  const text = node.style === "R" ? relative(node.seconds) : new Intl.DateTimeFormat(undefined, FORMATS[node.style]).format(instant);
  const at = node.style === "R" ? node.seconds : null;
  return h("time", { class: "timestamp", datetime: instant.toISOString(), title: whole, "data-relative": at }, text);
}

const STEPS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** "in 5 minutes", "2 hours ago": the largest unit that fits, where 59.6 minutes are an hour already. */
export function relative(seconds, nowMs = Date.now()) {
  const distance = seconds - nowMs / 1000;
  const fits = ([, size], at) => Math.abs(distance) >= size - (STEPS[at + 1]?.[1] ?? 0) / 2;
  const [unit, size] = STEPS.find(fits) ?? STEPS.at(-1);
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.round(distance / size), unit);
}

/** Let every `<t:…:R>` on the page tell the present distance. */
export function refreshRelativeTimes(root = document) {
  for (const element of root.querySelectorAll("time[data-relative]")) {
    const text = relative(Number(element.dataset.relative));
    if (element.textContent !== text) element.textContent = text;
  }
}
