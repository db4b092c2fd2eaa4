// Sources and layers of our own over the base map.

import type { LayerSpecification, Map as GlMap } from "maplibre-gl";

/** Fill a GeoJSON source, which is made with its layers at first; not yet while the base style isn't there. */
export function fillSource(map: GlMap, name: string, features: unknown[], layers: () => LayerSpecification[], below?: string): void {
  if (!map.getSource("boundary")) return;
  const data = { type: "FeatureCollection", features };
  const source = map.getSource(name) as { setData(data: unknown): void } | undefined;
  if (source) return source.setData(data);
  if (!features.length) return;
  map.addSource(name, { type: "geojson", data: data as never });
  for (const layer of layers()) map.addLayer(layer, below && map.getLayer(below) ? below : undefined);
}
