// The form below the creators: one line in somebody's LIVE, as a viewer on TikTok.

import { say } from "./backend.js";
import { $, h } from "./dom.js";

export function makeSaying() {
  const form = $("saying");
  const where = $("say-in");
  const text = $("say-text");
  const wrong = $("say-error");

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const sentence = await say(where.value, $("say-as").value, text.value);
    wrong.textContent = sentence;
    if (!sentence) text.value = "";
    text.focus();
  });

  return {
    /** Offer those who are live; without any there is nowhere to type. */
    offer(creators) {
      const chosen = where.value;
      const live = creators.filter((one) => one.live).map(({ handle }) => handle);
      form.hidden = live.length === 0;
      where.replaceChildren(...live.map((handle) => h("option", { value: handle, selected: handle === chosen }, `@${handle}`)));
    },
  };
}
