// What a unit would leave open: the part of the district that nobody else reaches in five minutes.

import type { Map as GlMap } from "maplibre-gl";
import { fillSource } from "./layers.js";

/** GeoJSON in degrees: one ring for each run of squares. */
export interface Area {
  type: "MultiPolygon";
  coordinates: [number, number][][][];
}

const NAMED = "hole";
const AMBER = "#f5a623";

/** Draw this area (GeoJSON), below all that moves; null takes it away. */
export function showHole(map: GlMap, area: Area | null): void {
  const paint = { "fill-color": AMBER, "fill-opacity": 0.3, "fill-antialias": false };
  const features = area ? [{ type: "Feature", properties: {}, geometry: area }] : [];
  fillSource(map, NAMED, features, () => [{ id: NAMED, type: "fill", source: NAMED, paint }], "boundary");
}

/** The corners of all its squares. */
export const cornersOf = (area: Area): { lon: number; lat: number }[] => area.coordinates.flat(2).map(([lon, lat]) => ({ lon, lat }));
