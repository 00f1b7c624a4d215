// The page's only network: the backend of sandbox/web/backend.py on the same address.

/**
 * Listen to the guild. The first thing heard, and heard again after every interruption, is `state`, the whole of it.
 * @param {Record<string, (body: any) => void>} listeners  by the name of what happened
 * @param {(connected: boolean) => void} onConnection
 */
export function listen(listeners, onConnection) {
  const source = new EventSource("/sandbox/changes"); // it reconnects by itself
  source.addEventListener("open", () => onConnection(true));
  source.addEventListener("error", () => onConnection(false));
  for (const [name, listener] of Object.entries(listeners)) {
    source.addEventListener(name, (event) => listener(JSON.parse(event.data)));
  }
}

const UNREACHABLE = { "": "The sandbox does not answer: is it still running?" };

/** What came of a POST: the number of the interaction that began, or what is wrong, by option ("" for the whole). */
async function post(path, body) {
  try {
    const response = await fetch(`/sandbox/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const { errors = {}, interaction = null } = await response.json();
    return { errors, interaction };
  } catch {
    return { errors: UNREACHABLE, interaction: null };
  }
}

/** Use a command. Resolves to {} when Discord took it, else to what is wrong, by option ("" for the line as a whole). */
export const sendCommand = async (channel, command, options) => (await post("command", { channel, command, options })).errors;

/** Use a command of a message's menu. */
export const sendMenuCommand = (channel, command, target) => post("command", { channel, command, target });

/** Press a button, or with values choose in a menu. */
export const useControl = (message, customId, values) => post("press", { message, custom_id: customId, ...(values && { values }) });

export const sendForm = async (interaction, fields) => (await post("submit", { interaction, fields })).errors;

/** Type a line in a creator's LIVE as a viewer on TikTok. Resolves to what is wrong with it, or "". */
export const say = async (creator, viewer, text) => Object.values((await post("say", { creator, viewer, text })).errors).join(" ");

/** Lay a file ready for the command or form that names it. Resolves to what is wrong, or null. */
export async function uploadFile(file) {
  try {
    const response = await fetch(`/sandbox/uploads?${new URLSearchParams({ filename: file.name })}`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: file,
    });
    return (await response.json()).errors?.[""] ?? null;
  } catch {
    return UNREACHABLE[""];
  }
}

/** What the bot suggests for the option that is being typed; nothing when it does not answer. */
export async function autocomplete(channel, command, focused, options) {
  const query = new URLSearchParams({ channel, command, focused, options: JSON.stringify(options) });
  try {
    const response = await fetch(`/sandbox/autocomplete?${query}`);
    return response.ok ? (await response.json()).choices : [];
  } catch {
    return [];
  }
}
