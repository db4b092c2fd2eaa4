// Closing a road by its name or a crossing's, and opening it again, from the command line.

import { gettext } from "../i18n.js";
import { get, post } from "../rest.js";
import type { RoadBlockPayload } from "../topics.js";
import type { Done } from "./acts.js";
import type { Drawn } from "../map/pen.js";

interface Hit {
  kind: string;
  name: string;
  lat: number;
  lon: number;
}

/** Close the crossing, or the middle of the street, that the search finds first. Ways change at once. */
export async function closeRoad(words: string): Promise<Done> {
  const found = await get<{ results: Hit[] }>(`places/?q=${encodeURIComponent(words)}&limit=20`);
  const hit = found.results.find((one) => one.kind === "crossing" || one.kind === "street");
  if (!hit) throw new Error(gettext("No street or crossing is called %(words)s", { words }));
  const made = await post<RoadBlockPayload>("road-blocks/", { geometry: { type: "Point", coordinates: [hit.lon, hit.lat] }, words: hit.name });
  return { words: gettext("closed: %(id)s %(place)s", { id: made.id, place: hit.name }), undo: () => lift(String(made.id)) };
}

/** Close what was drawn; `until` is an ISO 8601 time, null until somebody opens it. */
export async function closeHere(geometry: Drawn, words: string, until: string | null): Promise<Done> {
  const made = await post<RoadBlockPayload>("road-blocks/", { geometry, words, until });
  return { words: gettext("closed: %(id)s %(place)s", { id: made.id, place: words }), undo: () => lift(String(made.id)) };
}

/** Open a road again. */
export async function openRoad(id: string): Promise<Done> {
  const lifted = await lift(id);
  const again = { geometry: lifted.geometry, words: lifted.words, until: lifted.until, station: lifted.station };
  return { words: gettext("open again: %(id)s %(place)s", { id, place: lifted.words }), undo: () => post("road-blocks/", again) };
}

const lift = (id: string): Promise<RoadBlockPayload> => post(`road-blocks/${id}/lift/`);
