// What was done on this phone, on its way to the station: kept before anything else, sent one after the other, each once.

import { gettext } from "../i18n.js";
import { patch, post, postPhoto, Refusal, uuid } from "../rest.js";
import { allActs, dropActs, photoOf, putAct, putActs, type StoredAct } from "./vault.js";

const WAITS_MS = [1000, 2000, 5000, 10_000]; // between attempts while there is no network
const FIRST = ["sos"]; // these go before all that waits
const LAST = ["photo"]; // these take long: words and statuses do not wait for them
const ALONE = "terminal-outbox"; // two windows of one browser send in turn

export interface Act {
  what: string;
  method: "POST" | "PATCH";
  path: string;
  body?: Record<string, unknown>;
  subject?: string;
}

export class Outbox {
  acts: StoredAct[] = [];
  private listeners: (() => void)[] = [];
  private sending = false;
  private failed = 0;
  private timer = 0;
  private carrying: AbortController | null = null; // calls off the photo that is under way
  private taken: ((act: StoredAct, answer: unknown) => void)[] = [];

  constructor(private readonly who: string) {}

  /** Call `listener` whenever something is added, sent or refused. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Call `listener` when the station has taken something, with its answer. */
  onTaken(listener: (act: StoredAct, answer: unknown) => void): void {
    this.taken.push(listener);
  }

  async start(): Promise<void> {
    this.acts = await allActs();
    this.tell();
    addEventListener("online", () => this.soon());
    this.soon();
  }

  /** Keep an act and send it; returns once it is kept. */
  async add(act: Act): Promise<StoredAct> {
    const made = this.made(act);
    await this.keep([made], new Map());
    return made;
  }

  /** Keep a note with photos, all or nothing; the words go first, each photo by itself after all else that waits. */
  async addNote(note: Act, photos: ArrayBuffer[]): Promise<void> {
    const keys = photos.map(() => uuid());
    const body = keys.length ? { ...note.body, photos: keys } : { ...note.body };
    const words = this.made({ ...note, body });
    const carried = keys.map((key, at) => ({
      ...this.made({ what: "photo", method: "POST", path: `photos/${key}/`, subject: words.subject }),
      order: words.order + at + 1,
      after: words.id,
    }));
    await this.keep([words, ...carried], new Map(carried.map((act, at) => [act.id, photos[at]!])));
  }

  private made(act: Act): StoredAct {
    const last = this.acts.at(-1)?.order ?? 0;
    return { body: {}, subject: "", ...act, id: uuid(), order: Math.max(Date.now(), last + 1), who: this.who };
  }

  private async keep(acts: StoredAct[], photos: Map<string, ArrayBuffer>): Promise<void> {
    await putActs(acts, photos);
    this.acts.push(...acts);
    this.tell();
    if (acts.some((act) => !LAST.includes(act.what))) this.carrying?.abort();
    this.soon();
  }

  /** What waits to be sent by the person signed in. */
  waiting(): StoredAct[] {
    return this.acts.filter((act) => act.who === this.who && act.refused === undefined);
  }

  /** What the station will not take; it stays until the person has read why. */
  refused(): StoredAct[] {
    return this.acts.filter((act) => act.who === this.who && act.refused !== undefined);
  }

  /** How many acts of somebody else wait until they sign in here again. */
  ofOthers(): number {
    return this.acts.filter((act) => act.who !== this.who).length;
  }

  /** Forget what was refused, and the photos of a note that was. */
  async dismiss(id: string): Promise<void> {
    await this.drop(...this.acts.filter((act) => act.id === id || act.after === id).map((act) => act.id));
  }

  /** Try at once; called when there is reason to believe that the network is back. */
  soon(): void {
    clearTimeout(this.timer);
    if (!this.sending) void this.send();
  }

  private async send(): Promise<void> {
    this.sending = true;
    try {
      await navigator.locks.request(ALONE, async () => {
        for (let act = this.next(); act; act = this.next()) if (!(await this.deliver(act))) break;
      });
    } finally {
      this.sending = false;
      if (this.next()) this.timer = window.setTimeout(() => this.soon(), this.pause());
    }
  }

  /** Ms until the next attempt; an SOS is tried every second. */
  private pause(): number {
    const isUrgent = FIRST.includes(this.next()?.what ?? "");
    return isUrgent ? WAITS_MS[0]! : (WAITS_MS[Math.min(this.failed, WAITS_MS.length) - 1] ?? WAITS_MS[0]!);
  }

  private next(): StoredAct | undefined {
    const waiting = this.waiting();
    const isLast = (act: StoredAct) => LAST.includes(act.what);
    const urgent = waiting.find((act) => FIRST.includes(act.what)) ?? waiting.find((act) => !isLast(act));
    return urgent ?? waiting.find((act) => !this.acts.some((note) => note.id === act.after));
  }

  /** Whether the next may follow: this one was taken, or never will be. */
  private async deliver(act: StoredAct): Promise<boolean> {
    try {
      const answer = act.what === "photo" ? await this.carry(act) : act.method === "POST" ? await post(act.path, act.body, act.id) : await patch(act.path, act.body);
      this.failed = 0;
      await this.drop(act.id);
      for (const listener of this.taken) listener(act, answer);
      return true;
    } catch (refused) {
      return this.refuse(act, refused);
    }
  }

  /** Send a photo's bytes; whatever else is done meanwhile goes before it. */
  private async carry(act: StoredAct): Promise<void> {
    const photo = await photoOf(act.id);
    if (!photo) throw new Refusal(410, "photo_lost", gettext("This phone no longer has the photo."), {}, {});
    this.carrying = new AbortController();
    try {
      await postPhoto(act.path, photo, act.id, this.carrying.signal);
    } finally {
      this.carrying = null;
    }
  }

  private async refuse(act: StoredAct, refused: unknown): Promise<boolean> {
    if (!(refused instanceof Refusal) || isPassing(refused.status)) {
      if (act.what === "photo" && this.next() !== act) return true; // something else came and goes first
      this.failed += 1;
      return false;
    }
    if (SILENT.includes(act.what)) await this.drop(act.id);
    else {
      act.refused = refused.message || gettext("The server refused (%(status)s).", { status: refused.status });
      await putAct(act);
      this.tell();
    }
    return true;
  }

  private async drop(...ids: string[]): Promise<void> {
    await dropActs(ids);
    this.acts = this.acts.filter((act) => !ids.includes(act.id));
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

const SILENT = ["delivered", "seen"]; // nobody did these by hand, so nobody is told that they came too late

/** Whether the same request may be taken later: no network, the server is away, too many at once, signed out, locked. */
function isPassing(status: number): boolean {
  return status === 0 || status === 401 || status === 408 || status === 429 || status >= 500;
}
