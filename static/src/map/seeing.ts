// The cameras that have a place in view, louder than the rest: the whole view at every zoom, and the name.

import type { LayerSpecification, Map as GlMap } from "maplibre-gl";
import { get } from "../rest.js";
import type { CameraPayload } from "../topics.js";
import { fillSource } from "./layers.js";
import { wedge } from "./wedge.js";

const [VIEWS, NAMES] = ["seeing", "seeing-names"];
const PALE = "#e6edf7";
const GROUND = "#0b1220";

/** A camera that sees a place; in which direction it stands from there, and why it is the better one. */
export interface Sight {
  id: number;
  name: string;
  bearing: number; // degrees
  why: string;
  turns: boolean; // whether one may turn it there
}

/** Which cameras see a place, best first; `turned`: also those that would see it if they were turned there. */
export async function seeing(place: { lat: number; lon: number }, most: number, turned = false): Promise<Sight[]> {
  return (await get<{ results: Sight[] }>(`cameras/?seeing=${place.lon},${place.lat}&limit=${most}${turned ? "&turned=true" : ""}`)).results;
}

/** Bring out these cameras; `scale` 1 for letters of 16 px. */
export function showSeeing(map: GlMap, cameras: CameraPayload[], scale: number): void {
  const views = cameras.map((camera) => ({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [wedge(camera)] } }));
  const names = cameras.map((camera) => ({ type: "Feature", properties: { name: camera.name }, geometry: { type: "Point", coordinates: [camera.lon, camera.lat] } }));
  fillSource(map, VIEWS, views, () => viewLayers(scale), "camera-marks");
  fillSource(map, NAMES, names, () => nameLayers(scale));
}

function viewLayers(scale: number): LayerSpecification[] {
  return [
    { id: "seeing-views", type: "fill", source: VIEWS, paint: { "fill-color": PALE, "fill-opacity": 0.16 } },
    { id: "seeing-edges", type: "line", source: VIEWS, paint: { "line-color": PALE, "line-width": 2 * scale } },
  ];
}

function nameLayers(scale: number): LayerSpecification[] {
  return [
    { id: "seeing-dots", type: "circle", source: NAMES, paint: { "circle-radius": 6 * scale, "circle-color": PALE, "circle-stroke-color": GROUND, "circle-stroke-width": 2 * scale } },
    {
      id: NAMES, type: "symbol", source: NAMES,
      layout: {
        "text-field": ["get", "name"], "text-font": ["Noto Sans SC"], "text-size": 20 * scale, "text-max-width": 10,
        "text-variable-anchor": ["top", "bottom", "left", "right"], "text-radial-offset": 0.7, "text-justify": "auto",
      },
      paint: { "text-color": PALE, "text-halo-color": GROUND, "text-halo-width": 2.5 * scale },
    },
  ] as LayerSpecification[]; // prettier-ignore
}
