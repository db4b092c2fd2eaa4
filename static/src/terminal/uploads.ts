// Films on their way from this phone to the station: piece by piece, from where it broke off, and forgotten here only when the
// station has found them to be what was counted.

import { gettext } from "../i18n.js";
import { patchBytes, post, Refusal } from "../rest.js";
import { allFilms, bytesOf, dropFilm, type Film, sha256 } from "./films.js";
import { finish, lockOf } from "./keeper.js";

const PIECE = 256 * 1024; // bytes: other requests of this phone come in between
const WAITS_MS = [2000, 5000, 15_000, 60_000]; // between attempts
const ALONE = "terminal-films"; // two windows of one browser send in turn

interface Told {
  state: "receiving" | "kept";
  received: number;
  sha256: string;
}

export class Uploads {
  films: Film[] = [];
  under: { film: Film; sent: number } | null = null; // what is on its way, and how much of it is there
  refused = new Map<string, string>(); // films that the station will not take as they are, with its words; asked again by the next page
  private isHeld = false;
  private sending = false;
  private failed = 0;
  private timer = 0;
  private carrying: AbortController | null = null;
  private listeners: (() => void)[] = [];

  constructor(private readonly who: string) {}

  /** Call `listener` whenever a film is there, on its way or gone. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Take up what an earlier page left. */
  async start(): Promise<void> {
    addEventListener("online", () => this.soon());
    for (const film of await allFilms())
      if (!film.sha256) await navigator.locks.request(lockOf(film), { ifAvailable: true }, (lock) => (lock ? finish(film) : undefined));
    await this.look();
    this.soon();
  }

  /** Something was kept: count anew. */
  async look(): Promise<void> {
    this.films = await allFilms();
    for (const listener of this.listeners) listener();
  }

  /** Send nothing for now: the picture that the room sees goes first. */
  hold(): void {
    this.isHeld = true;
    this.carrying?.abort();
  }

  /** Send again what waits. */
  release(): void {
    this.isHeld = false;
    this.soon();
  }

  /** Try at once; called when there is reason to believe that the network is back. */
  soon(): void {
    clearTimeout(this.timer);
    if (!this.sending && !this.isHeld) void this.send();
  }

  /** What waits of the person signed in. */
  waiting(): Film[] {
    return this.films.filter((film) => film.who === this.who);
  }

  /** Bytes that wait, those under way counted as far as they have not arrived. */
  bytes(): number {
    return this.waiting().reduce((sum, film) => sum + film.bytes, 0) - (this.under?.sent ?? 0);
  }

  private next(): Film | undefined {
    return this.waiting().find((film) => film.sha256 && !this.refused.has(film.id));
  }

  private async send(): Promise<void> {
    this.sending = true;
    try {
      await navigator.locks.request(ALONE, async () => {
        await this.look(); // another window may have sent some
        for (let film = this.next(); film && !this.isHeld; film = this.next()) if (!(await this.deliver(film))) break;
      });
    } finally {
      this.sending = false;
      if (this.next() && !this.isHeld) this.timer = window.setTimeout(() => this.soon(), WAITS_MS[Math.min(this.failed, WAITS_MS.length) - 1] ?? 0);
    }
  }

  /** Whether the next may follow: this one is there, or never will be as it is. */
  private async deliver(film: Film): Promise<boolean> {
    try {
      await this.carry(film);
      this.failed = 0;
    } catch (lost) {
      if (!(lost instanceof Refusal) || isPassing(lost)) {
        this.failed += 1;
        return false;
      }
      this.refused.set(film.id, lost.message);
    } finally {
      this.under = this.carrying = null;
      await this.look();
    }
    return true;
  }

  private async carry(film: Film): Promise<void> {
    const bytes = await bytesOf(film);
    const carrying = (this.carrying = new AbortController());
    let told = await this.announce(film);
    for (let spoilt = 0; told.state === "receiving"; ) {
      this.tell(film, told.received);
      const piece = bytes.slice(told.received, told.received + PIECE);
      const answer = await patchBytes<Told>(`kept/${film.id}/?offset=${told.received}`, piece, carrying.signal).catch((lost: unknown) => lost as Refusal);
      if (!(answer instanceof Error)) told = answer;
      else if (answer.status === 409) told = await this.announce(film);
      else if (answer.code === "other_hash" && spoilt++ < 1 && (await sha256(bytes)) === film.sha256) told = await this.announce(film);
      else throw answer.code === "other_hash" ? new Refusal(410, "spoilt", gettext("What this phone kept is damaged."), {}, {}) : answer;
    }
    if (told.sha256 !== film.sha256) throw new Refusal(410, "other_hash", gettext("The station has another film under this name."), {}, {});
    await dropFilm(film.id);
  }

  private announce(film: Film): Promise<Told> {
    const { id, began, ended, bytes, sha256, type, incident } = film;
    const times = { began_at: iso(began), ended_at: iso(ended), sending_at: iso(Date.now()) };
    return post<Told>("kept/", { key: id, ...times, size: bytes, sha256, type: type || "video/webm", incident });
  }

  private tell(film: Film, sent: number): void {
    this.under = { film, sent };
    for (const listener of this.listeners) listener();
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** Whether the same film may be taken later: no network, called off, the station is away or full, signed out, locked. */
const isPassing = ({ status }: Refusal): boolean => status === 0 || status === 401 || status === 408 || status === 429 || status >= 500;
