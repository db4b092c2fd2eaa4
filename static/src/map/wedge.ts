// What a camera can see, as a polygon on the ground. Pure.

export interface Stand {
  lat: number; // degrees, WGS-84
  lon: number;
  bearing_deg: number; // of the middle, clockwise from north
  fov_deg: number;
  range_m: number;
}

const EARTH_M = 6_371_008.8; // mean radius, IUGG
const STEP_DEG = 5; // between two points of the arc
const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const degrees = (angle: number): number => (angle * 180) / Math.PI;

/** The place that lies `metres` from another in a direction; [lon, lat]. */
export function placeAt(from: { lat: number; lon: number }, bearing: number, metres: number): [number, number] {
  const [p, turn, far] = [radians(from.lat), radians(bearing), metres / EARTH_M];
  const lat = Math.asin(Math.sin(p) * Math.cos(far) + Math.cos(p) * Math.sin(far) * Math.cos(turn));
  const lon = radians(from.lon) + Math.atan2(Math.sin(turn) * Math.sin(far) * Math.cos(p), Math.cos(far) - Math.sin(p) * Math.sin(lat));
  return [degrees(lon), degrees(lat)];
}

/** Direction and distance from one place to another, degrees clockwise from north and metres. */
export function wayTo(from: { lat: number; lon: number }, to: { lat: number; lon: number }): { bearing: number; metres: number } {
  const [p1, p2, turn] = [radians(from.lat), radians(to.lat), radians(to.lon - from.lon)];
  const [east, north] = [Math.sin(turn) * Math.cos(p2), Math.cos(p1) * Math.sin(p2) - Math.sin(p1) * Math.cos(p2) * Math.cos(turn)];
  const half = Math.sin((p2 - p1) / 2) ** 2 + Math.cos(p1) * Math.cos(p2) * Math.sin(turn / 2) ** 2;
  return { bearing: around(degrees(Math.atan2(east, north))), metres: 2 * EARTH_M * Math.asin(Math.sqrt(Math.min(1, half))) };
}

/** A direction from 0 up to 360. */
export const around = (bearing: number): number => ((bearing % 360) + 360) % 360;

/** The ring of a camera's view: a wedge, or a circle when it sees all around. */
export function wedge(stand: Stand): [number, number][] {
  const { bearing_deg: middle, fov_deg: wide, range_m: metres } = stand;
  const steps = Math.max(2, Math.ceil(wide / STEP_DEG));
  const arc = Array.from({ length: steps + 1 }, (_, at) => placeAt(stand, middle - wide / 2 + (wide * at) / steps, metres));
  if (wide >= 360) return [...arc.slice(0, -1), arc[0]!];
  const corner: [number, number] = [stand.lon, stand.lat];
  return [corner, ...arc, corner];
}
