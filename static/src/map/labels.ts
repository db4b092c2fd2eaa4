// What is written on the base map: streets along their line, one-way arrows, landmarks, water and green, house numbers.

import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";

const FONT = ["Noto Sans SC"];
const HALO = { "text-halo-color": "#0b1220", "text-halo-width": 2 };
const BIG = ["literal", ["motorway", "trunk", "primary", "secondary"]];

const LANDMARKS: ExpressionSpecification = [
  "match", ["get", "category"],
  ["park", "garden", "wood", "forest", "nature_reserve", "grass", "golf_course"], "#6fa68b",
  ["water", "river", "canal", "stream", "reservoir"], "#6f9fd8",
  ["police", "hospital", "fire_station"], "#d5e2f5", "#8fa3c2",
]; // prettier-ignore

const size = (scale: number, ...stops: number[]): ExpressionSpecification =>
  ["interpolate", ["linear"], ["zoom"], ...stops.map((stop, at) => (at % 2 ? stop * scale : stop))] as unknown as ExpressionSpecification;

/** The layers of letters over one source, least important first. */
export function labels(source: string, scale: number): LayerSpecification[] {
  const layer = (id: string, rest: object) => ({ id: `${source}-${id}`, source, type: "symbol", ...rest }) as unknown as LayerSpecification;
  const street = { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": FONT, "text-letter-spacing": 0.08, "text-max-angle": 35, "text-padding": 6 };
  const road = { type: "symbol", "source-layer": "road" };
  return [
    layer("number", {
      "source-layer": "place", minzoom: 17, filter: ["==", ["get", "kind"], "address"],
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 14 * scale, "text-padding": 4 },
      paint: { "text-color": "#8aa0bd", ...HALO },
    }),
    layer("landmark", {
      "source-layer": "place", minzoom: 13, filter: ["==", ["get", "kind"], "landmark"],
      layout: {
        "text-field": ["get", "name"], "text-font": FONT, "text-size": size(scale, 13, 14, 17, 15), "text-max-width": 8,
        "text-padding": 14, "symbol-sort-key": ["get", "rank"],
      },
      paint: { "text-color": LANDMARKS, ...HALO },
    }),
    layer("arrow", {
      ...road, minzoom: 16, filter: ["==", ["get", "oneway"], 1],
      layout: {
        "symbol-placement": "line", "symbol-spacing": 130 * scale, "icon-image": "arrow", "icon-size": 0.7 * scale,
        "icon-rotation-alignment": "map", "icon-padding": 1,
      },
    }),
    layer("street-small", {
      ...road, minzoom: 15, filter: ["all", ["has", "name"], ["!=", ["get", "name"], ""], ["!", ["in", ["get", "kind"], BIG]]],
      layout: { ...street, "text-size": size(scale, 15, 14, 18, 17), "symbol-spacing": 320 * scale },
      paint: { "text-color": "#a9bbd6", ...HALO },
    }),
    layer("street-big", {
      ...road, minzoom: 12, filter: ["all", ["has", "name"], ["!=", ["get", "name"], ""], ["in", ["get", "kind"], BIG]],
      layout: { ...street, "text-size": size(scale, 12, 14, 18, 19), "symbol-spacing": 420 * scale },
      paint: { "text-color": "#c3d1e6", ...HALO },
    }),
    layer("water-name", {
      "source-layer": "area", minzoom: 11, filter: ["all", ["==", ["get", "kind"], "water"], ["has", "name"], ["!=", ["get", "name"], ""]],
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 16 * scale, "text-letter-spacing": 0.15, "text-padding": 110 },
      paint: { "text-color": "#6f9fd8", ...HALO },
    }),
  ]; // prettier-ignore
}

/** The arrow of a one-way street, pointing along the line. */
export function arrow(): ImageData {
  const side = 48;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const pen = canvas.getContext("2d");
  if (!pen) return new ImageData(side, side);
  pen.strokeStyle = "#9db4d6";
  pen.lineWidth = 5;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(6, 24);
  pen.lineTo(40, 24);
  pen.moveTo(29, 13);
  pen.lineTo(41, 24);
  pen.lineTo(29, 35);
  pen.stroke();
  return pen.getImageData(0, 0, side, side);
}
