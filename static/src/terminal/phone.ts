// Which device this browser is: a key of its own, by which it may report positions and nothing else.

import { get, post, Refusal, uuid } from "../rest.js";
import { keep, recall } from "./vault.js";

export interface Paired {
  profile: string;
  heard_at: string | null;
}

/** Whose terminal this is: the unit its bearer is on, and the apps that report for that unit. */
export interface Bearer {
  unit: string | null;
  call_sign: string | null;
  kind: string | null;
  paired: Paired[];
  watchers?: Watchers | null; // who looks at the unit; missing in what an older page kept
}

/** Screens that are on and people at a desk who see the unit, and who looked up where it was. */
export interface Watchers {
  screens: string[];
  desks: string[];
  looks: { who: string; what: string; at: string }[];
}

interface Key {
  device: number;
  key: string;
}

const LOOKS_MS = 60_000;
const NOBODY: Bearer = { unit: null, call_sign: null, kind: null, paired: [] };

export class Phone {
  bearer: Bearer = NOBODY;
  refused = ""; // why the station gives this browser no key, in its words
  private keys: Record<string, Key> = {}; // by user name
  private listeners: (() => void)[] = [];

  constructor(private readonly who: string) {}

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** What was known when the page was last open, then what is so now. */
  async start(): Promise<void> {
    this.keys = (await recall<Record<string, Key>>("keys")) ?? {};
    this.take((await recall<Bearer>(`bearer ${this.who}`)) ?? NOBODY);
    await this.look();
    setInterval(() => document.visibilityState === "visible" && void this.look(), LOOKS_MS);
  }

  /** Ask which unit this is; without a network what was known holds. */
  async look(): Promise<void> {
    const bearer = await get<Bearer>("terminal/").catch(() => null);
    if (!bearer) return;
    await keep(`bearer ${this.who}`, bearer);
    this.take(bearer);
    if (bearer.unit && !this.own()) await this.renew();
  }

  /** The device of whoever is signed in, null before it has been made. */
  own(): number | null {
    return this.keys[this.who]?.device ?? null;
  }

  /** The key of a device that this browser is or was, for what it still has to send. */
  keyOf(device: number): string | null {
    return Object.values(this.keys).find((one) => one.device === device)?.key ?? null;
  }

  /** A new key: there was none, or the station no longer knows it. False while it can't be had. */
  async renew(): Promise<boolean> {
    try {
      const browser = (await recall<string>("browser")) ?? uuid();
      await keep("browser", browser);
      this.keys[this.who] = await post<Key>("terminal/device/", { browser });
      await keep("keys", this.keys);
      this.refused = "";
      return true;
    } catch (refused) {
      if (!(refused instanceof Refusal)) throw refused;
      if (refused.status === 403 || refused.status === 409) this.refused = refused.message;
      return false;
    } finally {
      this.take(this.bearer);
    }
  }

  private take(bearer: Bearer): void {
    this.bearer = bearer;
    for (const listener of this.listeners) listener();
  }
}
