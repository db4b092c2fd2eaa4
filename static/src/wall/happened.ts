// The strip at the bottom: what happened, newest left.

import { el, keyed, need, say, soon } from "../dom.js";
import { ms, time } from "../format.js";
import type { Live } from "../live.js";
import type { LogPayload } from "../topics.js";
import { entrySubject, logWord } from "../words.js";

const SHOWN = 12;

/** Keep the strip true. */
export function showHappened(live: Live): void {
  const strip = need("happened-list");
  const draw = soon(() => {
    const newest = [...live.store.log.values()].sort((a, b) => b.id - a.id).slice(0, SHOWN);
    need("nothing-happened").hidden = newest.length > 0;
    keyed(strip, newest, (entry) => String(entry.id), make, update);
  });
  live.store.on(["log", "kind"], draw);
}

function make(): HTMLElement {
  return el("li", {}, el("small"), el("b"));
}

function update(item: HTMLElement, entry: LogPayload): void {
  const about = [time(ms(entry.at)), entrySubject(entry), entry.actor].filter(Boolean);
  say(item.querySelector("small")!, about.join(" · "));
  say(item.querySelector("b")!, logWord(entry));
}
