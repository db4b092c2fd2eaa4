// A map edge to edge on a page: the base maps, the boundary, and where to look at first.

import { Map as GlMap, type LngLatBoundsLike, setWorkerUrl, type StyleSpecification } from "maplibre-gl";
import { isDrawnByProcessor } from "./coarse.js";
import { arrow } from "./labels.js";
import { type BaseMap, style } from "./style.js";
import { get } from "../rest.js";
import type { Store } from "../store.js";

export type Bounds = [number, number, number, number];

export interface Padding {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

setWorkerUrl("/static/maplibre-gl-worker.mjs"); // it would look for it beside whichever part of the bundle it is in

/** The maps that were imported, newest first; none when the list can't be had. */
export async function loadMaps(): Promise<BaseMap[]> {
  const answer = await get<BaseMap[] | { results: BaseMap[] }>("maps/").catch(() => []);
  const maps = Array.isArray(answer) ? answer : answer.results;
  return maps.sort((a, b) => b.imported_at.localeCompare(a.imported_at));
}

/** A map in `container`, its style passed through `by` where one is given; throws where the browser has no WebGL. */
export async function openMap(container: HTMLElement, maps: BaseMap[], scale: number, by = (plain: StyleSpecification) => plain): Promise<GlMap> {
  await document.fonts.load("16px 'Noto Sans SC'", "路a1").catch(() => null);
  const map = new GlMap({
    container,
    style: by(style(maps, scale)),
    localIdeographFontFamily: "'Noto Sans SC', 'Noto Sans CJK SC', sans-serif",
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: 0,
    maxZoom: 20,
    keyboard: false,
    center: [104, 35],
    zoom: 3,
  });
  isDrawnByProcessor(map); // known before there is something to wait for
  map.touchZoomRotate.disableRotation();
  map.once("styledata", () => map.addImage("arrow", arrow(), { pixelRatio: 2 }));
  return map;
}

/** Draw the boundaries of the stations one sees, as soon as the map has where to; tiles may still be on their way. */
export function drawBoundary(map: GlMap, store: Store): void {
  const source = map.getSource("boundary") as { setData(data: unknown): void } | undefined;
  const features = [...store.station.values()]
    .filter((station) => station.boundary)
    .map((station) => ({ type: "Feature", properties: {}, geometry: station.boundary }));
  source?.setData({ type: "FeatureCollection", features });
}

/** Where to look at first: the station's boundary, else the newest map, else the units; null when there is nothing. */
export function home(store: Store, code: string, maps: BaseMap[]): Bounds | null {
  const own = store.station.get(code) ?? [...store.station.values()].find((station) => station.bounds);
  if (own?.bounds) return own.bounds as Bounds;
  if (maps[0]) return maps[0].bounds;
  return around([...store.fixes.values(), ...store.incident.values()]);
}

/** The box around some places, null around none. */
export function around(places: { lat: number; lon: number }[]): Bounds | null {
  if (!places.length) return null;
  const [lats, lons] = [places.map((place) => place.lat), places.map((place) => place.lon)];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

/** Show the whole box, clear of what covers the map. */
export function fit(map: GlMap, bounds: Bounds, padding: Padding | number, animate = true): void {
  const box: LngLatBoundsLike = [[bounds[0], bounds[1]], [bounds[2], bounds[3]]];
  map.fitBounds(box, { padding, maxZoom: 16.5, animate, duration: flight(map, 500) });
}

/** How long the way to another part of the map takes, ms: `ms`, or nothing where who looks or what draws has no use for it. */
export function flight(map: GlMap, ms: number): number {
  return calm() || isDrawnByProcessor(map) ? 0 : ms;
}

/** Whether the person asked for less movement. */
export function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
