// The map on a phone: colleagues, incidents, where I am, the way there. It moves only when asked to.

import type { GeoJSONSource, Map as GlMap } from "maplibre-gl";
import { config } from "../config.js";
import { need } from "../dom.js";
import type { Live } from "../live.js";
import { showBlocks } from "../map/blocks.js";
import { lightened } from "../map/light.js";
import { Marks } from "../map/marks.js";
import { around, type Bounds, drawBoundary, fit, flight, home, loadMaps, openMap } from "../map/places.js";
import { type BaseMap, style } from "../map/style.js";
import type { Situation } from "./situation.js";
import type { Track } from "./track.js";

const SCALE = 0.7; // of the wall's marks
const LETTERS = 0.9;
const CLOSE = 16;
const EDGE = 48; // px around what is to be seen
const MOVES: Record<string, [number, number]> = { ArrowUp: [0, -60], ArrowDown: [0, 60], ArrowLeft: [-60, 0], ArrowRight: [60, 0] };

interface Parts {
  live: Live;
  situation: Situation;
  track: Track;
}

/** Open the map and keep it true. */
export async function showMap(parts: Parts): Promise<void> {
  const { live, track } = parts;
  const maps = await loadMaps();
  let map: GlMap;
  try {
    map = await openMap(need("map"), maps, LETTERS, isLight() ? lightened : undefined);
  } catch {
    need("map-note").hidden = false;
    return;
  }
  const marks = new Marks(map, live, () => SCALE);
  showBlocks(map, live.store, LETTERS);
  const shown = new Shown(map, marks, parts, () => home(live.store, config().me.station, maps));
  map.on("load", () => shown.loaded());
  addEventListener("theme", () => recolour(map, maps));
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => recolour(map, maps));
  need("map-here").addEventListener("click", () => track.here && look(map, track.here));
  need("map").addEventListener("keydown", (event) => key(map, event));
}

class Shown {
  private wasFor = ""; // the incident that the map was last fitted to
  private isLoaded = false;

  constructor(
    private readonly map: GlMap,
    private readonly marks: Marks,
    private readonly parts: Parts,
    private readonly first: () => Bounds | null,
  ) {
    parts.situation.onChange(() => this.draw());
    parts.track.onChange(() => this.me());
    parts.live.store.on(["station"], () => this.boundary());
  }

  loaded(): void {
    const source = { type: "geojson" as const, data: line([]) };
    this.map.addSource("way", source).addSource("me", source);
    const round = { "line-cap": "round" as const, "line-join": "round" as const };
    this.map.addLayer({ id: "way-edge", type: "line", source: "way", layout: round, paint: { "line-color": "#ffffff", "line-width": 10 } });
    this.map.addLayer({ id: "way", type: "line", source: "way", layout: round, paint: { "line-color": "#1d62d1", "line-width": 6 } });
    const paint = { "circle-radius": 9, "circle-color": "#1d62d1", "circle-stroke-color": "#ffffff", "circle-stroke-width": 3 };
    this.map.addLayer({ id: "me", type: "circle", source: "me", paint });
    this.isLoaded = true;
    this.boundary();
    this.draw();
    this.me();
  }

  private boundary(): void {
    if (!this.isLoaded) return;
    drawBoundary(this.map, this.parts.live.store);
    if (!this.wasFor) this.fitFirst();
  }

  private fitFirst(): void {
    const bounds = this.first();
    if (bounds) fit(this.map, bounds, 12, false);
  }

  private draw(): void {
    if (!this.isLoaded) return;
    const { incident, route } = this.parts.situation.known;
    (this.map.getSource("way") as GeoJSONSource).setData(line(route?.shape ?? []));
    this.marks.selected = incident?.number ?? null;
    this.marks.redraw();
    const isGoing = this.parts.situation.status() === "en_route"; // GO shows the whole way again
    const wanted = incident ? `${incident.number} ${route ? "way" : ""} ${isGoing}` : "";
    if (wanted && wanted !== this.wasFor) this.fitTo();
    this.wasFor = wanted;
  }

  /** The whole way, or me and the incident. */
  private fitTo(): void {
    const { incident, route } = this.parts.situation.known;
    const { here } = this.parts.track;
    const places = (route?.shape ?? []).map(([lon, lat]) => ({ lat, lon }));
    const bounds = around([...places, ...(incident ? [incident] : []), ...(here ? [here] : [])]);
    if (bounds) fit(this.map, bounds, EDGE);
  }

  private me(): void {
    const { here } = this.parts.track;
    if (!this.isLoaded || !here) return;
    (this.map.getSource("me") as GeoJSONSource).setData({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [here.lon, here.lat] } });
  }
}

const line = (coordinates: [number, number][]) => ({ type: "Feature" as const, properties: {}, geometry: { type: "LineString" as const, coordinates } });

function look(map: GlMap, place: { lat: number; lon: number }): void {
  map.easeTo({ center: [place.lon, place.lat], zoom: Math.max(CLOSE, map.getZoom()), duration: flight(map, 300) });
}

function key(map: GlMap, event: KeyboardEvent): void {
  const move = MOVES[event.key];
  if (move) map.panBy(move, { duration: 0 });
  else if (event.key === "+" || event.key === "=") map.zoomIn({ duration: 0 });
  else if (event.key === "-") map.zoomOut({ duration: 0 });
  else return;
  event.preventDefault();
}

/** Day or night came while the map was open. */
function recolour(map: GlMap, maps: BaseMap[]): void {
  const plain = style(maps, LETTERS);
  for (const { id, paint } of (isLight() ? lightened(plain) : plain).layers)
    for (const [name, value] of Object.entries(paint ?? {})) map.setPaintProperty(id, name as "line-color", value as string);
}

function isLight(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || (chosen !== "dark" && matchMedia("(prefers-color-scheme: light)").matches);
}
