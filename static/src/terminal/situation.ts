// What concerns whoever carries this phone: their unit, the incident it is sent to, the order, the way there. Kept for when there is no network.

import { soon } from "../dom.js";
import { isChinese } from "../config.js";
import type { Live } from "../live.js";
import { get, isPassing } from "../rest.js";
import type { IncidentPayload, OrderPayload, UnitPayload } from "../topics.js";
import { metres } from "../units.js";
import { unitKey } from "../units.js";
import type { Outbox } from "./outbox.js";
import type { Phone } from "./phone.js";
import type { Track } from "./track.js";
import { keep, recall } from "./vault.js";
import type { Detail, Route } from "./wire.js";

const AGAIN_MS = 3000; // after a question that was lost
const NEW_WAY_M = 150; // from where the way began, beyond which it is asked for anew
const STEPS = ["dispatched", "accepted", "en_route", "on_scene", "transporting", "cleared"];
const DONE: Record<string, string> = { accept: "accepted", go: "en_route" };

export interface Known {
  unit: UnitPayload | null;
  incident: IncidentPayload | null;
  order: OrderPayload | null;
  detail: Detail | null;
  route: Route | null;
  readAt: number; // when the detail was read, Unix ms by the station's clock; 0 for never
}

const NOTHING: Known = { unit: null, incident: null, order: null, detail: null, route: null, readAt: 0 };

export class Situation {
  known: Known = NOTHING;
  private isHeard = false; // whether the live picture has come since the page was opened
  private began: { lat: number; lon: number } | null = null; // where the way begins that is shown
  private read: [IncidentPayload | null, string] = [null, ""]; // what the detail was last asked for
  private asked = 0; // how often that was, and which of these is shown: a slow answer must not take the place of a newer one
  private drawn = 0;
  private listeners: (() => void)[] = [];
  private readonly draw = soon(() => this.look());

  constructor(
    private readonly live: Live,
    private readonly phone: Phone,
    private readonly outbox: Outbox,
    private readonly track: Track,
    private readonly who: string,
  ) {}

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  async start(): Promise<void> {
    this.known = (await recall<Known>(`known ${this.who}`)) ?? NOTHING;
    this.track.isUnderWay = this.known.incident !== null;
    this.live.store.on(["unit", "incident", "order", "log"], () => this.draw());
    this.live.store.on(["unit"], () => this.crewChanged());
    this.phone.onChange(() => this.draw());
    this.outbox.onChange(() => this.tell());
    this.track.onChange(() => void this.way());
    this.tell();
  }

  /** How far one is, as far as this phone knows: what waits to be sent counts. */
  status(): string {
    const { incident, unit } = this.known;
    const steps = this.outbox.waiting().filter((act) => act.subject === (incident?.number ?? ""));
    const last = steps.map((act) => DONE[act.what] ?? (act.what === "status" ? String(act.body.status) : "")).filter(Boolean).at(-1);
    return last ?? unit?.status ?? "off_duty";
  }

  /** Whether a step of an assignment may follow what is so now. */
  mayStep(to: string): boolean {
    return STEPS.indexOf(to) > STEPS.indexOf(this.status());
  }

  private crew = "";

  /** Who is on which unit has changed: perhaps one's own unit has. */
  private crewChanged(): void {
    const crew = [...this.live.store.unit.values()].map((unit) => `${unitKey(unit)} ${unit.crew.join()}`).join(";");
    if (crew === this.crew) return;
    this.crew = crew;
    void this.phone.look();
  }

  /** Take what the live picture says now, if it has come at all. */
  private look(): void {
    const { store } = this.live;
    this.isHeard ||= store.station.size > 0 || store.unit.size > 0;
    if (!this.isHeard) return;
    const unit = store.unit.get(this.phone.bearer.unit ?? "") ?? null;
    const incident = store.incident.get(unit?.incident ?? "") ?? null;
    const same = incident?.number === this.known.incident?.number;
    const { detail, route, readAt } = same ? this.known : NOTHING;
    const order = this.orderOf(unit, incident);
    const told = this.known.order?.way_at; // the station has looked for the way again: a road was closed, or traffic is another
    if (!same || (told && order?.way_at !== told)) this.began = null;
    this.known = { unit, incident, order, detail, route, readAt };
    this.track.isUnderWay = incident !== null;
    void this.detail();
    void this.way();
    this.changed();
  }

  /** The newest order of one's unit for what it is sent to; a recalled one while it is not sent anywhere else. */
  private orderOf(unit: UnitPayload | null, incident: IncidentPayload | null): OrderPayload | null {
    const own = [...this.live.store.order.values()].filter((one) => one.unit === unit?.call_sign && one.station === unit.station);
    return own.filter((one) => (incident ? one.incident === incident.number : one.recalled)).sort((a, b) => b.id - a.id)[0] ?? null;
  }

  /** The caller, all facts, the checklist, the briefing and the photos stand in the incident itself. It is read again with
   * each news of it, even where the payload is the same: what is known of its place may have changed. */
  private async detail(): Promise<void> {
    const { incident } = this.known;
    const photos = this.photos(incident);
    if (!incident || (this.read[0] === incident && this.read[1] === photos)) return;
    const mine = ++this.asked;
    this.read = [incident, photos];
    try {
      const detail = await get<Detail>(`incidents/${incident.number}/`);
      if (mine < this.drawn || this.known.incident?.number !== detail.number) return;
      this.drawn = mine;
      this.change({ detail, readAt: this.live.clock.now() });
    } catch (lost) {
      if (mine !== this.asked) return;
      this.read = [null, ""];
      if (isPassing(lost)) setTimeout(() => mine === this.asked && void this.detail(), AGAIN_MS);
    }
  }

  /** Which photos its notes have, as the live picture tells. */
  private photos(incident: IncidentPayload | null): string {
    const entries = [...this.live.store.log.values()].filter((entry) => entry.incident === incident?.number);
    return entries.flatMap((entry) => entry.photos.map((photo) => `${photo.key} ${photo.state}`)).join();
  }

  /** The way there by road, asked for when it begins somewhere else than where one is. */
  private async way(): Promise<void> {
    const [{ incident }, { here }] = [this.known, this.track];
    const isGoing = incident && ["dispatched", "accepted", "en_route"].includes(this.status());
    if (!incident || !here || !isGoing || (this.began && metres(this.began, here) < NEW_WAY_M)) return;
    this.began = here;
    const lang = isChinese() ? "zh-hans" : "en";
    const mode = this.known.unit?.kind === "foot" ? "foot" : "car";
    const asked = `route/?from=${here.lon},${here.lat}&to=${incident.lon},${incident.lat}&lang=${lang}&mode=${mode}`;
    const route = await get<Route>(asked).catch(() => null);
    if (this.known.incident?.number === incident.number) this.change({ route });
  }

  private change(part: Partial<Known>): void {
    this.known = { ...this.known, ...part };
    this.changed();
  }

  private changed(): void {
    void keep(`known ${this.who}`, this.known);
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
