// Closed roads on the map: a line across or along the road, an area, or a mark, with its number and why.

import type { LayerSpecification, Map as GlMap } from "maplibre-gl";
import type { Store } from "../store.js";
import type { RoadBlockPayload } from "../topics.js";

const NAMED = "road-blocks";
const AMBER = "#f5a623";
const GROUND = "#0b1220";
const OF = (shape: string): ["==", ["geometry-type"], string] => ["==", ["geometry-type"], shape];

/** Keep what is closed true. */
export function showBlocks(map: GlMap, store: Store, scale: number): void {
  const draw = () => fill(map, [...store.road_block.values()]);
  const begin = () => {
    map.addSource(NAMED, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    for (const layer of layers(scale)) map.addLayer(layer);
    draw();
  };
  if (map.getSource("boundary")) begin(); // the base style is there, though tiles may still be on their way
  else map.once("styledata", begin);
  store.on(["road_block"], draw);
}

/** The closed road that is drawn within `near` pixels of a point: its line, its mark or its name; null beside all of them. */
export function blockAt(map: GlMap, x: number, y: number, near = 6): string | null {
  const present = ["block-lines", "block-points", "block-names"].filter((layer) => map.getLayer(layer));
  const found = map.queryRenderedFeatures([[x - near, y - near], [x + near, y + near]], { layers: present }); // prettier-ignore
  const id: unknown = found[0]?.properties.id;
  return id === undefined ? null : String(id);
}

function fill(map: GlMap, blocks: RoadBlockPayload[]): void {
  const features = blocks.map((block) => ({ type: "Feature", properties: { id: block.id, name: `${block.id} ${block.words}` }, geometry: block.geometry }));
  (map.getSource(NAMED) as { setData(data: unknown): void } | undefined)?.setData({ type: "FeatureCollection", features });
}

function layers(scale: number): LayerSpecification[] {
  const source = NAMED;
  return [
    { id: "block-areas", type: "fill", source, filter: OF("Polygon"), paint: { "fill-color": AMBER, "fill-opacity": 0.18 } },
    { id: "block-lines", type: "line", source, filter: ["!", OF("Point")], paint: { "line-color": AMBER, "line-width": 4 * scale, "line-dasharray": [2, 1] } },
    { id: "block-points", type: "circle", source, filter: OF("Point"), paint: { "circle-radius": 9 * scale, "circle-color": GROUND, "circle-stroke-color": AMBER, "circle-stroke-width": 3 * scale } },
    {
      id: "block-bars", type: "symbol", source, filter: OF("Point"),
      layout: { "text-field": "—", "text-font": ["Noto Sans SC"], "text-size": 16 * scale, "text-allow-overlap": true, "text-ignore-placement": true },
      paint: { "text-color": AMBER },
    },
    {
      id: "block-names", type: "symbol", source,
      layout: { "text-field": ["get", "name"], "text-font": ["Noto Sans SC"], "text-size": 18 * scale, "text-offset": [0, 1], "text-anchor": "top", "text-max-width": 9 },
      paint: { "text-color": AMBER, "text-halo-color": GROUND, "text-halo-width": 2 },
    },
  ]; // prettier-ignore
}
