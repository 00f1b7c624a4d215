// The one place that makes elements. Strings become text nodes, always; markup is never parsed from a string.

/**
 * h("button", {class: "chip", "aria-label": "…", on: {click: f}}, "text", node, …). Attributes that are null, undefined or
 * false are left out, true is written empty. `href` belongs to callers that checked it (markdown.js safeAddress).
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A name that somebody chose: isolated, so that right-to-left letters in it cannot reorder what stands around it. */
export function bdi(text, className) {
  return h("bdi", { class: className }, text);
}

export const $ = (id) => document.getElementById(id);

const PALETTE = ["#5865f2", "#3ba55d", "#c27c0e", "#eb459e", "#ed4245", "#1f8b99", "#7b5cd6", "#4f7d2f"];

/** A round picture made of the first letter, its colour from the id: no image is ever fetched. */
export function avatar(id, name, className = "avatar") {
  let sum = 0;
  for (const sign of String(id)) sum = (sum * 31 + sign.codePointAt(0)) % 9973;
  const [first] = new Intl.Segmenter().segment(name.replace(/^[^\p{L}\p{N}\p{Extended_Pictographic}]+/u, "") || "?");
  const picture = h("span", { class: className, "aria-hidden": "true" }, first.segment.toUpperCase());
  picture.style.backgroundColor = PALETTE[sum % PALETTE.length];
  return picture;
}
