// Which eyes are on an incident: the phones of its crews that show the scene, and the cameras that have its place in view. Nothing is
// opened here.

import type { Live } from "../live.js";
import { get } from "../rest.js";
import type { IncidentPayload } from "../topics.js";
import type { Eye } from "./large.js";

const AGAIN_MS = 10_000; // after an answer that didn't come
const SOON_MS = 300; // where a camera has changed while it was asked

export interface Sighted extends Eye {
  station: string;
  why: string; // how a camera has the place in view, in words; "" for a phone
}

interface Sight {
  id: number;
  why: string;
}

export class Eyes {
  private number = ""; // of which incident
  private place = ""; // for which place cameras were asked for
  private isOld = false; // a camera has changed since
  private sights: Sight[] = []; // best first
  isAsking = false; // it is not known yet which cameras see the place

  /** `news` is called once it is known which cameras see an incident's place. */
  constructor(
    private readonly live: Live,
    private readonly news: (incident: IncidentPayload) => void,
  ) {
    live.store.on(["camera"], () => (this.isOld = true)); // one was added, turned or taken away
  }

  /** Ask which cameras see this incident's place: once, and again when it or a camera has moved. */
  look(incident: IncidentPayload): void {
    const place = `${incident.number} ${incident.lat} ${incident.lon}`;
    if (place === this.place && (this.isAsking || !this.isOld)) return;
    if (this.number !== incident.number) [this.number, this.sights] = [incident.number, []];
    this.place = place;
    void this.ask(incident, place);
  }

  private async ask(incident: IncidentPayload, place: string): Promise<void> {
    [this.isAsking, this.isOld] = [true, false];
    const found = await get<{ results: Sight[] }>(`cameras/?seeing=${incident.lon},${incident.lat}`).catch(() => null);
    if (this.place !== place) return; // something else is asked by now
    const again = !found ? AGAIN_MS : this.isOld ? SOON_MS : 0;
    this.isAsking = again > 0;
    if (again) setTimeout(() => this.place === place && void this.ask(incident, place), again);
    if (!found) return; // what was known stays
    this.sights = found.results;
    this.news(incident);
  }

  /** The phones of the crews sent to an incident that show its scene, the longest first. */
  phones(number: string): Sighted[] {
    const units = [...this.live.store.unit.values()].filter((unit) => unit.incident === number);
    const sends = (one: { station: string; name: string }) => units.some((unit) => unit.station === one.station && unit.crew.includes(one.name));
    const there = [...this.live.store.picture.values()].filter(sends).sort((a, b) => a.since.localeCompare(b.since));
    return there.map(({ id, name, station }) => ({ source: id, name, camera: null, station, why: "" }));
  }

  /** The cameras with pictures that see the place asked for last, best first. */
  cameras(): Sighted[] {
    return this.sights.flatMap(({ id, why }) => {
      const one = this.live.store.camera.get(String(id));
      return one?.source ? [{ source: one.source, name: one.name, camera: id, station: one.station, why }] : [];
    });
  }
}
