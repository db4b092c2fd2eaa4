// The page of one camera: the map and the number fields say the same, whichever is touched. Nothing is kept before it is saved.

import { type Map as GlMap, Marker } from "maplibre-gl";
import { need, say, soon } from "../dom.js";
import { gettext } from "../i18n.js";
import { addCameraLayers, fill } from "../map/cameras.js";
import { type Bounds, flight } from "../map/places.js";
import { around, placeAt, type Stand, wayTo, wedge } from "../map/wedge.js";
import type { CameraPayload } from "../topics.js";
import { listen, open } from "./map.js";

const FIELDS = ["lat", "lon", "bearing_deg", "fov_deg", "range_m"] as const;
const DIGITS: Record<(typeof FIELDS)[number], number> = { lat: 7, lon: 7, bearing_deg: 1, fov_deg: 1, range_m: 0 };
const TURN = 5; // degrees a key turns or widens
const SEEN = 17; // zoom at which a camera is set up
const EVEN = 340; // wider views have no two edges to hold

export async function startCamera(): Promise<void> {
  const stand = read();
  const map = await open(stand ? null : home());
  if (!map) return;
  if (stand) map.jumpTo({ center: [stand.lon, stand.lat], zoom: SEEN });
  new Editor(map);
}

const field = (name: string): HTMLInputElement => need<HTMLInputElement>(`id_${name}`);

/** What the fields say, or null while a number is missing or none. */
function read(): Stand | null {
  const said = Object.fromEntries(FIELDS.map((name) => [name, field(name).value.trim() === "" ? NaN : Number(field(name).value)])) as unknown as Stand;
  const isPlace = Math.abs(said.lat) <= 90 && Math.abs(said.lon) <= 180;
  const isView = Number.isFinite(said.bearing_deg) && said.fov_deg >= 1 && said.fov_deg <= 360 && said.range_m >= 1 && said.range_m <= 10_000;
  return isPlace && isView ? said : null;
}

/** The boundary of the chosen station, else of any. */
function home(): Bounds | null {
  const boxes = JSON.parse(need("boxes").textContent ?? "{}") as Record<string, Bounds>;
  const chosen = (document.getElementById("id_station") as HTMLSelectElement | null)?.value ?? "";
  return boxes[chosen] ?? Object.values(boxes)[0] ?? null;
}

class Editor {
  private readonly aim: Marker; // bearing and range
  private readonly edges: [Marker, Marker]; // how wide
  private readonly shown = new Set<Marker>();
  private readonly show = soon(() => this.draw());

  constructor(private readonly map: GlMap) {
    addCameraLayers(map, 1);
    fill(map, JSON.parse(need("others").textContent ?? "[]") as CameraPayload[]);
    map.addSource("own", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    map.addLayer({ id: "own-view", type: "fill", source: "own", paint: { "fill-color": "#3d8bfd", "fill-opacity": 0.25 } });
    map.addLayer({ id: "own-edge", type: "line", source: "own", paint: { "line-color": "#7fb2ff", "line-width": 2.5 } });
    map.addLayer({
      id: "own-place", type: "circle", source: "own", filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": 7, "circle-color": "#fff", "circle-stroke-color": "#0b1220", "circle-stroke-width": 3 },
    }); // prettier-ignore
    this.aim = this.handle("aim", (to) => this.aimed(to));
    this.edges = [this.handle("edge", (to) => this.widened(to)), this.handle("edge", (to) => this.widened(to))];
    map.on("click", (event) => this.put(event.lngLat.lat, event.lngLat.lng));
    for (const name of FIELDS) field(name).addEventListener("input", this.show);
    listen(map, this.keys());
    this.draw();
  }

  private keys(): Record<string, () => void> {
    const turn = (by: number) => () => this.write({ bearing_deg: around(Number(field("bearing_deg").value) + by) });
    const widen = (by: number) => () => this.write({ fov_deg: Math.min(360, Math.max(TURN, Number(field("fov_deg").value) + by)) });
    const enter = () => this.put(this.map.getCenter().lat, this.map.getCenter().lng);
    return { Enter: enter, "[": turn(-TURN), "]": turn(TURN), "{": widen(-TURN), "}": widen(TURN) };
  }

  private handle(name: string, moved: (to: { lat: number; lon: number }) => void): Marker {
    const element = document.createElement("i");
    element.className = `handle ${name}`;
    const marker = new Marker({ element, draggable: true });
    marker.on("drag", () => moved({ lat: marker.getLngLat().lat, lon: marker.getLngLat().lng }));
    element.addEventListener("click", (event) => event.stopPropagation());
    return marker;
  }

  private put(lat: number, lon: number): void {
    this.write({ lat, lon });
  }

  private aimed(to: { lat: number; lon: number }): void {
    const stand = read();
    if (!stand) return;
    const way = wayTo(stand, to);
    this.write({ bearing_deg: way.bearing, range_m: Math.min(10_000, Math.max(1, way.metres)) });
  }

  private widened(to: { lat: number; lon: number }): void {
    const stand = read();
    if (!stand) return;
    const off = Math.abs(around(wayTo(stand, to).bearing - stand.bearing_deg + 180) - 180);
    this.write({ fov_deg: Math.min(360, Math.max(1, 2 * off)) });
  }

  /** Into the fields, from which everything is drawn. */
  private write(said: Partial<Stand>): void {
    for (const [name, value] of Object.entries(said) as [(typeof FIELDS)[number], number][]) {
      const rounded = Number(value.toFixed(DIGITS[name]));
      field(name).value = String(name === "bearing_deg" && rounded === 360 ? 0 : rounded);
    }
    this.show();
  }

  private draw(): void {
    const stand = read();
    this.outline(stand);
    this.hold(stand);
    say(need("map-state"), stand ? told(stand) : gettext("It stands nowhere yet: click its place, or press Enter in the map."));
    const isSeen = !stand || this.map.getBounds().contains([stand.lon, stand.lat]);
    if (stand && !isSeen) this.map.easeTo({ center: [stand.lon, stand.lat], zoom: Math.max(SEEN - 1, this.map.getZoom()), duration: flight(this.map, 300) });
  }

  private outline(stand: Stand | null): void {
    const source = this.map.getSource("own") as { setData(data: unknown): void } | undefined;
    const of = (type: string, coordinates: unknown) => ({ type: "Feature", properties: {}, geometry: { type, coordinates } });
    const features = stand ? [of("Polygon", [wedge(stand)]), of("Point", [stand.lon, stand.lat])] : [];
    source?.setData({ type: "FeatureCollection", features });
  }

  private hold(stand: Stand | null): void {
    this.place(this.aim, stand && placeAt(stand, stand.bearing_deg, stand.range_m));
    const isEven = stand !== null && stand.fov_deg > EVEN;
    for (const [at, side] of [-1, 1].entries())
      this.place(this.edges[at]!, stand && !isEven ? placeAt(stand, stand.bearing_deg + (side * stand.fov_deg) / 2, stand.range_m) : null);
  }

  /** Adding a marker anew would end the drag that is under way, so it is added once. */
  private place(marker: Marker, at: [number, number] | null): void {
    const isShown = this.shown.has(marker);
    if (!at) marker.remove();
    else if (isShown) marker.setLngLat(at);
    else marker.setLngLat(at).addTo(this.map);
    if (at) this.shown.add(marker);
    else this.shown.delete(marker);
  }
}

function told(stand: Stand): string {
  const facts = { lat: stand.lat.toFixed(5), lon: stand.lon.toFixed(5), bearing: stand.bearing_deg, fov: stand.fov_deg, range: stand.range_m };
  return gettext("At %(lat)s, %(lon)s · bearing %(bearing)s° · sees %(fov)s° wide, %(range)s m far", facts);
}
