// Pairs of points that are being set: what is still a half waits for its other half. Pure.

export interface Pixel {
  x: number; // shares of the picture
  y: number;
}

export interface Spot {
  lat: number; // degrees, WGS-84
  lon: number;
}

export type Pair = Pixel & Spot;

export const LEAST = 4;
const DIGITS = 7;

export class Pairs {
  all: Pair[] = [];
  pixel: Pixel | null = null;
  spot: Spot | null = null;

  constructor(said: unknown) {
    if (!Array.isArray(said)) return;
    this.all = (said as number[][]).map(([x, y, lat, lon]) => ({ x: x!, y: y!, lat: lat!, lon: lon! }));
  }

  /** Point at something in the picture, or on the map; a second time in one of them moves the half. */
  set(half: Pixel | Spot): void {
    if ("x" in half) this.pixel = half;
    else this.spot = half;
    if (!this.pixel || !this.spot) return;
    this.all.push({ ...this.pixel, ...this.spot });
    this.pixel = this.spot = null;
  }

  /** Move the place of a pair. */
  move(at: number, spot: Spot): void {
    this.all[at] = { ...this.all[at]!, ...spot };
  }

  remove(at: number): void {
    this.all.splice(at, 1);
  }

  /** As the server takes them. */
  said(): number[][] {
    const round = (value: number) => Number(value.toFixed(DIGITS));
    return this.all.map(({ x, y, lat, lon }) => [x, y, lat, lon].map(round));
  }
}
