// The page: what is known of the guild (the store), and how it is laid out. Everything shown comes from the backend's changes.

import { autocomplete, listen, sendCommand, sendForm, sendMenuCommand, uploadFile, useControl } from "./backend.js";
import { makeComposer } from "./composer.js";
import { $, avatar, bdi, h } from "./dom.js";
import { openForm } from "./form.js";
import { refreshRelativeTimes, renderMarkdown } from "./markdown_view.js";
import { makeMessageList } from "./message_list.js";
import { makeSaying } from "./saying.js";

const FIRST_ANSWER_MS = 3_500; // Discord gives the bot 3 s; the rest is for the way to this page

/** What is known. `messages` by channel id, oldest first; `dismissed` are private answers that shall not come back. */
const store = {
  guild: { id: "", name: "" },
  me: { id: "", name: "" },
  bot: { id: "", name: "", online: false, ever: false },
  channels: [],
  members: [],
  roles: [],
  pickable: [],
  commands: [],
  menu: [],
  creators: [],
  messages: new Map(),
  unread: new Map(),
  dismissed: new Set(),
  heard: new Set(),
  failed: new Map(),
  current: null,
};

const list = makeMessageList({
  around: surroundings,
  dismiss,
  use: (message, customId, values) => watchControl(message, useControl(message.id, customId, values)),
  useMenu: (message, name) => watchControl(message, sendMenuCommand(message.channel, name, message.id)),
  guild: () => store,
  menu: () => store.menu,
  failed: store.failed,
  onJump: markRead,
});
const composer = makeComposer({
  guild: () => store,
  send: (name, options) => sendCommand(store.current, name, options),
  complete: (name, focused, options) => autocomplete(store.current, name, focused, options),
  upload: uploadFile,
});

const saying = makeSaying();

function surroundings() {
  return {
    users: new Map(store.members.map(({ id, name }) => [id, name])),
    channels: new Map(store.channels.map(({ id, name }) => [id, name])),
    roles: new Map(store.roles.map(({ id, name }) => [id, name.replace(/^@/, "")])),
    openChannel,
  };
}

// ── Changes ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const compareIds = (a, b) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

const LISTENERS = {
  state(state) {
    const { messages, ...rest } = state;
    Object.assign(store, rest);
    store.messages = new Map(Object.entries(messages).map(([id, all]) => [id, all.filter((one) => !store.dismissed.has(one.id))]));
    for (const message of [...store.messages.values()].flat()) watchForSilence(message);
    showGuild();
    const known = store.channels.some(({ id }) => id === store.current);
    openChannel(known ? store.current : (channelOfAddress() ?? store.channels[0]?.id ?? null), { keepPlace: known });
  },
  guild(parts) {
    Object.assign(store, parts);
    showGuild();
    if (!store.channels.some(({ id }) => id === store.current)) openChannel(store.channels[0]?.id ?? null);
    else showChannelHeader();
  },
  message(message) {
    if (store.dismissed.has(message.id)) return;
    const messages = store.messages.get(message.channel) ?? [];
    store.messages.set(message.channel, messages);
    const at = messages.findIndex(({ id }) => id === message.id);
    if (at >= 0) messages[at] = message;
    else insertByAge(messages, message);
    watchForSilence(message);
    if (message.channel === store.current) list.place(messages, message.id);
    else if (at < 0 && message.author.id !== store.me.id) noteUnread(message);
  },
  gone({ channel, id }) {
    const messages = store.messages.get(channel) ?? [];
    const at = messages.findIndex((message) => message.id === id);
    if (at < 0) return;
    messages.splice(at, 1);
    if (channel === store.current) list.remove(messages, id);
  },
  creators(creators) {
    store.creators = creators;
    showCreators();
  },
  heard({ interaction }) {
    store.heard.add(interaction);
  },
  form(form) {
    const markdown = (text) => renderMarkdown(String(text), surroundings());
    openForm(form, { guild: () => store, markdown, submit: sendForm, upload: uploadFile });
  },
};

/** A control that the bot does not answer in time has failed, and its message says so until the next try. */
async function watchControl(message, sending) {
  fail(message, null);
  const { errors, interaction } = await sending;
  const wrong = Object.values(errors).join(" ");
  if (wrong) return fail(message, wrong);
  setTimeout(() => store.heard.delete(interaction) || fail(message, "This interaction failed"), FIRST_ANSWER_MS);
}

function fail({ id, channel }, words) {
  const had = store.failed.has(id);
  if (words) store.failed.set(id, words);
  else store.failed.delete(id);
  const messages = store.messages.get(channel) ?? [];
  if ((had || words) && channel === store.current && messages.some((message) => message.id === id)) list.place(messages, id);
}

function insertByAge(messages, message) {
  let at = messages.length;
  while (at > 0 && compareIds(messages[at - 1].id, message.id) > 0) at -= 1;
  messages.splice(at, 0, message);
}

/** A command that the bot does not answer in time fails, and says so, as in Discord. */
function watchForSilence(message) {
  if (message.state !== "sending") return;
  setTimeout(() => {
    const now = store.messages.get(message.channel)?.find(({ id }) => id === message.id);
    if (now?.state === "sending") LISTENERS.message({ ...now, state: "failed" });
  }, FIRST_ANSWER_MS);
}

function dismiss(id) {
  store.dismissed.add(id);
  LISTENERS.gone({ channel: store.current, id });
  $("line").focus();
}

// ── Channels ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function channelOfAddress() {
  const name = decodeURIComponent(location.hash.slice(1));
  return store.channels.find((channel) => channel.name === name)?.id;
}

function openChannel(id, { keepPlace = false } = {}) {
  const changed = store.current !== id;
  store.current = id;
  showSidebar(false);
  if (id === null) return;
  showChannelHeader();
  if (changed) history.replaceState(null, "", `#${encodeURIComponent(currentChannel().name)}`);
  list.show(store.messages.get(id) ?? [], { keepPlace });
  markRead();
  composer.refresh();
}

const currentChannel = () => store.channels.find(({ id }) => id === store.current);

/** The sign before a channel's name. */
function signOf({ kind, thread }) {
  if (thread) return "↳";
  return { dm: "@", voice: "🔊", stage: "🔊", announcement: "📣", forum: "💬", media: "💬" }[kind] ?? "#";
}

/** What there is to say of a channel besides its name. */
function notesOf({ kind, parent, archived, locked, nsfw, topic }) {
  const isForum = kind === "forum" || kind === "media";
  const notes = [isForum && "a forum: its posts are threads", parent && `in #${parent.name}`, archived && "archived", locked && "locked", nsfw && "age-restricted", topic];
  return notes.filter(Boolean).join(" · ");
}

function showChannelHeader() {
  const channel = currentChannel();
  const { name, kind, thread } = channel;
  const title = thread ? name : `${kind === "dm" ? "@" : "#"}${name}`;
  $("channel-name").replaceChildren(h("span", { class: "hash", "aria-hidden": "true" }, signOf(channel)), bdi(name));
  $("channel-topic").textContent = kind === "dm" ? `what ${store.bot.name} writes to ${name}` : notesOf(channel);
  $("scroller").setAttribute("aria-label", `Messages in ${title}`);
  $("beginning").replaceChildren(h("h3", {}, `Welcome to ${title}!`), h("p", {}, "This is the start of what the sandbox keeps of this channel."));
  composer.placeholder(`Type / to use a command in ${title}`);
  document.title = `${title} | ${store.guild.name} | Sandbox Discord`;
}

function noteUnread(message) {
  const noted = store.unread.get(message.channel) ?? { pings: 0 };
  store.unread.set(message.channel, { pings: noted.pings + (message.pings_you ? 1 : 0) });
  showChannels();
}

function markRead() {
  store.unread.delete(store.current);
  showChannels();
}

function showChannels() {
  const direct = store.channels.filter(({ kind }) => kind === "dm");
  $("channels").replaceChildren(...store.channels.filter(({ kind }) => kind !== "dm").map(channelRow));
  $("dms").replaceChildren(...direct.map(channelRow));
  $("dms-caption").hidden = direct.length === 0;
}

function channelRow(channel) {
  const { id, name, thread, archived, locked } = channel;
  const unread = store.unread.get(id);
  const names = ["channel", thread && "thread", archived && "archived", id === store.current && "current", unread && "unread"].filter(Boolean);
  const states = [thread && "thread", archived && "archived", locked && "locked", unread && "unread", unread?.pings && `${unread.pings} mentions`];
  const label = [name, ...states.filter(Boolean)].join(", ");
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: names.join(" "), "aria-label": label, "aria-current": id === store.current ? "page" : null, on: { click: () => openChannel(id) } },
      h("span", { class: signOf(channel).codePointAt(0) > 0xffff ? "hash picture-sign" : "hash", "aria-hidden": "true" }, signOf(channel)),
      bdi(name, "channel-label"),
      locked && h("span", { "aria-hidden": "true" }, "🔒"),
      unread?.pings > 0 && h("span", { class: "pings", "aria-hidden": "true" }, unread.pings),
    ),
  );
}

// ── Guild, members, creators ───────────────────────────────────────────────────────────────────────────────────────────

function showGuild() {
  $("guild-name").replaceChildren(bdi(store.guild.name));
  showChannels();
  showMembers();
  showCreators();
  showNotice(true);
  composer.refresh();
}

function showMembers() {
  const groups = [
    ["Online", store.members.filter(({ online }) => online)],
    ["Offline", store.members.filter(({ online }) => !online)],
  ];
  $("members").replaceChildren(
    ...groups
      .filter(([, members]) => members.length > 0)
      .flatMap(([title, members]) => [
        h("h2", { class: "caption" }, `${title} — ${members.length}`),
        h("ul", {}, members.map(memberRow)),
      ]),
  );
  $("me").replaceChildren(
    avatar(store.me.id, store.me.name, "avatar small"),
    h("span", { class: "me-name" }, bdi(store.me.name), h("span", { class: "me-note" }, "Manage Server")),
  );
}

function memberRow({ id, name, bot, online }) {
  return h(
    "li",
    { class: online ? "member" : "member offline" },
    avatar(id, name, "avatar small"),
    bdi(name, "member-name"),
    bot && h("span", { class: "badge" }, "APP"),
  );
}

function showCreators() {
  $("tiktok").hidden = store.creators.length === 0;
  saying.offer(store.creators);
  $("creators").replaceChildren(
    ...store.creators.map(({ handle, live, title }) =>
      h(
        "li",
        { class: live ? "creator live" : "creator" },
        h("span", { class: "creator-name", title }, live ? "🔴 " : "⚫ ", bdi(`@${handle}`)),
        h("button", { type: "button", class: "watch", "aria-label": `Watch @${handle}`, on: { click: () => prepareWatch(handle) } }, "watch"),
      ),
    ),
  );
}

function prepareWatch(handle) {
  showSidebar(false);
  composer.prepare(`/watch creator:${handle} channel:#${currentChannel().name}`);
}

function showNotice(connected) {
  const notice = $("notice");
  const { online, ever, name } = store.bot;
  notice.hidden = connected && online;
  if (!connected) notice.replaceChildren("The sandbox does not answer. The page goes on by itself as soon as it runs again.");
  else if (ever) notice.replaceChildren(bdi(name), " is offline. Commands will not be answered until it is back.");
  else notice.replaceChildren("No bot is connected yet: start it with ", h("code", { class: "code" }, "make demo"), ". This page goes on by itself.");
}

// ── Small screens, clocks ──────────────────────────────────────────────────────────────────────────────────────────────

function showSidebar(open) {
  $("app").classList.toggle("sidebar-open", open);
  $("menu").setAttribute("aria-expanded", String(open));
  if (open) $("channels").querySelector("button")?.focus();
}

$("menu").addEventListener("click", () => showSidebar(!$("app").classList.contains("sidebar-open")));
$("shade").addEventListener("click", () => showSidebar(false));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && $("app").classList.contains("sidebar-open")) {
    showSidebar(false);
    $("menu").focus();
  }
  // As in Discord, typing anywhere goes to the command box, unless something else is being filled in.
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !document.activeElement.matches("input, textarea")) {
    event.preventDefault();
    composer.prepare("/");
  }
});
window.addEventListener("hashchange", () => {
  const wanted = channelOfAddress();
  if (wanted) openChannel(wanted);
});
setInterval(refreshRelativeTimes, 1_000);

listen(LISTENERS, showNotice);
