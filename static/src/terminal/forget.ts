// What a phone keeps of a person goes when they leave: another who holds it, with a network or without, sees nothing of them.
// What was done and is not yet sent stays, unseen, until they are here again; and so do the keys that it needs.

import { forget, fixDevices, isThere, keep, keptNames, recall } from "./vault.js";

const OF_PEOPLE = ["known ", "bearer "]; // names in the vault begin so, the user name follows
const OF_ALL = ["terminal-tiles", "terminal-fonts"]; // caches that hold nothing of anybody

/** Nobody is signed in any more: forget everybody, and the page that was kept with their name on it. */
export async function forgetAll(): Promise<void> {
  await Promise.all((await kept()).map((name) => caches.delete(name)));
  if (!(await isThere())) return;
  await forgetOthers("");
  const waiting = new Set(await fixDevices());
  const keys = Object.entries((await recall<Record<string, { device: number }>>("keys")) ?? {});
  await keep("keys", Object.fromEntries(keys.filter(([, one]) => waiting.has(one.device))));
}

/** Somebody is: forget the others. */
export async function forgetOthers(who: string): Promise<void> {
  const names = (await keptNames()).filter((name) => OF_PEOPLE.some((of) => name.startsWith(of) && name !== of + who));
  await Promise.all(names.map(forget));
}

/** The terminal's caches with pages in them; none where the browser keeps none, as without HTTPS. */
async function kept(): Promise<string[]> {
  if (!("caches" in window)) return [];
  return (await caches.keys()).filter((name) => name.startsWith("terminal-") && !OF_ALL.includes(name));
}
