// What an officer does with a thumb: each is kept first and sent when it can be.

import { gettext } from "../i18n.js";
import { short } from "../format.js";
import type { StoredAct } from "./vault.js";
import { statusWord } from "../words.js";
import type { Outbox } from "./outbox.js";
import type { Situation } from "./situation.js";
import type { Here, Track } from "./track.js";

const STEPS = ["accepted", "en_route", "on_scene", "transporting", "cleared"];

export class Acts {
  constructor(
    private readonly outbox: Outbox,
    private readonly situation: Situation,
    private readonly track: Track,
  ) {}

  /** The order has come to this phone, or somebody has looked at it. */
  told(what: "delivered" | "seen", order: number): void {
    void this.outbox.add({ what, method: "POST", path: `orders/${order}/${what}/` });
  }

  go(): void {
    const { order, incident } = this.situation.known;
    if (!incident) return;
    if (order) void this.outbox.add({ what: "go", method: "POST", path: `orders/${order.id}/go/`, body: now(), subject: incident.number });
    else this.status("en_route");
  }

  status(status: string): void {
    const { unit, incident, order } = this.situation.known;
    if (!unit) return;
    const sign = encodeURIComponent(unit.call_sign);
    if (!incident || !STEPS.includes(status)) {
      void this.outbox.add({ what: "status", method: "PATCH", path: `units/${sign}/?station=${unit.station}`, body: { status, ...now() } });
    } else if (status === "accepted" && order) {
      void this.outbox.add({ what: "accept", method: "POST", path: `orders/${order.id}/accept/`, body: now(), subject: incident.number });
    } else {
      const path = `incidents/${incident.number}/assignments/${sign}/`;
      void this.outbox.add({ what: "status", method: "PATCH", path, body: { status, ...now() }, subject: incident.number });
    }
  }

  /** Note words and photos; returns once they are kept on this phone. */
  async note(text: string, photos: ArrayBuffer[] = []): Promise<void> {
    const { incident } = this.situation.known;
    if (!incident) return;
    const act = { what: "note", method: "POST" as const, path: `incidents/${incident.number}/log/`, body: { text }, subject: incident.number };
    await this.outbox.addNote(act, photos);
  }

  tick(line: number, done: boolean): void {
    const { incident } = this.situation.known;
    const path = `incidents/${incident?.number}/checklist/${line}/`;
    if (incident) void this.outbox.add({ what: "tick", method: "PATCH", path, body: { done }, subject: incident.number });
  }

  help(text: string, units: number): void {
    const body = { ...place(this.track.here), ...(text ? { text } : {}), ...(units ? { units } : {}) };
    void this.outbox.add({ what: "help", method: "POST", path: "help/", body });
  }

  sos(): void {
    void this.outbox.add({ what: "sos", method: "POST", path: "sos/", body: place(this.track.here) });
  }
}

/** When it was touched, by this phone's clock: it may be sent much later. */
const now = (): { at: string } => ({ at: new Date().toISOString() });

function place(here: Here | null): Record<string, unknown> {
  return here ? { lat: here.lat, lon: here.lon, ...(here.accuracy === null ? {} : { accuracy: here.accuracy }) } : {};
}

const WORDS: Record<string, (act: StoredAct) => string> = {
  delivered: () => gettext("order received"),
  seen: () => gettext("order seen"),
  go: () => statusWord("en_route"),
  accept: () => statusWord("accepted"),
  status: (act) => statusWord(String(act.body.status)),
  note: (act) => gettext("note: %(text)s", { text: String(act.body.text || gettext("photos")) }),
  photo: () => gettext("photo"),
  tick: () => gettext("checklist"),
  help: () => gettext("request for help"),
  sos: () => gettext("SOS"),
};

/** What an act is, for the list of what is not yet sent. */
export function actWord(act: StoredAct): string {
  const words = WORDS[act.what]?.(act) ?? act.what;
  return act.subject ? `${short(act.subject)} · ${words}` : words;
}
