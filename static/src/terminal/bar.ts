// The bar: help and SOS (the note: note.ts). What is done there says so at once, sent or not.

import { need, say } from "../dom.js";
import { gettext } from "../i18n.js";
import type { Acts } from "./acts.js";
import { hold } from "./hold.js";
import type { Outbox } from "./outbox.js";
import type { Ring } from "./ring.js";
import { closes, open } from "./sheet.js";

const HOLD_MS = 2000;
const SHOWN_MS = 5000;

interface Parts {
  acts: Acts;
  outbox: Outbox;
  ring: Ring;
}

/** Let the bar work. */
export function showBar({ acts, outbox, ring }: Parts): void {
  need("help-open").addEventListener("click", () => open("help"));
  closes("help");
  need("help-send").addEventListener("click", () => {
    const units = document.querySelector<HTMLInputElement>("[name=help-units]:checked");
    acts.help(taken("help-text"), Number(units?.value ?? 0));
  });
  hold(need("sos"), HOLD_MS, () => {
    ring.tick(true);
    acts.sos();
  });
  outbox.onTaken((act) => {
    if (act.what === "note") tell(gettext("Noted."));
    if (act.what === "photo") tell(gettext("Photo sent."));
    if (act.what === "help") tell(gettext("The room has your request."));
  });
}

function taken(id: string): string {
  const field = need<HTMLTextAreaElement>(id);
  const text = field.value.trim();
  field.value = "";
  return text;
}

let timer = 0;

/** Say for some seconds that something was done. */
function tell(words: string): void {
  clearTimeout(timer);
  say(need("result"), words);
  timer = window.setTimeout(() => say(need("result"), ""), SHOWN_MS);
}
