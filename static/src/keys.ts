// Keys of a page: one table, from which the overlay behind `?` is made. Letters rest while somebody types.

import { el, need } from "./dom.js";

export interface Key {
  keys: string[]; // as KeyboardEvent.key
  shown: string; // as people call it
  words: string;
  act: (event: KeyboardEvent) => unknown; // a promise where it opens something only after an answer
  typing?: boolean; // also while a field has the focus
}

/** Listen for the keys and fill the overlay with them. */
export function listen(table: Key[]): void {
  const overlay = need<HTMLDialogElement>("keys");
  let opening: unknown = null; // what a key is about to open: letters typed meanwhile were meant for it, and must not act by themselves
  const shown = overlay.querySelector("dl");
  shown?.replaceChildren(...table.flatMap((key) => [el("dt", {}, el("kbd", {}, key.shown)), el("dd", {}, key.words)]));
  overlay.addEventListener("click", () => overlay.close());
  addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (overlay.open) return closing(event, overlay);
    if (document.querySelector("dialog[open]")) return;
    const key = table.find((one) => one.keys.includes(event.key) && (isFree(one, event) || !isTyping(event)));
    if (!key) return;
    event.preventDefault();
    if (opening && !isFree(key, event)) return;
    const done = key.act(event);
    if (!(done instanceof Promise)) return;
    opening = done;
    void done.finally(() => (opening = opening === done ? null : opening));
  });
}

/** Show or hide the overlay of all keys. */
export function toggleKeys(): void {
  const overlay = need<HTMLDialogElement>("keys");
  if (overlay.open) overlay.close();
  else overlay.showModal();
}

/** Whether a key works while somebody types: a letter never does. */
function isFree(key: Key, event: KeyboardEvent): boolean {
  return Boolean(key.typing) && event.key.length > 1;
}

function closing(event: KeyboardEvent, overlay: HTMLDialogElement): void {
  if (!["?", "F1", "Escape"].includes(event.key)) return;
  event.preventDefault();
  overlay.close();
}

function isTyping(event: KeyboardEvent): boolean {
  const on = event.target as HTMLElement;
  if (!on.checkVisibility()) return false; // a field of a dialog that has just closed has the focus until the next frame
  if (on instanceof HTMLInputElement && ["checkbox", "radio"].includes(on.type)) return false;
  return on.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(on.tagName);
}
