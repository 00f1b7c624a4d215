// The command box: a line of text, the list of what could come next, a chip per option, and what is wrong before it is sent.
// It knows no network: `send` and `complete` are given to it.

import * as command from "./command.js";
import { $, bdi, h } from "./dom.js";

const AUTOCOMPLETE_AFTER_MS = 180; // Discord waits too: a request per letter would be answered out of order anyway
const MOST_SUGGESTIONS = 25; // Discord's own bound

/**
 * @param {object} given
 * @param {() => {commands: object[], channels: object[], members: object[], roles: object[]}} given.guild
 * @param {(name: string, values: object) => Promise<Record<string, string>>} given.send   resolves to errors by option, {} when sent
 * @param {(name: string, focused: string, values: object) => Promise<object[]>} given.complete
 * @param {(file: File) => Promise<string|null>} given.upload   resolves to what is wrong, or null
 */
export function makeComposer({ guild, send, complete, upload }) {
  const line = $("line");
  const list = $("suggestions");
  const history = { lines: [], at: null };
  let typed = command.readLine("", []);
  let suggestions = []; // {insert(): void, label, note, detail, same: boolean}
  let active = -1;
  let navigated = false; // the person chose in the list, so Enter means the choice
  let attempted = false; // tried to send: from now on missing options are errors
  let refused = new Map(); // what the backend had to say of this very line
  let pending = 0; // the number of the last autocompletion asked for; older answers are dropped
  let timer = 0;

  // ── Reading the line ──

  function reread() {
    typed = command.readLine(line.value, guild().commands);
    suggest();
    showHelp();
  }

  const caret = () => line.selectionStart ?? line.value.length;
  const isCommand = () => line.value.startsWith("/");
  const piece = () => command.pieceAt(typed, caret());

  function suggest() {
    clearTimeout(timer);
    pending += 1;
    const here = piece();
    if (!isCommand() || document.activeElement !== line) return offer([]);
    if (!typed.command) return offer(commandSuggestions());
    if (!here) return offer(optionSuggestions());
    if (here.option.type === command.TYPE.ATTACHMENT) return offer([{ label: "📎 Choose a file…", insert: () => chooseFile(here) }]);
    if (!here.option.autocomplete) return offer(withOptions(valueSuggestions(here, command.candidates(here.option, guild()))));
    offer(withOptions([]));
    timer = setTimeout(askBot, AUTOCOMPLETE_AFTER_MS, here, pending);
  }

  function chooseFile(here) {
    const input = h("input", { type: "file" });
    input.addEventListener("change", async () => {
      const [file] = input.files;
      const wrong = await upload(file);
      line.focus();
      takeValue(here, wrong ? "" : file.name);
      if (wrong) refused = new Map([[here.option.name, wrong]]);
      showHelp();
    });
    input.click();
  }

  async function askBot(here, number) {
    const { name } = typed.command;
    const found = await complete(name, here.option.name, command.values(typed, guild()));
    if (number === pending) offer(withOptions(valueSuggestions(here, found, { filtered: true })));
  }

  /** After a value and a space, the next option may be meant as well. */
  function withOptions(values) {
    const isNextWord = piece()?.text && /\s[\w-]*$/.test(line.value.slice(0, caret()));
    return isNextWord ? [...values.filter((one) => !one.same), ...optionSuggestions()] : values;
  }

  function commandSuggestions() {
    const wanted = typed.name.trim().toLowerCase();
    const fitting = guild().commands.filter(({ name }) => name.startsWith(wanted));
    return fitting.map((one) => ({ label: `/${one.name}`, detail: one.description, insert: () => replaceLine(withNextOption(one)) }));
  }

  function optionSuggestions() {
    const [, word] = /(?:^|\s)([\w-]*)$/.exec(line.value.slice(0, caret())) ?? [];
    if (word === undefined) return [];
    return command
      .optionsLeft(typed)
      .filter(({ name }) => name.startsWith(word))
      .map((option) => ({
        label: `${option.name}:`,
        note: option.required ? "required" : "optional",
        detail: option.description,
        insert: () => replaceRange(caret() - word.length, caret(), `${option.name}:`),
      }));
  }

  function valueSuggestions(here, candidates, { filtered = false } = {}) {
    const fitting = filtered ? candidates : command.matching(candidates, here.text);
    return fitting.map(({ value, label, note }) => ({
      label,
      note,
      same: value.toLowerCase() === here.text.toLowerCase(),
      insert: () => takeValue(here, value),
    }));
  }

  // ── Writing the line ──

  function replaceLine(text, at = text.length) {
    line.value = text;
    line.setSelectionRange(at, at);
    line.scrollLeft = line.scrollWidth;
    edited();
  }

  function replaceRange(from, to, text) {
    replaceLine(line.value.slice(0, from) + text + line.value.slice(to), from + text.length);
  }

  /** The value, then the next required option, as Discord lays it ready. */
  function takeValue(here, value) {
    const after = line.value.slice(here.to).trimStart();
    const taken = `${line.value.slice(0, here.valueFrom)}${value} ${after}`;
    const next = command.optionsLeft(typed).find((option) => option.required);
    replaceLine(next ? `${taken.trimEnd()} ${next.name}:` : taken, next ? undefined : here.valueFrom + value.length + 1);
  }

  function withNextOption(one) {
    const first = one.options.find((option) => option.required);
    return `/${one.name}${first ? ` ${first.name}:` : one.options.length > 0 ? " " : ""}`;
  }

  function edited() {
    navigated = false;
    refused = new Map();
    if (line.value === "") attempted = false;
    reread();
  }

  // ── The list ──

  function offer(found) {
    // What stands in the line already needs no suggestion.
    suggestions = found.length === 1 && found[0].same ? [] : found.slice(0, MOST_SUGGESTIONS);
    active = suggestions.length > 0 ? 0 : -1;
    list.replaceChildren(...suggestions.map(suggestionRow));
    list.hidden = suggestions.length === 0;
    line.setAttribute("aria-expanded", String(!list.hidden));
    markActive();
  }

  function suggestionRow({ label, note, detail, insert }, index) {
    const choose = (event) => {
      event.preventDefault(); // keeps the focus in the line
      insert();
    };
    return h(
      "div",
      { class: "suggestion", role: "option", id: `suggestion-${index}`, on: { mousedown: choose } },
      h("span", { class: "suggestion-label" }, bdi(label), note && h("span", { class: "suggestion-note" }, note)),
      detail && h("span", { class: "suggestion-detail" }, detail),
    );
  }

  function markActive() {
    [...list.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === active)));
    if (active >= 0) {
      line.setAttribute("aria-activedescendant", `suggestion-${active}`);
      list.children[active].scrollIntoView({ block: "nearest" });
    } else line.removeAttribute("aria-activedescendant");
  }

  function moveInList(step) {
    active = (active + step + suggestions.length) % suggestions.length;
    navigated = true;
    markActive();
  }

  // ── Chips, help and errors ──

  function showHelp() {
    const words = $("composer-error");
    $("option-chips").replaceChildren(...(typed.command ? chips() : []));
    $("option-chips").hidden = !typed.command;
    $("option-help").textContent = help();
    const shown = visibleProblems();
    words.textContent = [...shown.values()].join(" · ");
    line.setAttribute("aria-invalid", String(shown.size > 0));
  }

  function help() {
    if (!isCommand()) return line.value.trim() ? "Only slash commands go to the bot here: type / to see them." : "";
    if (!typed.command) return guild().commands.length === 0 ? "The bot has not registered any command yet." : "";
    const here = piece();
    if (!here) return typed.command.description;
    const { option } = here;
    return `${option.name}: ${option.description} (${command.kindOf(option)}, ${option.required ? "required" : "optional"})`;
  }

  /** What is shown as wrong: nothing about the value that is being typed, nothing about what is missing, until Enter. */
  function visibleProblems() {
    if (!isCommand()) return new Map();
    if (refused.size > 0) return refused;
    const all = command.problems(typed, guild());
    if (attempted) return all;
    const editing = piece()?.option.name;
    return new Map([...all].filter(([name]) => typed.pieces.some((one) => one.option.name === name && one.text && name !== editing)));
  }

  function chips() {
    const wrong = visibleProblems();
    const here = piece()?.option.name;
    const byName = new Map(typed.pieces.map((one) => [one.option.name, one]));
    return typed.command.options.map((option) => {
      const filled = byName.get(option.name);
      const states = { filled: filled?.text, wrong: wrong.has(option.name), here: option.name === here, required: option.required };
      const names = Object.keys(states).filter((name) => states[name]);
      const label = `${option.name}, ${option.required ? "required" : "optional"}: ${option.description}`;
      return h(
        "button",
        { type: "button", class: ["chip", ...names].join(" "), title: option.description, "aria-label": label, on: { click: () => goTo(option) } },
        option.name,
        filled?.text ? h("span", { class: "chip-value" }, bdi(filled.text)) : option.required && h("span", { class: "chip-star" }, "*"),
      );
    });
  }

  function goTo(option) {
    line.focus();
    const there = typed.pieces.find((one) => one.option === option);
    if (there) {
      const end = there.valueFrom + line.value.slice(there.valueFrom, there.to).trimEnd().length;
      line.setSelectionRange(end, end);
      reread();
    } else replaceLine(`${line.value.trimEnd()} ${option.name}:`);
  }

  // ── Keys ──

  function onKey(event) {
    const act = KEYS[event.key];
    if (!act || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (act(event) !== false) event.preventDefault();
  }

  /** Each returns false when the key keeps its usual meaning. */
  const KEYS = {
    Tab: ({ shiftKey }) => (shiftKey || active < 0 || suggestions[active].same ? false : suggestions[active].insert()),
    Escape: () => (list.hidden ? false : offer([])),
    ArrowDown: () => (history.at !== null ? recall(1) : list.hidden ? false : moveInList(1)),
    ArrowUp: () => (history.at !== null || line.value === "" ? recall(-1) : list.hidden ? false : moveInList(-1)),
    Enter: ({ shiftKey }) => {
      if (shiftKey) return false;
      const ready = isCommand() && command.problems(typed, guild()).size === 0;
      const chosen = active >= 0 && !suggestions[active].same && (navigated || !ready);
      return chosen ? suggestions[active].insert() : void submit();
    },
  };

  function recall(step) {
    const { lines } = history;
    if (lines.length === 0) return false;
    const at = Math.max(0, (history.at ?? lines.length) + step);
    history.at = at < lines.length ? at : null;
    replaceLine(at < lines.length ? lines[at] : "");
    if (history.at !== null) offer([]); // else the arrows would wander in the list
    return true;
  }

  // ── Sending ──

  async function submit() {
    if (!isCommand()) return;
    attempted = true;
    const wrong = command.problems(typed, guild());
    const missing = command.optionsLeft(typed).find((option) => option.required);
    if (wrong.size > 0) {
      if (missing && wrong.size === 1) replaceLine(`${line.value.trimEnd()} ${missing.name}:`);
      return showHelp();
    }
    const sent = line.value.trim();
    const errors = new Map(Object.entries(await send(typed.command.name, command.values(typed, guild()))));
    if (errors.size > 0) {
      refused = errors;
      return showHelp();
    }
    if (history.lines.at(-1) !== sent) history.lines.push(sent);
    history.at = null;
    if (line.value.trim() === sent) replaceLine("");
  }

  line.addEventListener("keydown", onKey);
  line.addEventListener("input", () => {
    history.at = null;
    edited();
  });
  for (const type of ["click", "focus", "keyup"]) {
    line.addEventListener(type, ({ key }) => {
      if (key === undefined || ["ArrowLeft", "ArrowRight", "Home", "End"].includes(key)) reread();
    });
  }
  line.addEventListener("blur", () => offer([]));
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });
  $("slash").addEventListener("click", () => {
    line.focus();
    if (!isCommand()) replaceLine("/");
  });

  return {
    /** The guild changed (commands, channels): read the line again with what is known now. */
    refresh: reread,
    /** Lay a line ready for the person to send. */
    prepare(text) {
      line.focus();
      replaceLine(text);
    },
    placeholder(text) {
      line.placeholder = text;
      line.setAttribute("aria-label", text);
    },
  };
}
