// What stands in the composer, understood: which command, which options, what is missing, what could come next.
// Pure: the text and the caret go in, values come out. composer.js shows them; the backend checks everything again.

export const TYPE = { STRING: 3, INTEGER: 4, BOOLEAN: 5, USER: 6, CHANNEL: 7, ROLE: 8, MENTIONABLE: 9, NUMBER: 10, ATTACHMENT: 11 };

/**
 * @typedef {object} Typed
 * @property {object|null} command  the command whose whole name was typed, else null
 * @property {string} name          what stands after the slash
 * @property {Piece[]} pieces       the options in the order of the text
 * @property {string} loose         text that belongs to no option
 * @typedef {{option: object, text: string, from: number, valueFrom: number, to: number}} Piece
 */

/** Read a line such as `/watch creator:alice channel:#live`. A value runs until the next option's name. */
export function readLine(line, commands) {
  const command = longestCommand(line, commands);
  const start = command ? command.name.length + 1 : line.length;
  const marks = command ? optionMarks(line, start, command.options) : [];
  const pieces = marks.map((mark, i) => {
    const to = marks[i + 1]?.from ?? line.length;
    return { ...mark, to, text: line.slice(mark.valueFrom, to).trim() };
  });
  return { command, name: line.slice(1), pieces, loose: command ? line.slice(start, marks[0]?.from ?? line.length).trim() : "" };
}

/**
 * Names may hold spaces (a subcommand), so the longest one that fits is meant; it counts once a space follows it, or as it is if
 * nothing must follow.
 */
function longestCommand(line, commands) {
  const isWhole = ({ name, options }) => line === `/${name}` && !options.some((option) => option.required);
  const fitting = commands.filter((each) => line.startsWith(`/${each.name} `) || isWhole(each));
  return fitting.sort((a, b) => b.name.length - a.name.length)[0] ?? null;
}

function optionMarks(line, start, options) {
  const marks = [];
  for (const option of options) {
    const at = line.indexOf(` ${option.name}:`, start - 1);
    if (at >= 0) marks.push({ option, from: at + 1, valueFrom: at + option.name.length + 2 });
  }
  return marks.sort((a, b) => a.from - b.from);
}

/** The piece whose value the caret is in, or null. */
export function pieceAt(typed, caret) {
  return typed.pieces.find((piece) => caret >= piece.valueFrom && caret <= Math.max(piece.to, piece.valueFrom)) ?? null;
}

/** The options of the command that the line does not name yet, the required first (as they were registered). */
export function optionsLeft(typed) {
  const used = new Set(typed.pieces.map((piece) => piece.option.name));
  return typed.command ? typed.command.options.filter((option) => !used.has(option.name)) : [];
}

/**
 * Every reason why the line cannot be sent, in words, by option name ("" for the line itself).
 * @returns {Map<string, string>}
 */
export function problems(typed, guild) {
  const found = new Map();
  if (!typed.command) {
    found.set("", typed.name ? `There is no command /${typed.name.split(" ")[0]} here.` : "Choose a command.");
    return found;
  }
  if (typed.loose) found.set("", `“${typed.loose}” belongs to no option.`);
  for (const { option, text } of typed.pieces) {
    const problem = text === "" ? `${option.name} is ${option.required ? "required" : "empty"}` : valueProblem(option, text, guild);
    if (problem) found.set(option.name, problem);
  }
  for (const option of optionsLeft(typed)) if (option.required) found.set(option.name, `${option.name} is required`);
  return found;
}

function valueProblem(option, text, guild) {
  const { name, type } = option;
  if (option.choices.length > 0) return option.choices.some((choice) => sameChoice(choice, text)) ? null : `${name}: choose one of the list`;
  if (type === TYPE.INTEGER || type === TYPE.NUMBER) return numberProblem(option, text);
  if (type === TYPE.BOOLEAN) return /^(true|false)$/i.test(text) ? null : `${name} is True or False`;
  if (type === TYPE.CHANNEL) return channelProblem(option, text, guild);
  if (type === TYPE.STRING) return lengthProblem(option, text);
  if (type === TYPE.ATTACHMENT) return null; // the backend knows which files were chosen
  const named = candidates(option, guild).some(({ value, mention }) => same(value, text) || mention === text);
  return named ? null : `${name}: there is no ${text} here`;
}

function numberProblem({ name, type, min_value: least, max_value: most }, text) {
  const pattern = type === TYPE.INTEGER ? /^-?\d{1,16}$/ : /^-?\d{1,16}(\.\d+)?$/;
  if (!pattern.test(text)) return `${name} is a ${type === TYPE.INTEGER ? "whole number" : "number"}`;
  if (least !== null && Number(text) < least) return `${name} is at least ${least}`;
  if (most !== null && Number(text) > most) return `${name} is at most ${most}`;
  return null;
}

function lengthProblem({ name, min_length: least, max_length: most }, text) {
  const length = [...text].length;
  if (least !== null && length < least) return `${name} has at least ${least} characters`;
  if (most !== null && length > most) return `${name} has at most ${most} characters`;
  return null;
}

function channelProblem(option, text, guild) {
  const channel = guild.channels.find(({ id, name }) => same(`#${name}`, text) || same(name, text) || text === `<#${id}>`);
  if (!channel) return `${option.name}: there is no channel ${text} here`;
  return fits(option, channel) ? null : `${option.name}: #${channel.name} is not of the right kind`;
}

const fits = (option, channel) => option.channel_types.length === 0 || option.channel_types.includes(channel.type);
const same = (a, b) => a.toLowerCase() === b.toLowerCase();
const sameChoice = (choice, text) => same(choice.name, text) || same(String(choice.value), text);

/**
 * What may be typed next for an option, without asking the bot: choices, channels, people, True and False.
 * @returns {{value: string, label: string, note?: string, mention?: string}[]}
 */
export function candidates(option, guild) {
  if (option.choices.length > 0) return option.choices.map(({ name }) => ({ value: name, label: name }));
  const people = () => guild.members.map(({ id, name }) => ({ value: `@${name}`, label: `@${name}`, mention: `<@${id}>` }));
  const roles = () => guild.roles.map(({ id, name }) => role(id, name.replace(/^@/, "")));
  const role = (id, name) => ({ value: `@${name}`, label: `@${name}`, note: "role", mention: `<@&${id}>` });
  switch (option.type) {
    case TYPE.CHANNEL:
      return guild.channels
        .filter((channel) => fits(option, channel))
        .map(({ id, name, kind }) => ({ value: `#${name}`, label: `#${name}`, note: kind === "text" ? "" : kind, mention: `<#${id}>` }));
    case TYPE.BOOLEAN:
      return ["True", "False"].map((value) => ({ value, label: value }));
    case TYPE.USER:
      return people();
    case TYPE.ROLE:
      return roles();
    case TYPE.MENTIONABLE:
      return [...people(), ...roles()];
    default:
      return [];
  }
}

/** The candidates that go with what was typed so far: those that begin with it come first. */
export function matching(all, text) {
  const wanted = text.toLowerCase().replace(/^[#@]/, "");
  const rank = ({ label }) => label.toLowerCase().replace(/^[#@]/, "").indexOf(wanted);
  return all.filter((one) => rank(one) >= 0).sort((a, b) => Math.sign(rank(a)) - Math.sign(rank(b)));
}

/** What the backend is sent: option name to value; whoever is named by `#live` or `@you` goes as `<#id>`, `<@id>`. */
export function values(typed, guild) {
  return Object.fromEntries(typed.pieces.map(({ option, text }) => [option.name, valueOf(option, text, guild)]));
}

function valueOf(option, text, guild) {
  if (option.choices.length > 0) return option.choices.find((choice) => sameChoice(choice, text))?.value ?? text;
  if (option.type === TYPE.CHANNEL) text = text.startsWith("#") || text.startsWith("<") ? text : `#${text}`;
  const meant = candidates(option, guild).find((candidate) => candidate.mention && same(candidate.value, text));
  return meant?.mention ?? text;
}

/** "whole number, 1 to 100": what an option takes, for people. */
export function kindOf({ type, choices, min_value: least, max_value: most }) {
  if (choices.length > 0) return "one of a list";
  const kinds = { 3: "text", 4: "whole number", 5: "True or False", 6: "member", 7: "channel", 8: "role", 9: "member or role", 10: "number", 11: "a file" };
  const range = [least === null ? "" : ` from ${least}`, most === null ? "" : ` to ${most}`].join("");
  return (kinds[type] ?? "not supported on this page") + range;
}
