// The base map's style: one vector source a map, the same layers for each, drawn in the tokens' colours.

import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import { labels } from "./labels.js";

export interface BaseMap {
  name: string;
  version: number;
  bounds: [number, number, number, number];
  imported_at: string;
}

const MAX_ZOOM = 17; // of tiles; beyond it they are enlarged
const GROUND = "#0b1220";

const AREAS: ExpressionSpecification = [
  "match", ["get", "kind"],
  "water", "#0f2744", "green", "#10261f", "sand", "#221f1a", "works", "#131a28", "campus", "#121e30",
  "trade", "#141b2b", "paved", "#141f33", "pitch", "#122a24", "bridge", "#1a2740", GROUND,
]; // prettier-ignore
const ROADS: ExpressionSpecification = [
  "match", ["get", "kind"],
  "motorway", "#3b5480", "trunk", "#3b5480", "primary", "#344a73", "secondary", "#32476f", "tertiary", "#2d4066",
  "rail", "#2a3346", "foot", "#1f2d47", "#2a3b5d",
]; // prettier-ignore
const WIDE: Record<string, number> = {
  motorway: 1.5, trunk: 1.4, primary: 1.25, secondary: 1.05, tertiary: 0.85, residential: 0.6, service: 0.36, foot: 0.16, rail: 0.14,
}; // prettier-ignore

function width(extra: number): ExpressionSpecification {
  const at = (px: number): ExpressionSpecification => {
    const cases = Object.entries(WIDE).flatMap(([kind, wide]) => [kind, wide * px + extra]);
    return ["match", ["get", "kind"], ...cases, 0.5 * px + extra] as unknown as ExpressionSpecification;
  };
  return ["interpolate", ["exponential", 1.6], ["zoom"], 10, at(1), 14, at(4.5), 16, at(11), 18, at(28), 20, at(70)];
}

function layersOf(source: string): LayerSpecification[] {
  const layer = (id: string, rest: object) => ({ id: `${source}-${id}`, source, ...rest }) as unknown as LayerSpecification;
  const round = { "line-cap": "round", "line-join": "round" };
  return [
    layer("area", { type: "fill", "source-layer": "area", paint: { "fill-color": AREAS, "fill-antialias": true } }),
    layer("building", {
      type: "fill", "source-layer": "building", minzoom: 14,
      paint: { "fill-color": "#17253f", "fill-outline-color": "#1f3152", "fill-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0.5, 16, 1] },
    }),
    layer("tunnel", {
      type: "line", "source-layer": "road", filter: ["==", ["get", "tunnel"], true],
      paint: { "line-color": ROADS, "line-width": width(0), "line-opacity": 0.35, "line-dasharray": [2, 1] },
    }),
    layer("casing", {
      type: "line", "source-layer": "road", minzoom: 13, layout: round,
      filter: ["all", ["!=", ["get", "tunnel"], true], ["!", ["in", ["get", "kind"], ["literal", ["foot", "rail"]]]]],
      paint: { "line-color": GROUND, "line-width": width(2) },
    }),
    layer("road", {
      type: "line", "source-layer": "road", layout: round,
      filter: ["all", ["!=", ["get", "tunnel"], true], ["!", ["in", ["get", "kind"], ["literal", ["foot", "rail"]]]]],
      paint: { "line-color": ROADS, "line-width": width(0) },
    }),
    layer("foot", {
      type: "line", "source-layer": "road", minzoom: 15, filter: ["==", ["get", "kind"], "foot"],
      paint: { "line-color": "#2b3d5f", "line-width": width(0), "line-dasharray": [3, 2] },
    }),
    layer("rail", {
      type: "line", "source-layer": "road", filter: ["all", ["==", ["get", "kind"], "rail"], ["!=", ["get", "tunnel"], true]],
      paint: { "line-color": "#4a566c", "line-width": width(0.6), "line-dasharray": [4, 2] },
    }),
  ]; // prettier-ignore
}

/** The whole style for these maps; `scale` is 1 for letters as on a desk, more for a wall. No glyph files: fonts are local. */
export function style(maps: BaseMap[], scale: number): StyleSpecification {
  const sources = Object.fromEntries(maps.map((map) => [sourceOf(map), source(map)]));
  const names = maps.map(sourceOf);
  return {
    version: 8,
    sources: {
      ...sources,
      boundary: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": GROUND } },
      ...names.flatMap(layersOf),
      {
        id: "boundary", type: "line", source: "boundary",
        paint: { "line-color": "#3d8bfd", "line-width": 2 * scale, "line-opacity": 0.55, "line-dasharray": [4, 3] },
      },
      ...names.flatMap((name) => labels(name, scale)),
    ],
  }; // prettier-ignore
}

const sourceOf = (map: BaseMap): string => `map-${map.name}`;

function source(map: BaseMap) {
  const tiles = `${location.origin}/tiles/${encodeURIComponent(map.name)}/{z}/{x}/{y}?v=${map.version}`;
  return { type: "vector" as const, tiles: [tiles], bounds: map.bounds, minzoom: 0, maxzoom: MAX_ZOOM };
}
