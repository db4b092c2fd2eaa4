// Sources and layers of our own over the base map.

import type { LayerSpecification, Map as GlMap } from "maplibre-gl";

const filled = new WeakMap<object, string>(); // what each source has, as text: the map draws all anew for the same, too

/** Fill a GeoJSON source, which is made with its layers at first; not yet while the base style isn't there. */
export function fillSource(map: GlMap, name: string, features: unknown[], layers: () => LayerSpecification[], below?: string): void {
  if (!map.getSource("boundary")) return;
  const data = { type: "FeatureCollection", features };
  const text = JSON.stringify(features);
  const source = map.getSource(name) as { setData(data: unknown): void } | undefined;
  if (source && filled.get(source) === text) return;
  if (source) source.setData(data);
  else {
    map.addSource(name, { type: "geojson", data: data as never });
    for (const layer of layers()) map.addLayer(layer, below && map.getLayer(below) ? below : undefined);
  }
  filled.set(map.getSource(name)!, text);
}
