// An unpaired screen: it shows its code, asks every 2 s whether somebody has typed it, and shows a new one when it is over.

import { need, say } from "./dom.js";
import { elapsed } from "./format.js";
import { gettext } from "./i18n.js";
import { csrf } from "./rest.js";

const EVERY_MS = 2000;
const AGAIN_MS = 1000; // should the new page be no better, it must not ask all the time

/** Ask until the code is typed or over. */
export function startScreen(): void {
  const page = document.querySelector<HTMLElement>(".pairing");
  const until = Date.now() + Number(page?.dataset.seconds ?? 60) * 1000;
  if (!document.getElementById("code")) return void setTimeout(() => location.reload(), until - Date.now());
  setInterval(() => say(need("code-left"), gettext("a new code in %(time)s", { time: elapsed(Math.max(0, until - Date.now())) })), 500);
  void ask();
}

async function ask(): Promise<void> {
  const state = await stateNow().catch(() => "cut");
  if (state === "paired") return location.replace("/wall/");
  if (state === "over") return void setTimeout(() => location.reload(), AGAIN_MS);
  say(need("code-state"), state === "cut" ? gettext("The server can't be reached") : gettext("waiting to be paired"));
  setTimeout(() => void ask(), EVERY_MS);
}

async function stateNow(): Promise<string> {
  const headers = { "X-CSRFToken": csrf(), Accept: "application/json" };
  const answer = await fetch("/screen/waiting/", { method: "POST", headers, signal: AbortSignal.timeout(5000), cache: "no-store" });
  if (answer.status === 403) return "over"; // the page's token is no longer good: a new page brings a new one
  if (!answer.ok) return "cut";
  return ((await answer.json()) as { state: string }).state;
}
