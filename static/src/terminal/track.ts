// Where this phone is: every position is kept first, then sent, the newest before all others, each until it was taken.

import type { Phone } from "./phone.js";
import { countFixes, dropFixes, newestFixes, putFix, type StoredFix } from "./vault.js";

const UNDER_WAY_MS = 500; // between two positions that are kept while one is sent somewhere; a phone gives one a second
const ON_PATROL_MS = 4500;
const BATCH = 50; // so many a second does the station take of one device
const PAUSE_MS = 1050;
const RETRY_MS = 1000;
const REFUSED_MS = 60_000;
const ALONE = "terminal-track"; // of several windows one watches

export interface Here {
  lat: number;
  lon: number;
  accuracy: number | null;
  at: number;
}

export type Watch = "off" | "asking" | "on" | "denied" | "unknown";

export class Track {
  here: Here | null = null;
  state: Watch = "off";
  waiting = 0;
  isUnderWay = false;
  private watching: number | null = null;
  private lastAt = 0;
  private battery: number | null = null;
  private sending = false;
  private timer = 0;
  private listeners: (() => void)[] = [];

  constructor(private readonly phone: Phone) {}

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  async start(): Promise<void> {
    this.waiting = await countFixes();
    void watchBattery((level) => (this.battery = level));
    addEventListener("online", () => this.soon());
    this.phone.onChange(() => this.watch());
    this.watch();
    this.soon();
  }

  /** Watch while its bearer is on a unit, and only then: who is off duty is nowhere. */
  private watch(): void {
    const wanted = this.phone.bearer.unit !== null && this.phone.own() !== null;
    if (wanted && this.watching === null) this.begin();
    else if (!wanted && this.watching !== null) this.end();
  }

  private begin(): void {
    this.become("asking");
    this.watching = -1;
    void navigator.locks.request(ALONE, () => {
      if (this.watching === null) return;
      const options = { enableHighAccuracy: true, maximumAge: 0, timeout: 60_000 };
      this.watching = navigator.geolocation.watchPosition((found) => void this.take(found), (lost) => this.lost(lost), options);
      return new Promise<void>((released) => (this.release = released));
    });
  }

  private release: () => void = () => undefined;

  private end(): void {
    if (this.watching !== null && this.watching >= 0) navigator.geolocation.clearWatch(this.watching);
    this.watching = null;
    this.release();
    this.become("off");
  }

  private lost(error: GeolocationPositionError): void {
    this.become(error.code === error.PERMISSION_DENIED ? "denied" : "unknown");
  }

  private async take({ coords, timestamp }: GeolocationPosition): Promise<void> {
    const at = Math.round(timestamp);
    this.here = { lat: coords.latitude, lon: coords.longitude, accuracy: coords.accuracy, at };
    this.become("on");
    const device = this.phone.own();
    if (device === null || at - this.lastAt < (this.isUnderWay ? UNDER_WAY_MS : ON_PATROL_MS)) return;
    this.lastAt = at;
    await putFix({
      device, at, time: new Date(at).toISOString(), lat: coords.latitude, lon: coords.longitude, speed: coords.speed,
      course: coords.heading !== null && Number.isFinite(coords.heading) ? coords.heading : null,
      altitude: coords.altitude, accuracy: coords.accuracy, battery: this.battery,
    }); // prettier-ignore
    await this.count();
    this.soon();
  }

  /** Try at once. */
  soon(): void {
    clearTimeout(this.timer);
    if (!this.sending) void this.send();
  }

  /** Send the newest, then what is older, until nothing waits or nobody answers. */
  private async send(): Promise<void> {
    this.sending = true;
    let wait = 0;
    while (!wait) {
      const fixes = await newestFixes(BATCH);
      if (!fixes.length) break;
      wait = await this.deliver(fixes);
      await this.count();
      if (!wait && this.waiting) await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
    this.sending = false;
    if (wait) this.timer = window.setTimeout(() => this.soon(), wait);
  }

  /** 0 when these were taken, else the ms after which to try again. */
  private async deliver(fixes: StoredFix[]): Promise<number> {
    const device = fixes[0]!.device;
    const key = this.phone.keyOf(device);
    if (!key) return this.stray(fixes);
    const answer = await fetch("/fixes/", {
      method: "POST",
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
      body: JSON.stringify(fixes.map(({ device: _, at: __, ...fix }) => fix)),
      signal: AbortSignal.timeout(10_000),
      credentials: "omit",
    }).catch(() => null);
    if (answer?.ok) {
      await dropFixes(fixes);
      return 0;
    }
    if (answer?.status === 401 && device === this.phone.own()) return this.unknown();
    return answer?.status === 401 ? this.stray(fixes) : answer?.status === 429 ? PAUSE_MS : RETRY_MS;
  }

  /** The station does not know the key any more: it may give another, unless somebody took it away on purpose. */
  private async unknown(): Promise<number> {
    if (await this.phone.renew()) return 1;
    return this.phone.refused ? REFUSED_MS : RETRY_MS;
  }

  /** Positions of a device whose key was taken away can go nowhere: they would only stand in the way of the others. */
  private async stray(fixes: StoredFix[]): Promise<number> {
    await dropFixes(fixes);
    return 0;
  }

  private async count(): Promise<void> {
    this.waiting = await countFixes();
    this.tell();
  }

  private become(state: Watch): void {
    this.state = state;
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

interface Battery extends EventTarget {
  level: number; // 0..1
}

/** Tell the battery's level now and whenever it changes, where the browser knows it. */
async function watchBattery(tell: (level: number) => void): Promise<void> {
  const known = (navigator as unknown as { getBattery?: () => Promise<Battery> }).getBattery;
  const battery = await known?.call(navigator).catch(() => null);
  if (!battery) return;
  tell(battery.level);
  battery.addEventListener("levelchange", () => tell(battery.level));
}
