// The messages of the open channel: placed one by one, kept at the bottom unless the reader has scrolled up.

import { $, h } from "./dom.js";
import { messageRow } from "./messages.js";

const AT_BOTTOM_PX = 48; // this close to the end counts as being there
const MOST_ROWS = 400; // older rows go while the reader is at the bottom

/**
 * What a message on the page can ask for.
 * @typedef {object} MessagePage
 * @property {import("./markdown_view.js").Surroundings} around
 * @property {(id: string) => void} dismiss
 * @property {(message: object, customId: string, values?: string[]) => void} use   a control was used
 * @property {(message: object, name: string) => void} useMenu   a command of the message's menu was used
 * @property {() => object} guild
 * @property {() => string[]} menu   the commands of that menu
 * @property {Map<string, string>} failed   what went wrong with a message's controls, by its id
 */

/**
 * @param {object} given   a MessagePage whose `around` is a function, and:
 * @param {() => void} given.onJump   the reader is back at the present
 */
export function makeMessageList({ onJump, ...page }) {
  const scroller = $("scroller");
  const rows = $("messages");
  const jump = $("jump");
  let atBottom = true;
  let missed = 0;

  const byId = (id) => rows.querySelector(`:scope > [data-id="${CSS.escape(id)}"]`);
  const row = (messages, at) => messageRow(messages[at], messages[at - 1] ?? null, { ...page, around: page.around() });

  function toBottom() {
    scroller.scrollTop = scroller.scrollHeight;
    atBottom = true;
    missed = 0;
    jump.hidden = true;
  }

  function settle() {
    if (atBottom) return toBottom();
    jump.hidden = false;
    jump.replaceChildren(missed > 0 ? `${missed} new ${missed === 1 ? "message" : "messages"} · ` : "", h("strong", {}, "Jump to present ↓"));
  }

  /** Draw the row at this index, new or again. The one below may change with it: whether it stands under a name of its own. */
  function draw(messages, at) {
    const fresh = row(messages, at);
    const old = byId(messages[at].id);
    if (old) old.replaceWith(fresh);
    else rows.insertBefore(fresh, (messages[at + 1] && byId(messages[at + 1].id)) ?? null);
  }

  /** See whether the reader is at the bottom. Besides scrolling, a list that got shorter or a window that grew can bring them there. */
  function look() {
    const before = atBottom;
    atBottom = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < AT_BOTTOM_PX;
    if (atBottom === before) return;
    if (!atBottom) return settle();
    missed = 0;
    jump.hidden = true;
    onJump();
  }

  scroller.addEventListener("scroll", look);
  jump.addEventListener("click", () => {
    toBottom();
    onJump();
    $("line").focus();
  });
  // The composer grows and shrinks below the list; a reader at the bottom stays there.
  new ResizeObserver(() => (atBottom ? toBottom() : look())).observe(scroller);

  return {
    /** Draw a whole channel. */
    show(messages, { keepPlace }) {
      const place = keepPlace && !atBottom ? scroller.scrollTop : null;
      messages.splice(0, Math.max(0, messages.length - MOST_ROWS));
      rows.replaceChildren(...messages.map((_, at) => row(messages, at)));
      if (place === null) toBottom();
      else scroller.scrollTop = place;
    },

    /** A message came or changed. */
    place(messages, id) {
      const at = messages.findIndex((message) => message.id === id);
      const isNew = !byId(id);
      if (isNew && !atBottom) missed += 1;
      draw(messages, at);
      if (isNew && at + 1 < messages.length) draw(messages, at + 1);
      if (atBottom && messages.length > MOST_ROWS) {
        for (const old of messages.splice(0, messages.length - MOST_ROWS)) byId(old.id)?.remove();
        draw(messages, 0);
      }
      settle();
    },

    /** A message went; `messages` no longer holds it. */
    remove(messages, id) {
      const next = byId(id)?.nextElementSibling?.dataset.id;
      byId(id)?.remove();
      if (next) draw(messages, messages.findIndex((message) => message.id === next));
      if (!atBottom) look();
    },
  };
}
