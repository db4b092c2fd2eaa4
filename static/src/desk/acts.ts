// What a dispatcher does, each as one request, told in words with a short tone, and undone within 10 s where that can be.

import { elapsed, short } from "../format.js";
import { gettext } from "../i18n.js";
import { get, patch, post, Refusal } from "../rest.js";
import type { Sound } from "../sound.js";
import type { Store } from "../store.js";
import type { IncidentPayload, UnitPayload } from "../topics.js";
import { disposition, statusWord } from "../words.js";
import type { Place } from "./draft.js";

const UNDO_MS = 10_000;
const STEPS = ["accepted", "en_route", "on_scene", "transporting", "cleared", "cancelled"];

export interface Done {
  words: string;
  undo?: () => Promise<unknown>;
}

interface Last extends Done {
  at: number;
}

export class Acts {
  last: Last | null = null;
  private listeners: ((words: string, ok: boolean) => void)[] = [];

  constructor(
    private readonly store: Store,
    private readonly sound: Sound,
  ) {}

  /** Call `listener` with what was done or refused, in words. */
  onSaid(listener: (words: string, ok: boolean) => void): void {
    this.listeners.push(listener);
  }

  /** Do something; true when it was done. What was refused is said. */
  async run(act: () => Promise<Done>): Promise<boolean> {
    try {
      const done = await act();
      this.last = { ...done, at: Date.now() };
      this.say(done.words, true);
      return true;
    } catch (refused) {
      this.refuse(refused);
      return false;
    }
  }

  refuse(refused: unknown): void {
    if (!(refused instanceof Refusal)) console.error(refused);
    this.say(refused instanceof Error ? refused.message : String(refused), false);
  }

  say(words: string, ok: boolean): void {
    if (ok) this.sound.done();
    else this.sound.refused();
    for (const listener of this.listeners) listener(words, ok);
  }

  /** Seconds in which the last thing may still be undone, 0 when not. */
  undoable(): number {
    if (!this.last?.undo) return 0;
    return Math.max(0, Math.ceil((this.last.at + UNDO_MS - Date.now()) / 1000));
  }

  async undo(): Promise<void> {
    const last = this.last;
    if (!last?.undo || !this.undoable()) return this.say(gettext("There is nothing to undo."), false);
    this.last = null;
    await this.run(async () => {
      await last.undo?.();
      return { words: gettext("Undone: %(what)s", { what: last.words }) };
    });
  }

  /** Send a unit; `shown` is the list it was chosen from, which is frozen with the incident. */
  assign = async (number: string, unit: string, shown = ""): Promise<Done> => {
    await post(`incidents/${number}/assignments/`, shown ? { unit, shown } : { unit });
    const undo = () => patch(`incidents/${number}/assignments/${encodeURIComponent(unit)}/`, { status: "cancelled" });
    return { words: gettext("%(unit)s sent to %(number)s", { unit, number: short(number) }), undo };
  };

  /** Set a unit's status: a step of its assignment, or what it does while it has none. */
  status = async (call: string, status: string): Promise<Done> => {
    const known = this.unit(call);
    // asked, not taken from the live picture: that may be a moment behind what was just done here
    const unit = await get<UnitPayload>(`units/${encodeURIComponent(known.call_sign)}/?station=${known.station}`);
    const words = `${unit.call_sign} ${statusWord(status)}`;
    if (unit.incident && STEPS.includes(status)) {
      const path = `incidents/${unit.incident}/assignments/${encodeURIComponent(unit.call_sign)}/`;
      await patch(path, { status });
      return { words: `${words} · ${short(unit.incident)}`, undo: () => post(`${path}take_back/`, { status }) };
    }
    if (STEPS.includes(status)) throw new Error(gettext("%(unit)s has no incident.", { unit: unit.call_sign }));
    const before = unit.status;
    await patch(`units/${encodeURIComponent(unit.call_sign)}/`, { status });
    return { words, undo: () => patch(`units/${encodeURIComponent(unit.call_sign)}/`, { status: before }) };
  };

  acknowledge = async (number: string): Promise<Done> => {
    await post(`incidents/${number}/acknowledge/`);
    return { words: gettext("%(number)s acknowledged", { number: short(number) }) };
  };

  note = async (number: string, text: string): Promise<Done> => {
    await post(`incidents/${number}/log/`, { text });
    return { words: gettext("Noted in %(number)s", { number: short(number) }) };
  };

  tick = async (number: string, line: number, done: boolean): Promise<Done> => {
    const path = `incidents/${number}/checklist/${line}/`;
    await patch(path, { done });
    const words = done ? gettext("Ticked in %(number)s", { number: short(number) }) : gettext("Not ticked any more in %(number)s", { number: short(number) });
    return { words, undo: () => patch(path, { done: !done }) };
  };

  close = async (number: string, code: string, text = ""): Promise<Done> => {
    await post(`incidents/${number}/close/`, text ? { disposition: code, text } : { disposition: code });
    const words = gettext("%(number)s closed: %(result)s", { number: short(number), result: disposition(code) });
    return { words, undo: () => post(`incidents/${number}/take_back_end/`) };
  };

  cancel = async (number: string, text = ""): Promise<Done> => {
    await post(`incidents/${number}/cancel/`, text ? { text } : {});
    return { words: gettext("%(number)s cancelled", { number: short(number) }), undo: () => post(`incidents/${number}/take_back_end/`) };
  };

  reopen = async (number: string): Promise<Done> => {
    await post(`incidents/${number}/reopen/`);
    return { words: gettext("%(number)s reopened", { number: short(number) }) };
  };

  /** Change an incident; `before` is what stood there, and what an undo writes again. */
  amend = async (number: string, changes: Record<string, unknown>, before: Record<string, unknown> = {}): Promise<Done> => {
    await patch(`incidents/${number}/`, changes);
    const old = Object.fromEntries(Object.keys(changes).map((name) => [name, before[name]]));
    const words = gettext("%(number)s changed", { number: short(number) });
    return Object.values(old).includes(undefined) ? { words } : { words, undo: () => patch(`incidents/${number}/`, old) };
  };

  move = async (incident: { number: string; lat: number; lon: number; address: string }, place: Place): Promise<Done> => {
    const { number, lat, lon, address } = incident;
    await patch(`incidents/${number}/`, place);
    const words = gettext("%(number)s moved: %(place)s", { number: short(number), place: place.address || gettext("pin on the map") });
    return { words, undo: () => patch(`incidents/${number}/`, { lat, lon, address }) };
  };

  /** Move an incident to the place that the search finds first for `words`. */
  moveTo = async (number: string, words: string): Promise<Done> => {
    const incident = await get<IncidentPayload>(`incidents/${number}/`);
    const near = `lat=${incident.lat.toFixed(5)}&lon=${incident.lon.toFixed(5)}`;
    const found = await get<{ results: { name: string; lat: number; lon: number }[] }>(`places/?q=${encodeURIComponent(words)}&limit=1&${near}`);
    const hit = found.results[0];
    if (!hit) throw new Error(gettext("Nothing of that name is on the map."));
    return this.move(incident, { lat: hit.lat, lon: hit.lon, address: hit.name });
  };

  merge = async (number: string, into: string): Promise<Done> => {
    await post(`incidents/${number}/merge/`, { into });
    const words = gettext("%(number)s is a double of %(into)s", { number: short(number), into: short(into) });
    return { words, undo: () => post(`incidents/${number}/unmerge/`) };
  };

  stack = async (number: string, unit: string): Promise<Done> => {
    await post(`incidents/${number}/stack/`, { unit });
    return { words: gettext("%(number)s waits for %(unit)s", { number: short(number), unit }), undo: () => post(`incidents/${number}/unstack/`, { unit }) };
  };

  unstack = async (number: string, unit: string): Promise<Done> => {
    await post(`incidents/${number}/unstack/`, { unit });
    return { words: gettext("%(number)s waits for %(unit)s no longer", { number: short(number), unit }), undo: () => post(`incidents/${number}/stack/`, { unit }) };
  };

  /** Tell what was done besides; `what` is "services ambulance called", "handovers court", "mediation yes". */
  report = async (number: string, what: string, text: string): Promise<Done> => {
    const [door = "", which = "", step = ""] = what.split(" ");
    const said: Record<string, unknown> = { services: { service: which, step }, handovers: { to: which }, mediation: { agreed: which === "yes" } };
    await post(`incidents/${number}/${door}/`, { ...(said[door] as object), ...(text ? { text } : {}) });
    return { words: gettext("Noted in %(number)s", { number: short(number) }) };
  };

  book = async (call: string, on: boolean): Promise<Done> => {
    const path = `units/${encodeURIComponent(call)}/`;
    await post(`${path}book_${on ? "on" : "off"}/`);
    const words = on ? gettext("%(unit)s is on duty", { unit: call }) : gettext("%(unit)s is off duty", { unit: call });
    return on ? { words, undo: () => post(`${path}book_off/`) } : { words };
  };

  alarm = async (id: number): Promise<Done> => {
    const alarm = this.store.alarm.get(String(id));
    await post(`alarms/${id}/acknowledge/`);
    return { words: gettext("Alarm acknowledged after %(time)s", { time: alarm ? elapsed(Date.now() - Date.parse(alarm.raised_at)) : "–" }) };
  };

  private unit(call: string) {
    const found = [...this.store.unit.values()].find((unit) => unit.call_sign === call);
    if (!found) throw new Error(gettext("There is no unit %(unit)s.", { unit: call }));
    return found;
  }
}
