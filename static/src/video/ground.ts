// Where on the ground a point of a picture lies, by the plane of a calibration. Pure; the same as the server's.

import { placeAt } from "../map/wedge.js";

export type Plane = number[]; // nine numbers, row by row: x, y (shares of the picture) and 1 to metres east and north of the camera

/** The place that a point of the picture shows, [lon, lat]; null above its horizon. */
export function groundAt(camera: { lat: number; lon: number }, plane: Plane, x: number, y: number): [number, number] | null {
  const [east, north, scale] = [0, 3, 6].map((row) => plane[row]! * x + plane[row + 1]! * y + plane[row + 2]!) as [number, number, number];
  if (scale <= 1e-9) return null;
  const bearing = (Math.atan2(east, north) * 180) / Math.PI;
  return placeAt(camera, bearing, Math.hypot(east, north) / scale);
}

/** Which point of a picture somebody points at: shares of its width and height. */
export function pointIn(canvas: HTMLElement, at: { clientX: number; clientY: number }): { x: number; y: number } {
  const box = canvas.getBoundingClientRect();
  const share = (part: number, whole: number) => Math.min(1, Math.max(0, part / whole));
  return { x: share(at.clientX - box.left, box.width), y: share(at.clientY - box.top, box.height) };
}
