// The desk's own map: where a call is, and where a pin goes when there is no address.

import type { Map as GlMap } from "maplibre-gl";
import { need } from "../dom.js";
import type { Live } from "../live.js";
import { showBlocks } from "../map/blocks.js";
import { showCameras } from "../map/cameras.js";
import { type Area, cornersOf, showHole } from "../map/hole.js";
import { Marks } from "../map/marks.js";
import { around, calm, drawBoundary, fit, home, loadMaps, openMap } from "../map/places.js";
import type { Place } from "./draft.js";

const CLOSE = 16;
const SCALE = 0.62; // of the wall's marks

export interface DeskMapUser {
  pinned(lat: number, lon: number): void;
  chosen(number: string): void;
}

export class DeskMap {
  private map: GlMap | null = null;
  private marks: Marks | null = null;
  private pin: Place | null = null;
  private then: ((lat: number, lon: number) => void) | null = null; // what the next place is for, if not for the form
  private isPlaced = false;

  constructor(
    private readonly live: Live,
    private readonly station: string,
    private readonly user: DeskMapUser,
  ) {}

  async open(): Promise<void> {
    const maps = await loadMaps();
    try {
      this.map = await openMap(need("map"), maps, 0.95);
    } catch {
      need("map-note").hidden = false;
      return;
    }
    const map = this.map;
    this.marks = new Marks(map, this.live, () => SCALE);
    showCameras(map, this.live.store, 0.95);
    showBlocks(map, this.live.store, 0.95);
    this.marks.pin = this.pin;
    const first = () => {
      drawBoundary(map, this.live.store);
      const bounds = this.isPlaced || this.live.store.station.size === 0 ? null : home(this.live.store, this.station, maps);
      if (bounds) fit(map, bounds, 12, false);
      this.isPlaced ||= bounds !== null;
    };
    map.on("load", first);
    this.live.store.on(["station"], first);
    map.on("click", (event) => this.clicked(event.point.x, event.point.y, event.lngLat));
    need("map").addEventListener("keydown", (event) => this.key(event));
  }

  middle(): { lat: number; lon: number } | null {
    const centre = this.map && this.isPlaced ? this.map.getCenter() : null;
    return centre && { lat: centre.lat, lon: centre.lng };
  }

  /** Show or hide; the choice is kept for the next shift. */
  toggle(): void {
    const isHidden = document.body.classList.toggle("no-map");
    localStorage.setItem("desk-map", isHidden ? "off" : "on");
    this.map?.resize();
  }

  /** Let the arrows move the map and Enter set the pin in its middle, for the form, or for what `then` does with it. */
  aim(then: ((lat: number, lon: number) => void) | null = null): void {
    this.then = then;
    if (document.body.classList.contains("no-map")) this.toggle();
    need("map").classList.add("aiming");
    need("map").focus();
  }

  showPin(place: Place | null): void {
    this.pin = place;
    if (this.marks) {
      this.marks.pin = place;
      this.marks.redraw();
    }
    if (place) this.look(place);
  }

  /** What would be left open; null for nothing. `look`: somebody asked, so it comes into view together with the pin. */
  showHole(area: Area | null, look: boolean): void {
    if (!this.map) return;
    showHole(this.map, area);
    const bounds = area && look ? around([...cornersOf(area), ...(this.pin ? [this.pin] : [])]) : null;
    if (bounds) fit(this.map, bounds, 24);
  }

  select(number: string | null): void {
    if (!this.marks) return;
    this.marks.selected = number;
    const incident = number ? this.live.store.incident.get(number) : undefined;
    if (incident && document.activeElement?.closest("#intake") === null) this.look(incident);
    this.marks.redraw();
  }

  look(place: { lat: number; lon: number }): void {
    const zoom = Math.max(CLOSE, this.map?.getZoom() ?? CLOSE);
    this.map?.easeTo({ center: [place.lon, place.lat], zoom, duration: calm() ? 0 : 300 });
  }

  private clicked(x: number, y: number, at: { lat: number; lng: number }): void {
    const mark = this.marks?.at(x, y);
    const isAiming = need("map").classList.contains("aiming");
    if (mark?.kind === "incident" && !isAiming) return this.user.chosen(mark.incident.number);
    if (mark?.kind === "unit" && !isAiming) return;
    this.set(at);
  }

  private set(at: { lat: number; lng: number }): void {
    need("map").classList.remove("aiming");
    const then = this.then ?? ((lat, lon) => this.user.pinned(lat, lon));
    this.then = null;
    then(at.lat, at.lng);
  }

  private leave(): void {
    need("map").classList.remove("aiming");
    this.then = null;
  }

  private key(event: KeyboardEvent): void {
    const moves: Record<string, [number, number]> = { ArrowUp: [0, -60], ArrowDown: [0, 60], ArrowLeft: [-60, 0], ArrowRight: [60, 0] };
    const move = moves[event.key];
    if (move) this.map?.panBy(move, { duration: 0 });
    else if (event.key === "+" || event.key === "=") this.map?.zoomIn({ duration: 0 });
    else if (event.key === "-") this.map?.zoomOut({ duration: 0 });
    else if (event.key === "Enter" && this.map) this.set(this.map.getCenter());
    else if (event.key === "Escape") this.leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
