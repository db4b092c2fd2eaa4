// The ways of the first three who might go, asked of the server where one has moved or time has passed.

import type { Advice } from "../desk/advice.js";
import { elapsed } from "../format.js";
import type { Live } from "../live.js";
import type { Way } from "../map/ways.js";
import { wayTo } from "../map/wedge.js";
import { get } from "../rest.js";
import type { IncidentPayload } from "../topics.js";

export const DRAWN = 3;
const ANEW_MS = 30_000;
const MOVED_M = 100;

interface Place {
  lat: number;
  lon: number;
}

interface Route {
  source: string;
  shape: [number, number][];
}

interface Known {
  from: Place;
  at: number;
  route: Route | null;
}

export class Ways {
  private known = new Map<string, Known>(); // by the unit's key
  private number = "";

  constructor(
    private readonly live: Live,
    private readonly news: () => void,
  ) {}

  /** The ways of those who stand first in the list, as far as they are known; the others are asked for. */
  of(incident: IncidentPayload, items: Advice[]): Way[] {
    const place = `${incident.number} ${incident.lat} ${incident.lon}`;
    if (this.number !== place) [this.number, this.known] = [place, new Map()];
    return items.slice(0, DRAWN).flatMap((one) => {
      const from = this.stands(one);
      const route = from && this.way(one, from, incident);
      return route ? [{ words: wordsOf(one), shape: route.shape, isByRoad: route.source === "roads" }] : [];
    });
  }

  /** Where a unit was heard of last; null where nobody knows. */
  stands(one: Advice): Place | null {
    const unit = this.live.store.unit.get(one.unit);
    return one.doubt === "unknown" || !unit ? null : this.live.store.newest(unit.devices);
  }

  private way(one: Advice, from: Place, to: IncidentPayload): Route | null {
    const known = this.known.get(one.unit);
    const isGood = known && performance.now() - known.at < ANEW_MS && wayTo(known.from, from).metres < MOVED_M;
    if (!isGood) void this.ask(one, { lat: from.lat, lon: from.lon }, to, known?.route ?? null);
    return known?.route ?? null;
  }

  private async ask(one: Advice, from: Place, to: IncidentPayload, before: Route | null): Promise<void> {
    const asked: Known = { from, at: performance.now(), route: before };
    this.known.set(one.unit, asked);
    const mode = one.kind === "car" ? "car" : "foot"; // as the recommendation reckons
    const path = `route/?from=${from.lon},${from.lat}&to=${to.lon},${to.lat}&mode=${mode}`;
    asked.route = await get<Route>(path).catch(() => before);
    this.news();
  }
}

function wordsOf(one: Advice): string {
  if (one.seconds === null) return one.call_sign;
  return `${one.call_sign} ${one.source === "roads" ? "" : "≈ "}${elapsed(one.seconds * 1000)}`;
}
