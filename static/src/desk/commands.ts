// The command line's language: a verb, whom it is about, and the rest. Each verb says what it would do before it does it.

import { short } from "../format.js";
import { gettext } from "../i18n.js";
import { bodyWord, HANDED_TO, SERVICES, typable, typedBody } from "../reports.js";
import type { Store } from "../store.js";
import { CODES, disposition, DISPOSITIONS, kindWord, statusWord } from "../words.js";
import type { Acts, Done } from "./acts.js";
import { closeRoad, openRoad } from "./blocks.js";
import { reinforce } from "./distress.js";

type Slot = "ended" | "place" | "road" | "incident" | "unit" | "status" | "result" | "service" | "body" | "block" | "text";

interface Verb {
  slots: Slot[];
  words: () => string;
  act: (acts: Acts, args: string[]) => Promise<Done>;
}

export const VERBS: Record<string, Verb> = {
  d: { slots: ["incident", "unit"], words: () => gettext("dispatch: incident, unit"), act: (acts, [a, b]) => acts.assign(a!, b!) },
  m: { slots: ["incident"], words: () => gettext("two more: incident"), act: (_, [a]) => reinforce(a!) },
  s: { slots: ["unit", "status"], words: () => gettext("status: unit, two letters"), act: (acts, [a, b]) => acts.status(a!, b!) },
  n: { slots: ["incident", "text"], words: () => gettext("note: incident, words"), act: (acts, [a, b]) => acts.note(a!, b!) },
  a: { slots: ["incident"], words: () => gettext("acknowledge: incident"), act: (acts, [a]) => acts.acknowledge(a!) },
  c: { slots: ["incident", "result", "text"], words: () => gettext("close: incident, two digits, words"), act: (acts, [a, b, c]) => acts.close(a!, b!, c) },
  u: { slots: ["unit"], words: () => gettext("release: unit"), act: (acts, [a]) => acts.status(a!, "cleared") },
  x: { slots: ["incident", "text"], words: () => gettext("cancel: incident, words"), act: (acts, [a, b]) => acts.cancel(a!, b) },
  r: { slots: ["ended"], words: () => gettext("reopen: incident"), act: (acts, [a]) => acts.reopen(a!) },
  mv: { slots: ["incident", "place"], words: () => gettext("move: incident, place"), act: (acts, [a, b]) => acts.moveTo(a!, b!) },
  mg: { slots: ["incident", "incident"], words: () => gettext("double: incident, of which"), act: (acts, [a, b]) => acts.merge(a!, b!) },
  q: { slots: ["incident", "unit"], words: () => gettext("waits: incident, for unit"), act: (acts, [a, b]) => acts.stack(a!, b!) },
  uq: { slots: ["incident", "unit"], words: () => gettext("waits no longer: incident, unit"), act: (acts, [a, b]) => acts.unstack(a!, b!) },
  v: { slots: ["incident", "service", "text"], words: () => gettext("service called: incident, 120 119 122, words"), act: (acts, [a, b, c]) => acts.report(a!, `services ${b} called`, c ?? "") },
  h: { slots: ["incident", "body", "text"], words: () => gettext("hand over: incident, to whom, words"), act: (acts, [a, b, c]) => acts.report(a!, `handovers ${b}`, c ?? "") },
  ag: { slots: ["incident", "text"], words: () => gettext("mediation: incident, agreement"), act: (acts, [a, b]) => acts.report(a!, "mediation yes", b!) },
  b: { slots: ["road"], words: () => gettext("close a road: street or crossing"), act: (_, [a]) => closeRoad(a!) },
  o: { slots: ["block"], words: () => gettext("open a road: its number"), act: (_, [a]) => openRoad(a!) },
  on: { slots: ["unit"], words: () => gettext("on duty: unit"), act: (acts, [a]) => acts.book(a!, true) },
  off: { slots: ["unit"], words: () => gettext("off duty: unit"), act: (acts, [a]) => acts.book(a!, false) },
};

/** Slots that take the rest of the line. */
const WHOLE: Slot[] = ["text", "place", "road"];

const OPTIONAL: Record<string, number> = { c: 1, x: 1, v: 1, h: 1 }; // how many of the last slots may stay empty

export interface Read {
  verb: Verb | null;
  args: string[]; // as the server knows them
  words: string; // what it would do, or what is missing
  ready: boolean;
}

/** What `line` means now. */
export async function read(line: string, store: Store, ended: (digits: string) => Promise<string | null>): Promise<Read> {
  const [name = "", ...rest] = line.trim().replace(/^\//, "").split(/\s+/);
  const verb = VERBS[name];
  if (!verb) return { verb: null, args: [], ready: false, words: name ? gettext("No such command: /%(name)s", { name }) : menu() };
  const args: string[] = [];
  for (const [at, slot] of verb.slots.entries()) {
    const said = WHOLE.includes(slot) ? rest.slice(at).join(" ") : (rest[at] ?? "");
    if (!said && at >= verb.slots.length - (OPTIONAL[name] ?? 0)) break;
    const found = said ? await meaning(slot, said, store, ended) : null;
    if (found === null) return { verb, args, ready: false, words: said ? unknown(slot, said) : verb.words() };
    args.push(found);
  }
  return { verb, args, ready: true, words: args.map((arg, at) => spoken(verb.slots[at]!, arg, store)).join(" · ") };
}

/** What may stand where the cursor is, for Tab; `search` is asked for what the live picture doesn't hold. */
export async function completions(line: string, store: Store, search: (slot: "ended" | "place" | "road", begun: string) => Promise<string[]>): Promise<string[]> {
  const parts = line.replace(/^\//, "").split(/\s+/);
  const verb = VERBS[parts[0] ?? ""];
  if (parts.length === 1 || !verb) return Object.keys(VERBS).filter((name) => name.startsWith(parts.at(-1) ?? "")).map((name) => `/${name} `);
  const at = Math.min(parts.length - 2, verb.slots.length - 1);
  const slot = verb.slots[at];
  const begun = slot && WHOLE.includes(slot) ? parts.slice(at + 1).join(" ") : (parts.at(-1) ?? "");
  const before = line.slice(0, line.length - begun.length);
  if (slot === "ended" || slot === "place" || slot === "road") return begun ? (await search(slot, begun)).map((choice) => `${before}${choice} `) : [];
  return choices(slot, store).filter((choice) => choice.toLowerCase().startsWith(begun.toLowerCase())).map((choice) => `${before}${choice} `);
}

function choices(slot: Slot | undefined, store: Store): string[] {
  if (slot === "incident") return [...store.incident.keys()].sort().reverse().map(short);
  if (slot === "unit") return [...store.unit.values()].map((unit) => unit.call_sign).sort();
  if (slot === "status") return Object.values(CODES).map((code) => code.toLowerCase()).filter((code) => !["of", "xx", "di"].includes(code));
  if (slot === "service" || slot === "body") return typable(bodies(slot));
  if (slot === "block") return [...store.road_block.keys()];
  return slot === "result" ? DISPOSITIONS : [];
}

async function meaning(slot: Slot, said: string, store: Store, ended: (digits: string) => Promise<string | null>): Promise<string | null> {
  if (slot === "unit") return [...store.unit.values()].find((unit) => unit.call_sign.toLowerCase() === said.toLowerCase())?.call_sign ?? null;
  if (slot === "status") return Object.entries(CODES).find(([, code]) => code === said.toUpperCase())?.[0] ?? null;
  if (slot === "result") return DISPOSITIONS.includes(said) ? said : null;
  if (slot === "service" || slot === "body") return typedBody(said, bodies(slot));
  if (slot === "block") return store.road_block.has(said) ? said : null;
  if (WHOLE.includes(slot)) return said;
  if (slot === "ended") return ended(said);
  if (store.incident.has(said)) return said;
  return [...store.incident.keys()].filter((number) => short(number) === said.padStart(4, "0")).sort().at(-1) ?? null;
}

function spoken(slot: Slot, arg: string, store: Store): string {
  if (slot === "status") return statusWord(arg);
  if (slot === "result") return disposition(arg);
  if (slot === "service" || slot === "body") return bodyWord(arg);
  if (slot === "block") return `${arg} ${store.road_block.get(arg)?.words ?? ""}`;
  if (slot !== "incident" && slot !== "ended") return arg;
  const incident = store.incident.get(arg);
  return incident ? `${short(arg)} ${kindWord(incident.kind)} ${incident.address}` : short(arg);
}

function unknown(slot: Slot, said: string): string {
  if (slot === "incident" || slot === "ended") return gettext("No incident %(said)s", { said });
  if (slot === "block") return gettext("No closed road has the number %(said)s", { said });
  if (slot === "unit") return gettext("No unit %(said)s", { said });
  if (slot === "status") return gettext("No status %(said)s: ac er os tr cl, st pa bu bk", { said });
  if (slot === "service" || slot === "body") return gettext("Nobody is called %(said)s: %(known)s", { said, known: typable(bodies(slot)).join(" ") });
  return gettext("No result %(said)s: two digits", { said });
}

const bodies = (slot: "service" | "body"): string[] => (slot === "service" ? SERVICES : HANDED_TO);

function menu(): string {
  return Object.entries(VERBS).map(([name, verb]) => `/${name} ${verb.words()}`).join("   ");
}
