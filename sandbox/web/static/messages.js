// One message as Discord shows it: avatar, name, time, text, embeds, files, controls, and the note under a private answer.

import { controls, paint } from "./controls.js";
import { avatar, bdi, h } from "./dom.js";
import { isOnlyEmoji, renderMarkdown } from "./markdown_view.js";
import { safeAddress } from "./markdown.js";

const SAME_GROUP_MS = 7 * 60_000; // within this, messages of one author stand under one name

/**
 * @param {object} message   as the backend's wire.py writes it
 * @param {object|null} before  the message above it, for grouping and for the day's divider
 * @param {import("./message_list.js").MessagePage} page
 */
export function messageRow(message, before, page) {
  const newDay = !before || !sameDay(before.at_ms, message.at_ms);
  const alone = newDay || !follows(message, before);
  const names = ["message", alone && "alone", message.private && "private", message.pings_you && "pings-you"].filter(Boolean);
  const around = { ...page.around, everyone: message.everyone };
  return h(
    "li",
    { "data-id": message.id },
    newDay && divider(message.at_ms),
    h(
      "article",
      { class: names.join(" "), "aria-label": `${message.author.name}, ${clock(message.at_ms)}` },
      message.used && usedBy(message.used),
      alone ? avatar(message.author.id, message.author.name) : h("time", { class: "side-time" }, clock(message.at_ms)),
      h("div", { class: "body" }, alone && header(message), contents(message, around, page)),
      message.private && privateNote(message, page),
      message.state === "said" && page.menu().length > 0 && !message.private && moreButton(message, page),
    ),
  );
}

function follows(message, before) {
  const near = message.at_ms - before.at_ms < SAME_GROUP_MS;
  return near && before.author.id === message.author.id && !message.used && before.private === message.private;
}

function sameDay(a, b) {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

function divider(atMs) {
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "long" }).format(atMs);
  return h("div", { class: "divider", role: "separator", "aria-label": day }, h("span", {}, day));
}

const clock = (atMs) => new Intl.DateTimeFormat(undefined, { timeStyle: "short" }).format(atMs);
const moment = (atMs) => new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" }).format(atMs);

function header({ author, at_ms: atMs, silent }) {
  const today = sameDay(atMs, Date.now());
  const short = today ? `Today at ${clock(atMs)}` : new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "short" }).format(atMs);
  return h(
    "header",
    {},
    bdi(author.name, author.bot ? "author bot" : "author"),
    author.bot && h("span", { class: "badge" }, "APP"),
    h("time", { datetime: new Date(atMs).toISOString(), title: moment(atMs) }, short),
    silent && h("span", { class: "silent", title: "Sent without a notification", role: "img", "aria-label": "silent" }, "🔕"),
  );
}

function usedBy({ user, name }) {
  return h("div", { class: "used" }, avatar(user.id, user.name, "avatar tiny"), bdi(user.name, "used-by"), " used ", h("span", { class: "mention" }, "/", bdi(name)));
}

function contents(message, around, page) {
  if (message.state === "sending") return h("div", { class: "text waiting" }, "Sending command…");
  if (message.state === "failed") return h("div", { class: "text failed", role: "alert" }, "The application did not respond");
  if (message.state === "thinking") return thinking(message.author.name);
  const large = isOnlyEmoji(message.content);
  const changed = message.edited_ms !== null;
  return [
    (message.content || changed) &&
      h(
        "div",
        { class: large ? "text large" : "text" },
        renderMarkdown(message.content, around),
        changed && h("span", { class: "edited", title: `Edited: ${moment(message.edited_ms)}` }, " (edited)"),
      ),
    ...message.embeds.map((embed) => embedCard(embed, around)),
    ...message.previews.map(previewCard),
    ...message.attachments.map(fileCard),
    ...controls(message.components, {
      use: (customId, values) => page.use(message, customId, values),
      guild: page.guild,
      markdown: (text) => renderMarkdown(String(text), around),
    }),
    page.failed.has(message.id) && h("div", { class: "text failed", role: "alert" }, page.failed.get(message.id)),
  ];
}

function fileCard({ filename, size, href }) {
  const amount = size < 1024 ? `${size} bytes` : size < 1024 ** 2 ? `${(size / 1024).toFixed(1)} KB` : `${(size / 1024 ** 2).toFixed(1)} MB`;
  return h(
    "div",
    { class: "attachment" },
    h("span", { class: "file-sign", "aria-hidden": "true" }, "📄"),
    h("div", { class: "file-words" }, h("a", { href, download: filename }, bdi(filename)), h("span", { class: "file-size" }, amount)),
  );
}

/** The commands that the bot put into the menu of messages. */
function moreButton(message, page) {
  const list = h("div", { class: "more-list", role: "menu", hidden: true }, page.menu().map((name) =>
    h("button", { type: "button", class: "more-entry", role: "menuitem", on: { click: () => page.useMenu(message, name) } }, "Apps › ", bdi(name)),
  ));
  const button = h("button", { type: "button", class: "icon-button", "aria-label": "More", "aria-haspopup": "menu", title: "More" }, "⋯");
  button.addEventListener("click", () => (list.hidden = !list.hidden));
  const box = h("div", { class: "more" }, button, list);
  box.addEventListener("focusout", ({ relatedTarget }) => box.contains(relatedTarget) || (list.hidden = true));
  return box;
}

function thinking(name) {
  const dots = h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
  return h("div", { class: "text waiting" }, dots, bdi(name), " is thinking…");
}

function privateNote(message, page) {
  const dismiss = h("button", { type: "button", class: "dismiss", on: { click: () => page.dismiss(message.id) } }, "Dismiss message");
  return h("div", { class: "private-note" }, "👁 Only you can see this · ", dismiss);
}

// ── Embeds ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

function embedCard(embed, around) {
  const markdown = (text, className, tag = "div") => text && h(tag, { class: className }, renderMarkdown(String(text), around));
  const card = h(
    "div",
    { class: "embed" },
    h(
      "div",
      { class: "embed-text" },
      embed.author?.name && h("div", { class: "embed-author" }, linked(embed.author.url, embed.author.name)),
      embed.title && h("div", { class: "embed-title" }, titled(embed, around)),
      markdown(embed.description, "embed-description"),
      (embed.fields?.length ?? 0) > 0 &&
        h(
          "div",
          { class: "embed-fields" },
          embed.fields.map(({ name, value, inline }) =>
            h("div", { class: inline ? "embed-field inline" : "embed-field" }, markdown(name, "embed-name"), markdown(value, "embed-value")),
          ),
        ),
      embed.image?.url && placeholder(embed.image.url, "embed-image"),
      footer(embed),
    ),
    embed.thumbnail?.url && placeholder(embed.thumbnail.url, "embed-thumbnail"),
  );
  paint(card, embed.color);
  return card;
}

function titled({ url, title }, around) {
  const href = safeAddress(url ?? "");
  return href ? linked(url, title) : renderMarkdown(String(title), around);
}

function linked(url, text) {
  const href = safeAddress(url ?? "");
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow ugc", referrerpolicy: "no-referrer" }, bdi(text)) : bdi(text);
}

function footer({ footer: note, timestamp }) {
  const at = timestamp ? Date.parse(timestamp) : Number.NaN;
  const parts = [note?.text, Number.isNaN(at) ? null : new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "short" }).format(at)];
  const text = parts.filter(Boolean).join(" • ");
  return text && h("footer", { class: "embed-footer" }, bdi(text));
}

/** Nothing is fetched from anywhere: a picture is named, not shown. */
function placeholder(url, className) {
  const host = URL.canParse(url) ? new URL(url).host || "attachment" : "?";
  return h("div", { class: `picture ${className}`, role: "img", "aria-label": `picture from ${host}`, title: url }, "🖼 ", bdi(host));
}

function previewCard(url) {
  const host = URL.canParse(url) ? new URL(url).host : url;
  return h("div", { class: "embed preview" }, h("div", { class: "embed-text" }, "Discord would fetch and show a preview of ", bdi(host), " here."));
}
