// GeoJSON and typed corners to and from the areas of a boundary. Pure.

import type { Bounds } from "../map/places.js";

export type Ring = [number, number][];
export type Area = Ring[]; // the outline, then holes

/** The areas that a text holds: GeoJSON, whatever it is wrapped in, or a corner a line; null where it is neither. */
export function read(text: string): Area[] | null {
  const said = text.trim();
  if (!said) return [];
  try {
    return "{[".includes(said[0]!) ? areasOf(JSON.parse(said)) : typed(said);
  } catch {
    return null;
  }
}

const CORNER = /^(-?\d{1,3}(?:\.\d{1,15})?)(?:\s*[,，;；]\s*|\s+)(-?\d{1,3}(?:\.\d{1,15})?)$/;

/** A corner a line, latitude before longitude; an empty line begins another area. */
function typed(said: string): Area[] {
  const areas = said.split(/\n\s*\n/).map((part) => part.split("\n").map((line) => CORNER.exec(line.trim())));
  return areas.map((lines) => {
    const ring = lines.map((found) => [Number(found![2]), Number(found![1])]);
    const [first, last] = [ring[0]!, ring.at(-1)!];
    if (first[0] !== last[0] || first[1] !== last[1]) ring.push(first);
    return whole([ring]);
  });
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

const DEGREE_KM = 111.32;

/** About how large areas are, in km²; good to a percent for what one station covers. */
export function km2(areas: Area[]): number {
  return areas.reduce((sum, area) => sum + area.reduce((left, ring, at) => (at ? left - ringKm2(ring) : ringKm2(ring)), 0), 0);
}

function ringKm2(ring: Ring): number {
  const lat = ring.reduce((sum, point) => sum + point[1], 0) / ring.length;
  const twice = ring.slice(1).reduce((sum, [lon, north], at) => sum + ring[at]![0] * north - lon * ring[at]![1], 0);
  return (Math.abs(twice) / 2) * DEGREE_KM ** 2 * Math.cos((lat * Math.PI) / 180);
}
