// GeoJSON to and from the areas of a boundary. Pure.

import type { Bounds } from "../map/places.js";

export type Ring = [number, number][];
export type Area = Ring[]; // the outline, then holes

/** The areas that a GeoJSON text holds, whatever they are wrapped in; null where it is none. */
export function read(text: string): Area[] | null {
  if (!text.trim()) return [];
  try {
    return areasOf(JSON.parse(text));
  } catch {
    return null;
  }
}

function areasOf(said: any): Area[] {
  if (said.type === "FeatureCollection") return said.features.flatMap(areasOf);
  if (said.type === "Feature") return areasOf(said.geometry);
  if (said.type === "Polygon") return [whole(said.coordinates)];
  if (said.type === "MultiPolygon") return said.coordinates.map(whole);
  throw new Error("expected polygons");
}

function whole(rings: unknown[]): Area {
  if (!rings.length) throw new Error("expected a ring");
  return rings.map((ring) =>
    (ring as number[][]).map(([lon, lat]) => {
      if (!Number.isFinite(lon) || !Number.isFinite(lat) || Math.abs(lat!) > 90 || Math.abs(lon!) > 180) throw new Error("expected degrees");
      return [lon!, lat!];
    }),
  );
}

/** Areas as the text of a MultiPolygon, to a centimetre; "" for none. */
export function write(areas: Area[]): string {
  if (!areas.length) return "";
  const coordinates = areas.map((area) => area.map((ring) => ring.map(([lon, lat]) => [round(lon), round(lat)])));
  return JSON.stringify({ type: "MultiPolygon", coordinates });
}

export const round = (degrees: number): number => Math.round(degrees * 1e7) / 1e7;

/** How many corners areas have. */
export const corners = (areas: Area[]): number => areas.flat().reduce((sum, ring) => sum + ring.length - 1, 0);

/** The box around areas, null around none. */
export function boxOf(areas: Area[]): Bounds | null {
  let box: Bounds | null = null;
  for (const [lon, lat] of areas.flat(2)) {
    box = box ? [Math.min(box[0], lon), Math.min(box[1], lat), Math.max(box[2], lon), Math.max(box[3], lat)] : [lon, lat, lon, lat];
  }
  return box;
}
