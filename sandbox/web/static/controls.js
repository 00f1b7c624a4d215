// Buttons and menus under a message. What is used here goes to the backend; what comes of it arrives as a change.

import { bdi, h } from "./dom.js";
import { safeAddress } from "./markdown.js";

export const TYPE = { ROW: 1, BUTTON: 2, TEXT_SELECT: 3, TEXT_INPUT: 4, USERS: 5, ROLES: 6, MENTIONABLES: 7, CHANNELS: 8 };
export const OTHER = { SECTION: 9, TEXT: 10, SEPARATOR: 14, CONTAINER: 17, LABEL: 18, FILES: 19, RADIO: 21, CHECKBOXES: 22, CHECKBOX: 23 };
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "link" };
const FILTER_FROM = 10; // a menu with more entries than this can be searched

/**
 * The components of a message.
 * @param {object} page
 * @param {(customId: string, values?: string[]) => void} page.use
 * @param {() => {members: object[], roles: object[], pickable: object[]}} page.guild
 * @param {(text: string) => Node} page.markdown
 */
export function controls(components, page) {
  return components.map((component) => view(component, page)).filter(Boolean);
}

function view(component, page) {
  const inner = () => controls(component.components ?? [], page);
  switch (component.type) {
    case TYPE.ROW:
      return h("div", { class: "controls" }, inner());
    case TYPE.BUTTON:
      return button(component, page);
    case OTHER.TEXT:
      return h("div", { class: "text" }, page.markdown(component.content));
    case OTHER.SECTION:
      return h("div", { class: "section" }, h("div", { class: "section-text" }, inner()), component.accessory && view(component.accessory, page));
    case OTHER.CONTAINER: {
      const box = h("div", { class: "embed" }, h("div", { class: "embed-text" }, inner()));
      paint(box, component.accent_color);
      return box;
    }
    case OTHER.SEPARATOR:
      return component.divider === false ? h("div", { class: "gap" }) : h("hr", { class: "rule" });
    default:
      return component.options || component.type in ENTRIES ? menu(component, page) : h("div", { class: "unshown" }, "A part of this message that the page does not show.");
  }
}

export function paint(box, color) {
  if (Number.isInteger(color)) box.style.borderInlineStartColor = `#${color.toString(16).padStart(6, "0").slice(-6)}`;
}

/** A sign, or the name of an emoji of the guild's own: no picture is fetched. */
function emoji(value) {
  if (!value) return null;
  return value.id ? h("span", { class: "emoji" }, `:${value.name}:`) : h("span", { class: "sign", "aria-hidden": "true" }, value.name);
}

function button({ style, label, emoji: sign, url, custom_id: customId, disabled }, { use }) {
  const inner = [emoji(sign), label && bdi(label)];
  const name = `control ${STYLES[style] ?? "secondary"}`;
  const label_ = label ? null : sign?.name; // a button with nothing but a sign is called by it
  const href = url && safeAddress(url);
  if (href) {
    return h("a", { class: name, href, target: "_blank", rel: "noopener noreferrer nofollow ugc", referrerpolicy: "no-referrer" }, inner, h("span", { "aria-hidden": "true" }, "↗\ufe0e"));
  }
  return h("button", { type: "button", class: name, disabled: disabled || !customId, "aria-label": label_, on: { click: () => use(customId) } }, inner);
}

let isPointing = false; // a finger or a mouse button is down
document.addEventListener("pointerdown", () => (isPointing = true), { capture: true });
for (const type of ["pointerup", "pointercancel"]) document.addEventListener(type, () => (isPointing = false), { capture: true });

// ── Menus ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const people = ({ members }) => members.map(({ id, name, bot }) => ({ value: id, label: `@${name}`, description: bot ? "app" : "" }));
const roles = ({ roles: all, guild }) =>
  all.filter(({ id }) => id !== guild?.id).map(({ id, name }) => ({ value: id, label: `@${name.replace(/^@/, "")}`, description: "role" }));
const channels = ({ pickable }, { channel_types: types }) =>
  pickable.filter(({ type }) => !types?.length || types.includes(type)).map(({ id, name, kind }) => ({ value: id, label: `#${name}`, description: kind === "text" ? "" : kind }));

const ENTRIES = {
  [TYPE.USERS]: people,
  [TYPE.ROLES]: roles,
  [TYPE.MENTIONABLES]: (guild) => [...people(guild), ...roles(guild)],
  [TYPE.CHANNELS]: channels,
};

/** What a menu offers: its own options, or people, roles and channels of the guild. */
export function entries(component, guild) {
  if (component.options) return component.options;
  const chosen = new Set((component.default_values ?? []).map(({ id }) => id));
  return ENTRIES[component.type](guild, component).map((entry) => ({ ...entry, default: chosen.has(entry.value) }));
}

/**
 * A closed menu that opens a list under it. One choice is taken at once; of several, when the list is closed, as in Discord.
 */
function menu(component, { use, guild }) {
  const { custom_id: customId, disabled, min_values: least = 1, max_values: most = 1 } = component;
  const all = entries(component, guild());
  const chosen = new Set(all.filter((entry) => entry.default).map(({ value }) => value));
  const before = [...chosen].join();
  const list = h("div", { class: "menu-list", role: "listbox", "aria-multiselectable": most > 1, "aria-label": component.placeholder ?? "Choices", hidden: true });
  const face = h("button", { type: "button", class: "menu-face", disabled, "aria-haspopup": "listbox", "aria-expanded": "false" });
  const box = h("div", { class: "menu-box" }, face, list);

  const labels = () => all.filter(({ value }) => chosen.has(value)).map(({ label }) => label).join(", ");
  const showFace = () => {
    const text = labels();
    face.replaceChildren(h("span", { class: text ? "menu-chosen" : "menu-hint" }, bdi(text || component.placeholder || "Make a selection")), h("span", { "aria-hidden": "true" }, "⌄"));
  };
  const open = (is) => {
    list.hidden = !is;
    face.setAttribute("aria-expanded", String(is));
    box.classList.toggle("open", is);
    if (is) list.scrollIntoView({ block: "nearest" });
    if (is) (list.querySelector("input") ?? list.querySelector(".menu-entry"))?.focus();
  };
  const send = () => {
    open(false);
    if (box.contains(document.activeElement)) face.focus();
    if (chosen.size >= least && chosen.size <= most) use(customId, [...chosen]);
  };
  const take = (value) => {
    if (most === 1) {
      chosen.clear();
      chosen.add(value);
      showFace();
      return send();
    }
    if (!chosen.delete(value) && chosen.size < most) chosen.add(value);
    showEntries();
    showFace();
  };

  const rows = h("div", { class: "menu-entries" });
  let filter = "";
  function showEntries() {
    const had = document.activeElement?.dataset?.value;
    const fitting = all.filter(({ label }) => label.toLowerCase().includes(filter));
    rows.replaceChildren(...fitting.map((entry) => entryRow(entry, chosen.has(entry.value), most > 1, take)));
    if (fitting.length === 0) rows.append(h("div", { class: "menu-none" }, "Nothing to choose here."));
    if (had) rows.querySelector(`[data-value="${CSS.escape(had)}"]`)?.focus();
  }
  if (all.length > FILTER_FROM) {
    const input = h("input", { type: "text", class: "menu-filter", placeholder: "Search", "aria-label": "Search the choices" });
    input.addEventListener("input", () => {
      filter = input.value.toLowerCase();
      showEntries();
    });
    list.append(input);
  }
  list.append(rows);
  if (most > 1) list.append(h("button", { type: "button", class: "control primary menu-done", on: { click: send } }, "Done"));

  face.addEventListener("click", () => open(list.hidden));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      open(false);
      face.focus();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !list.hidden) {
      event.preventDefault();
      const buttons = [...rows.querySelectorAll(".menu-entry")];
      buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length]?.focus();
    }
  });
  const leave = () => {
    if (list.hidden || box.contains(document.activeElement)) return;
    open(false);
    if (most > 1 && [...chosen].join() !== before) send();
  };
  box.addEventListener("focusout", ({ relatedTarget }) => {
    if (!relatedTarget || box.contains(relatedTarget)) return;
    // What is being clicked must not move away under the pointer when the list closes.
    if (isPointing) document.addEventListener("pointerup", () => setTimeout(leave), { once: true });
    else setTimeout(leave);
  });
  showEntries();
  showFace();
  return box;
}

function entryRow({ value, label, description, emoji: sign }, isChosen, isOneOfMany, take) {
  return h(
    "button",
    { type: "button", class: "menu-entry", role: "option", "data-value": value, "aria-selected": String(isChosen), on: { click: () => take(value) } },
    emoji(sign),
    h("span", { class: "menu-label" }, bdi(label), description && h("span", { class: "menu-note" }, bdi(description))),
    isOneOfMany && h("span", { class: "tick", "aria-hidden": "true" }, isChosen ? "✓" : ""),
  );
}
