// What is known now: a map per topic and the newest position of each device. Applying a thing twice does no harm.

import type { FixRow, Topics } from "./topics.js";

export type Topic = keyof Topics;
export type Fixes = Map<number, Fix>;

/** A device's newest position: `at` Unix ms, speed m/s, course degrees, accuracy m. */
export interface Fix {
  device: number;
  at: number;
  lat: number;
  lon: number;
  speed: number | null;
  course: number | null;
  accuracy: number | null;
}

const KEYS: { [T in Topic]: (payload: Topics[T]) => string } = {
  station: (payload) => payload.code,
  incident: (payload) => payload.number,
  unit: (payload) => `${payload.station}/${payload.call_sign}`,
  alarm: (payload) => String(payload.id),
  call_for_help: (payload) => String(payload.id),
  errand: (payload) => String(payload.id),
  road_block: (payload) => String(payload.id),
  kind: (payload) => payload.slug,
  camera: (payload) => String(payload.id),
  picture: (payload) => String(payload.id),
  log: (payload) => String(payload.id),
  order: (payload) => String(payload.id),
};
const LOG_LIMIT = 200;

export type Listener = () => void;

export class Store {
  readonly station = new Map<string, Topics["station"]>();
  readonly incident = new Map<string, Topics["incident"]>();
  readonly unit = new Map<string, Topics["unit"]>();
  readonly alarm = new Map<string, Topics["alarm"]>();
  readonly call_for_help = new Map<string, Topics["call_for_help"]>();
  readonly errand = new Map<string, Topics["errand"]>();
  readonly road_block = new Map<string, Topics["road_block"]>();
  readonly kind = new Map<string, Topics["kind"]>();
  readonly camera = new Map<string, Topics["camera"]>();
  readonly picture = new Map<string, Topics["picture"]>();
  readonly log = new Map<string, Topics["log"]>();
  readonly order = new Map<string, Topics["order"]>();
  readonly fixes: Fixes = new Map();
  private listeners: { names: Set<string>; listener: Listener }[] = [];
  private arrivals: ((incident: Topics["incident"]) => void)[] = [];

  /** Call `listener` after each change of one of the topics, or of "fixes". */
  on(names: (Topic | "fixes")[], listener: Listener): void {
    this.listeners.push({ names: new Set(names), listener });
  }

  /** Call `listener` for each incident that was not there before and didn't come with a first snapshot. */
  onNewIncident(listener: (incident: Topics["incident"]) => void): void {
    this.arrivals.push(listener);
  }

  /** Replace everything by a snapshot. */
  replace(topics: Partial<{ [T in Topic]: Topics[T][] }>, rows: FixRow[]): void {
    const before = new Set(this.incident.keys());
    const first = this.station.size === 0;
    for (const topic of Object.keys(KEYS) as Topic[]) {
      this[topic].clear();
      for (const payload of topics[topic] ?? []) this.put(topic, payload);
    }
    this.fixes.clear();
    this.take(rows);
    this.tell([...(Object.keys(KEYS) as Topic[]), "fixes"]);
    if (!first) for (const [number, incident] of this.incident) if (!before.has(number)) this.arrived(incident);
  }

  /** Apply what is newer: a payload is the state now, null means gone. */
  apply(items: { topic: string; id: string | number; payload: unknown }[]): void {
    const changed = new Set<Topic>();
    for (const { topic, id, payload } of items) {
      if (!(topic in KEYS)) continue;
      changed.add(topic as Topic);
      if (payload === null) this[topic as Topic].delete(String(id));
      else this.put(topic as Topic, payload as Topics[Topic], true);
    }
    this.tell([...changed]);
  }

  /** Take positions; an older one never replaces a newer one. */
  take(rows: FixRow[]): void {
    for (const [device, at, lat, lon, speed, course, accuracy] of rows) {
      const known = this.fixes.get(device);
      if (!known || known.at <= at) this.fixes.set(device, { device, at, lat, lon, speed, course, accuracy });
    }
    if (rows.length) this.tell(["fixes"]);
  }

  /** The newest position of any of the devices. */
  newest(devices: number[]): Fix | null {
    let found: Fix | null = null;
    for (const device of devices) {
      const fix = this.fixes.get(device);
      if (fix && (!found || fix.at > found.at)) found = fix;
    }
    return found;
  }

  private put<T extends Topic>(topic: T, payload: Topics[T], isNews = false): void {
    const map = this[topic] as unknown as Map<string, Topics[T]>;
    const key = KEYS[topic](payload);
    const isNew = !map.has(key);
    map.set(key, payload);
    if (topic === "log") this.trimLog();
    if (topic === "incident" && isNew && isNews) this.arrived(payload as Topics["incident"]);
  }

  private trimLog(): void {
    if (this.log.size <= LOG_LIMIT) return;
    const oldest = Math.min(...[...this.log.keys()].map(Number));
    this.log.delete(String(oldest));
  }

  private arrived(incident: Topics["incident"]): void {
    for (const listener of this.arrivals) listener(incident);
  }

  private tell(names: (Topic | "fixes")[]): void {
    for (const { names: wanted, listener } of this.listeners) if (names.some((name) => wanted.has(name))) listener();
  }
}
