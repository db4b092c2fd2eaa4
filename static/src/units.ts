// Units: their names, and how sure one can be of where one is. Pure.

import type { Fix } from "./store.js";
import type { UnitPayload } from "./topics.js";

export type Doubt = "fresh" | "ageing" | "stale" | "unknown";

const AGEING_MS = 30_000;
const STALE_MS = 120_000;
const UNKNOWN_MS = 30 * 60_000;
const SLOWEST = 1.5; // m/s that somebody may have walked unseen
const ACCURACY = 30; // m where a device doesn't say

/** How far a position of this age may be trusted. */
export function doubt(fix: Fix | null, now: number): Doubt {
  const age = fix ? now - fix.at : Infinity;
  if (age > UNKNOWN_MS) return "unknown";
  if (age > STALE_MS) return "stale";
  return age > AGEING_MS ? "ageing" : "fresh";
}

/** Metres around the position within which the unit must be by now. */
export function radius(fix: Fix, now: number): number {
  const seconds = Math.max(0, now - fix.at) / 1000;
  return (fix.accuracy ?? ACCURACY) + seconds * Math.max(fix.speed ?? 0, SLOWEST);
}

/** The unit's name on the live picture: call signs may repeat among stations. */
export const unitKey = (unit: UnitPayload): string => `${unit.station}/${unit.call_sign}`;

/** Metres between two places that are near each other. */
export function metres(a: { lat: number; lon: number }, b: { lat: number; lon: number }): number {
  const north = (b.lat - a.lat) * 111_195;
  return Math.hypot(north, (b.lon - a.lon) * 111_195 * Math.cos((a.lat * Math.PI) / 180));
}
