// A point, line or area drawn on a map: corners by click, or by keys in its middle.

import type { GeoJSONSource, LayerSpecification, Map as GlMap } from "maplibre-gl";

export type Shape = "Point" | "LineString" | "Polygon";
export type Place = [number, number]; // longitude, latitude in degrees

export interface Drawn {
  type: Shape;
  coordinates: Place | Place[] | Place[][];
}

export const LEAST: Record<Shape, number> = { Point: 1, LineString: 2, Polygon: 3 };
const MOST = 100; // corners; the server takes no more
const NAMED = "pen";
const COLOUR = "#f5a623";
const DIGITS = 6; // of a degree, 0.1 m

/** What these corners make; null where they are too few. */
export function drawn(shape: Shape, corners: Place[]): Drawn | null {
  const [first] = corners;
  if (!first || corners.length < LEAST[shape]) return null;
  if (shape === "Point") return { type: shape, coordinates: first };
  return { type: shape, coordinates: shape === "Polygon" ? [[...corners, first]] : corners };
}

/** The corners of one drawing. It shows itself on `map` until it is cleared. */
export class Pen {
  shape: Shape = "LineString";
  private corners: Place[] = [];
  private hand: Place | null = null; // where the mouse is: the next corner, perhaps

  constructor(
    private readonly map: GlMap,
    private readonly changed: () => void,
  ) {
    if (!map.getSource(NAMED)) {
      map.addSource(NAMED, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
      for (const layer of layers()) map.addLayer(layer);
    }
  }

  get count(): number {
    return this.corners.length;
  }

  get drawn(): Drawn | null {
    return drawn(this.shape, this.corners);
  }

  take(shape: Shape): void {
    this.shape = shape;
    this.corners = this.corners.slice(0, shape === "Point" ? 1 : MOST);
    this.draw();
  }

  /** One more corner; a double click sets its place only once. A point is drawn with its only one. */
  add(lon: number, lat: number): void {
    const place: Place = [Number(lon.toFixed(DIGITS)), Number(lat.toFixed(DIGITS))];
    const last = this.corners.at(-1);
    const isSame = last && Math.hypot(...this.away(last, place)) < 4;
    if (isSame || this.corners.length >= MOST) return;
    this.corners = this.shape === "Point" ? [place] : [...this.corners, place];
    this.draw();
  }

  back(): void {
    this.corners.pop();
    this.draw();
  }

  follow(lon: number, lat: number): void {
    this.hand = [lon, lat];
    this.draw();
  }

  clear(): void {
    [this.corners, this.hand] = [[], null];
    this.draw();
  }

  private away(a: Place, b: Place): [number, number] {
    const [from, to] = [this.map.project(a), this.map.project(b)];
    return [to.x - from.x, to.y - from.y];
  }

  private draw(): void {
    const set = this.corners.map((one) => feature("Point", one));
    const way = this.hand && this.shape !== "Point" && this.corners.length ? [...this.corners, this.hand] : this.corners;
    const closed = this.shape === "Polygon" && way.length > 2 ? [...way, way[0]!] : way;
    const lines = closed.length > 1 ? [feature("LineString", closed)] : [];
    (this.map.getSource(NAMED) as GeoJSONSource | undefined)?.setData({ type: "FeatureCollection", features: [...lines, ...set] });
    this.changed();
  }
}

const feature = (type: "Point" | "LineString", coordinates: Place | Place[]) => ({ type: "Feature" as const, properties: {}, geometry: { type, coordinates } as GeoJSON.Geometry });

function layers(): LayerSpecification[] {
  return [
    { id: "pen-lines", type: "line", source: NAMED, paint: { "line-color": COLOUR, "line-width": 3, "line-dasharray": [1, 1] } },
    { id: "pen-corners", type: "circle", source: NAMED, filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 5, "circle-color": COLOUR, "circle-stroke-color": "#0b1220", "circle-stroke-width": 2 } },
  ]; // prettier-ignore
}
