// The ways of those who might go, each with its name and time beside it; one along no known road is dashed.

import type { LayerSpecification, Map as GlMap } from "maplibre-gl";
import { fillSource } from "./layers.js";

export interface Way {
  words: string; // "2107 03:10"
  shape: [number, number][]; // lon, lat, from the unit on
  isByRoad: boolean;
  isGoing?: boolean; // of a unit under way, not of one that might go
}

const [LINES, NAMES] = ["ways", "way-names"];
const VIOLET = "#9b7bff";
const BLUE = "#3d8bfd";
const PALE = "#d9ccff"; // the same, to be read
const GROUND = "#0b1220";
const NAMED_AT = [0.4, 0.3, 0.5]; // of its length: names of ways that share a road stand apart
const FIRST_IN_DRAWING = 1; // of the first way: it lies over the others

/** Draw these ways, the first the strongest; `scale` 1 for letters of 16 px. */
export function showWays(map: GlMap, ways: Way[], scale: number): void {
  const lines = ways.map((way, at) => ({
    type: "Feature", properties: { road: way.isByRoad, colour: way.isGoing ? BLUE : VIOLET, order: -at, opacity: at ? 0.6 : FIRST_IN_DRAWING },
    geometry: { type: "LineString", coordinates: way.shape },
  })); // prettier-ignore
  const names = ways.map((way, at) => ({
    type: "Feature", properties: { words: way.words, order: at },
    geometry: { type: "Point", coordinates: along(way.shape, NAMED_AT[at] ?? 0.5) },
  })); // prettier-ignore
  fillSource(map, LINES, lines, () => lineLayers(scale), "camera-marks");
  fillSource(map, NAMES, names, () => [nameLayer(scale)]);
}

function lineLayers(scale: number): LayerSpecification[] {
  const layout = { "line-cap": "round", "line-join": "round", "line-sort-key": ["get", "order"] };
  const paint = { "line-color": ["get", "colour"], "line-width": 6 * scale, "line-opacity": ["get", "opacity"] };
  return [
    { id: "way-edges", type: "line", source: LINES, layout, paint: { "line-color": GROUND, "line-width": 10 * scale, "line-opacity": 0.8 } },
    { id: "way-roads", type: "line", source: LINES, filter: ["==", ["get", "road"], true], layout, paint },
    { id: "way-guesses", type: "line", source: LINES, filter: ["==", ["get", "road"], false], layout, paint: { ...paint, "line-dasharray": [1.5, 1.5] } },
  ] as unknown as LayerSpecification[];
}

function nameLayer(scale: number): LayerSpecification {
  return {
    id: NAMES, type: "symbol", source: NAMES,
    layout: {
      "text-field": ["get", "words"], "text-font": ["Noto Sans SC"], "text-size": 24 * scale, "symbol-sort-key": ["get", "order"],
      "text-variable-anchor": ["bottom-left", "top-left", "bottom-right", "top-right", "bottom", "top"], "text-radial-offset": 0.5,
      "text-max-width": 20, "text-ignore-placement": false, "text-justify": "auto",
    },
    paint: { "text-color": PALE, "text-halo-color": GROUND, "text-halo-width": 3 * scale },
  } as LayerSpecification; // prettier-ignore
}

/** The point at this part of a line's length; as on a plane, which is near enough within a town. */
export function along(shape: [number, number][], part: number): [number, number] {
  const shrunk = Math.cos(((shape[0]?.[1] ?? 0) * Math.PI) / 180);
  const lengths = shape.slice(1).map((to, at) => Math.hypot((to[0] - shape[at]![0]) * shrunk, to[1] - shape[at]![1]));
  let rest = part * lengths.reduce((sum, one) => sum + one, 0);
  for (const [at, length] of lengths.entries()) {
    const [from, to] = [shape[at]!, shape[at + 1]!];
    if (rest <= length && length > 0) return [from[0] + ((to[0] - from[0]) * rest) / length, from[1] + ((to[1] - from[1]) * rest) / length];
    rest -= length;
  }
  return shape.at(-1) ?? [0, 0];
}
