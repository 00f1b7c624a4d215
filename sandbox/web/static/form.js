// A form that the bot opened: filled in and sent, or closed, which the bot does not hear of.

import { entries, OTHER, TYPE } from "./controls.js";
import { bdi, h } from "./dom.js";

/**
 * @param {{interaction: string, title: string, components: object[]}} form   as the backend's wire.py writes it
 * @param {object} page
 * @param {() => object} page.guild
 * @param {(text: string) => Node} page.markdown
 * @param {(interaction: string, fields: object) => Promise<Record<string, string>>} page.submit   {} when sent, else errors
 * @param {(file: File) => Promise<string|null>} page.upload   resolves to what is wrong, or null
 */
export function openForm(form, page) {
  const wrong = h("p", { class: "form-wrong", role: "alert" });
  const parts = form.components.map((row) => part(row, page));
  const send = h("button", { type: "submit", class: "control primary" }, "Submit");
  const body = h(
    "form",
    { class: "form", method: "dialog" },
    h("header", { class: "form-head" }, h("h2", { id: "form-title" }, bdi(form.title)), closer()),
    h("div", { class: "form-parts" }, parts.map(({ node }) => node)),
    wrong,
    h("footer", { class: "form-foot" }, h("button", { type: "button", class: "control plain", on: { click: () => dialog.close() } }, "Cancel"), send),
  );
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "form-title" }, body);

  body.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    const problem = await uploadAll(parts, page);
    const errors = problem ? { "": problem } : await page.submit(form.interaction, Object.fromEntries(parts.flatMap((one) => one.values())));
    send.disabled = false;
    wrong.textContent = Object.values(errors).join(" ");
    if (Object.keys(errors).length === 0) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  body.querySelector("input, textarea, select")?.focus();

  function closer() {
    return h("button", { type: "button", class: "icon-button", "aria-label": "Close", on: { click: () => dialog.close() } }, "✕");
  }
}

async function uploadAll(parts, page) {
  for (const file of parts.flatMap(({ files }) => files?.() ?? [])) {
    const problem = await page.upload(file);
    if (problem) return problem;
  }
  return null;
}

/** One row of the form: what is shown, and the fields in it as [custom id, value]. */
function part(row, page) {
  if (row.type === OTHER.TEXT) return { node: h("div", { class: "text" }, page.markdown(row.content)), values: () => [] };
  const field = row.type === OTHER.LABEL ? row.component : row.components[0];
  const made = FIELDS[field.type] ? FIELDS[field.type](field, page) : picker(field, page);
  const label = row.label ?? field.label;
  const isGroup = made.node.tagName === "FIELDSET";
  const title = [bdi(label), field.required !== false && field.type !== OTHER.CHECKBOX && h("span", { class: "star", "aria-hidden": "true" }, " *")];
  const note = row.description && h("p", { class: "form-note" }, bdi(row.description));
  if (isGroup) made.node.prepend(h("legend", { class: "form-label" }, title));
  return {
    ...made,
    node: h("div", { class: "form-part" }, !isGroup && h("label", { class: "form-label", for: `field-${field.custom_id}` }, title), note, made.node),
  };
}

const FIELDS = { [TYPE.TEXT_INPUT]: textField, [OTHER.FILES]: fileField, [OTHER.CHECKBOX]: checkbox };

function textField(field) {
  const { custom_id: id, style, value, placeholder, required, min_length: least, max_length: most } = field;
  const bounds = { minlength: least, maxlength: most ?? 4000, required: required !== false, placeholder };
  const input = style === 2 ? h("textarea", { id: `field-${id}`, rows: 4, ...bounds }) : h("input", { id: `field-${id}`, type: "text", ...bounds });
  input.value = value ?? "";
  return { node: input, values: () => [[id, input.value]] };
}

function fileField({ custom_id: id, required, max_values: most = 1 }) {
  const input = h("input", { id: `field-${id}`, type: "file", multiple: most > 1, required: required !== false });
  return { node: input, files: () => [...input.files], values: () => [[id, [...input.files].map(({ name }) => name)]] };
}

function checkbox({ custom_id: id, default: checked }) {
  const input = h("input", { id: `field-${id}`, type: "checkbox", checked });
  return { node: input, values: () => [[id, input.checked]] };
}

/** A choice of one is a list to pull down, a choice of several are boxes to tick. */
function picker(field, page) {
  const { custom_id: id, required } = field;
  const all = entries(field, page.guild());
  const isRequired = required !== false;
  if (field.type === OTHER.CHECKBOXES || (field.max_values ?? 1) > 1) {
    const boxes = all.map(({ value, label, description, default: checked }) => ({ value, label, description, box: h("input", { type: "checkbox", value, checked }) }));
    const rows = boxes.map(({ label, description, box }) => h("label", { class: "tick-row" }, box, bdi(label), description && h("span", { class: "form-note" }, bdi(description))));
    return { node: h("fieldset", { class: "ticks" }, rows), values: () => [[id, boxes.filter(({ box }) => box.checked).map(({ value }) => value)]] };
  }
  const options = all.map(({ value, label, default: selected }) => h("option", { value, selected }, label));
  const hint = h("option", { value: "", selected: !all.some((one) => one.default) }, field.placeholder ?? "Make a selection");
  const select = h("select", { id: `field-${id}`, required: isRequired }, hint, options);
  return { node: select, values: () => [[id, select.value ? [select.value] : []]] };
}
