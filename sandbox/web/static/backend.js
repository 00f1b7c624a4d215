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

/** Use a command. Resolves to {} when Discord took it, else to what is wrong, by option ("" for the line as a whole). */
export async function sendCommand(channel, command, options) {
  try {
    const response = await fetch("/sandbox/command", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ channel, command, options }),
    });
    const answer = await response.json();
    return answer.errors ?? {};
  } catch {
    return { "": "The sandbox does not answer: is it still running?" };
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
