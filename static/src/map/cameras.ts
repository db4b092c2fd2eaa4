// Cameras on the map: a quiet mark that opens to what the camera can really see from zoom 16 on. Never louder than a unit.

import type { LayerSpecification, Map as GlMap } from "maplibre-gl";
import type { Store } from "../store.js";
import type { CameraPayload } from "../topics.js";
import { wedge } from "./wedge.js";

const OPEN_FROM = 16; // zoom at which the mark becomes the view itself
const SHOWN_FROM = 13;
const QUIET = "#8aa0bd";
const NAMED = ["cameras", "camera-views"] as const;

/** Keep the marks of all cameras true. */
export function showCameras(map: GlMap, store: Store, scale: number): void {
  const draw = () => fill(map, [...store.camera.values()]);
  const begin = () => {
    addCameraLayers(map, scale);
    draw();
  };
  if (map.isStyleLoaded()) begin();
  else map.once("load", begin);
  store.on(["camera"], draw);
}

/** Put the sources and layers of cameras over the base map, below everything that moves. */
export function addCameraLayers(map: GlMap, scale: number): void {
  if (map.getSource(NAMED[0])) return;
  for (const [name, image] of Object.entries(images())) if (!map.hasImage(name)) map.addImage(name, image, { pixelRatio: 2 });
  for (const source of NAMED) map.addSource(source, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  for (const layer of layers(scale)) map.addLayer(layer);
}

/** Draw these cameras. */
export function fill(map: GlMap, cameras: CameraPayload[]): void {
  const set = (source: string, features: unknown[]) => {
    const found = map.getSource(source) as { setData(data: unknown): void } | undefined;
    found?.setData({ type: "FeatureCollection", features });
  };
  set(NAMED[0], cameras.map((camera) => ({ type: "Feature", properties: properties(camera), geometry: { type: "Point", coordinates: [camera.lon, camera.lat] } })));
  set(NAMED[1], cameras.map((camera) => ({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [wedge(camera)] } })));
}

function properties(camera: CameraPayload) {
  return { name: camera.name, bearing: camera.bearing_deg, icon: camera.fov_deg > 180 ? "camera-round" : "camera-wedge" };
}

function layers(scale: number): LayerSpecification[] {
  return [
    { id: "camera-views", type: "fill", source: NAMED[1], minzoom: OPEN_FROM, paint: { "fill-color": QUIET, "fill-opacity": 0.12 } },
    { id: "camera-edges", type: "line", source: NAMED[1], minzoom: OPEN_FROM, paint: { "line-color": QUIET, "line-width": 1.2 * scale, "line-opacity": 0.65 } },
    {
      id: "camera-marks", type: "symbol", source: NAMED[0], minzoom: SHOWN_FROM,
      layout: {
        "icon-image": ["get", "icon"], "icon-rotate": ["get", "bearing"], "icon-rotation-alignment": "map", "icon-allow-overlap": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], SHOWN_FROM, 0.45 * scale, OPEN_FROM, 0.8 * scale], "icon-ignore-placement": true,
      },
      paint: { "icon-opacity": 0.85 },
    },
    {
      id: "camera-names", type: "symbol", source: NAMED[0], minzoom: OPEN_FROM + 1.5,
      layout: { "text-field": ["get", "name"], "text-font": ["Noto Sans SC"], "text-size": 14 * scale, "text-offset": [0, 1.1], "text-anchor": "top", "text-max-width": 9 },
      paint: { "text-color": "#a9bbd6", "text-halo-color": "#0b1220", "text-halo-width": 2 },
    },
  ]; // prettier-ignore
}

/** The two marks, looking north: a wedge, and a ring for what sees all around. */
function images(): Record<string, ImageData> {
  return {
    "camera-wedge": drawn((pen) => {
      pen.moveTo(24, 34);
      pen.lineTo(10, 10);
      pen.arc(24, 34, 27.8, -2.1, -1.04);
      pen.closePath();
    }),
    "camera-round": drawn((pen) => pen.arc(24, 24, 14, 0, Math.PI * 2)),
  };
}

function drawn(shape: (pen: CanvasRenderingContext2D) => void): ImageData {
  const side = 48;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const pen = canvas.getContext("2d");
  if (!pen) return new ImageData(side, side);
  pen.lineJoin = "round";
  pen.beginPath();
  shape(pen);
  pen.lineWidth = 8;
  pen.strokeStyle = "#0b1220";
  pen.stroke();
  pen.fillStyle = "#22304a";
  pen.fill();
  pen.lineWidth = 3;
  pen.strokeStyle = QUIET;
  pen.stroke();
  return pen.getImageData(0, 0, side, side);
}
