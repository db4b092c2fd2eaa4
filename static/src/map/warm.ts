// A graphics card's programs are made when a layer is drawn for the first time, and the page stands meanwhile: a tenth of a second
// each, a whole one where a processor does the card's work. They are made while nobody waits, not at the first incident.

import type { LayerSpecification, Map as GlMap } from "maplibre-gl";

import { onRest } from "./rest.js";

const NAMED = "warm";
const WRITTEN = { "text-field": "0", "icon-image": "arrow", "symbol-placement": "point" }; // instead of a layer's own
const OVER_EACH_OTHER = { "text-allow-overlap": true, "icon-allow-overlap": true }; // or only the first would be drawn
const ASKED_FOR = { colour: "#000000", opacity: 1 }; // by the paint of ways

/** Draw something of each layer that the map has, also of those that are for other zooms or still empty, once the map is at rest:
 * beside the picture, where nobody sees it. A picture that moves meanwhile ends it, and it begins again once the map has come to rest.
 * `data-warm` is on the map's element once all has been drawn.
 */
export function warm(map: GlMap): void {
  map.once("idle", () => begin(map));
}

function begin(map: GlMap): void {
  map.addSource(NAMED, { type: "geojson", data: beside(map) });
  const likenesses = map.getStyle().layers.filter((layer) => "source" in layer).map(likeness); // prettier-ignore
  for (const layer of likenesses) map.addLayer(layer);
  const remove = () => {
    for (const { id } of likenesses) map.removeLayer(id);
    map.removeSource(NAMED);
  };
  const drawn = () => {
    map.off("movestart", moved);
    remove();
    map.getContainer().dataset.warm = "";
  };
  const moved = () => {
    map.off("idle", drawn);
    remove();
    const end = onRest(map, () => {
      end();
      begin(map);
    });
  };
  map.once("idle", drawn);
  map.once("movestart", moved);
}

/** A layer with the same paint, which decides which program it takes, for every zoom and feature. */
function likeness({ id, type, paint, layout }: LayerSpecification): LayerSpecification {
  const own = Object.entries(layout ?? {}).map(([name, value]) => [name, (WRITTEN as Record<string, string>)[name] ?? value]);
  const drawn = { ...Object.fromEntries(own), ...(type === "symbol" ? OVER_EACH_OTHER : {}) };
  return { id: `${NAMED}-${id}`, type, source: NAMED, paint: paint ?? {}, layout: drawn } as LayerSpecification;
}

/** A point, a line and an area right of the picture; tiles reach further than it does. */
function beside(map: GlMap): GeoJSON.FeatureCollection {
  const { clientWidth, clientHeight } = map.getContainer();
  const at = (x: number, y: number) => map.unproject([clientWidth + x, clientHeight / 2 + y]).toArray();
  const line = [at(20, 0), at(50, 0), at(50, 30), at(20, 0)];
  const shapes: GeoJSON.Geometry[] = [
    { type: "Point", coordinates: at(20, 0) },
    { type: "LineString", coordinates: line },
    { type: "Polygon", coordinates: [line] },
  ];
  return { type: "FeatureCollection", features: shapes.map((geometry) => ({ type: "Feature", properties: ASKED_FOR, geometry })) };
}
