// The desk's own map: where a call is, and where a pin goes when there is no address.

import { type Map as GlMap, Marker } from "maplibre-gl";
import { el, need } from "../dom.js";
import type { Live } from "../live.js";
import { blockAt, showBlocks } from "../map/blocks.js";
import { showCameras } from "../map/cameras.js";
import { type Area, cornersOf, showHole } from "../map/hole.js";
import { Marks } from "../map/marks.js";
import { around, drawBoundary, fit, flight, home, loadMaps, openMap } from "../map/places.js";
import { showWays, type Way } from "../map/ways.js";
import type { Pen } from "../map/pen.js";
import { type Draws, Pointing } from "../map/pointing.js";
import { WhoSees } from "../map/who_sees.js";
import type { Eye, Place as Spot } from "../video/large.js";
import type { Place } from "./draft.js";

const CLOSE = 16;
const LETTERS = 0.6; // of the wall's names of ways
const SCALE = 0.62; // of the wall's marks

export interface DeskMapUser {
  pinned(lat: number, lon: number): void;
  chosen(number: string): void;
  incident(): string | null; // that is chosen
  blockChosen(id: string): void;
  unitChosen(key: string): void;
  watch(eye: Eye): void;
}

export class DeskMap {
  private map: GlMap | null = null;
  private marks: Marks | null = null;
  private whoSees: WhoSees | null = null;
  private pin: Place | null = null;
  private isPlaced = false;
  private pointing: Pointing | null = null;
  private framed: { lat: number; lon: number }[] = []; // a way that was asked for
  private readonly spot = new Marker({ element: el("i", { class: "asked-spot" }) });

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
    const pointing = (this.pointing = new Pointing(map, need("map"), {
      middle: () => map.getCenter(), placed: (lat, lon) => this.user.pinned(lat, lon), escaped: () => this.escaped(),
    }));
    this.whoSees = new WhoSees(map, this.live, LETTERS, {
      maps, pointing, home: () => map.getContainer(), middle: () => map.getCenter(), mayAsk: () => true, changed: () => undefined,
      incident: () => this.user.incident(), watch: (eye) => this.user.watch(eye),
    });
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
    if (document.body.classList.contains("no-map")) this.toggle();
    this.pointing?.aim(then);
  }

  /** Which cameras see what lies in the middle; a second time the answer goes. */
  askWhoSees(): void {
    if (!this.whoSees?.close()) this.whoSees?.askMiddle();
  }

  /** Which cameras see a place. */
  whoSeesThere(place: Spot): void {
    this.whoSees?.ask(place);
  }

  /** Mark a place that somebody points at elsewhere; null takes the mark away. */
  mark(place: Spot | null): void {
    this.spot.remove();
    if (!place || !this.map) return;
    this.spot.setLngLat([place.lon, place.lat]).addTo(this.map);
    if (!this.map.getBounds().contains([place.lon, place.lat])) this.look(place);
  }

  showPin(place: Place | null): void {
    this.pin = place;
    this.framed = [];
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
    if (area && look) this.fitAll(cornersOf(area));
  }

  /** Draw these ways; `look`: the whole of that one comes into view, since somebody asked for it. */
  showWays(ways: Way[], look: Way | null): void {
    if (!this.map) return;
    showWays(this.map, ways, LETTERS);
    if (!look) return;
    this.framed = look.shape.map(([lon, lat]) => ({ lon, lat }));
    this.fitAll([]);
  }

  private fitAll(places: { lat: number; lon: number }[]): void {
    const bounds = around([...places, ...this.framed, ...(this.pin ? [this.pin] : [])]);
    if (this.map && bounds) fit(this.map, bounds, 24);
  }

  /** Let somebody draw: clicks, Space and Backspace make corners until it rests. Null where there is no map. */
  draw(draws: Draws): Pen | null {
    if (this.pointing && document.body.classList.contains("no-map")) this.toggle();
    return this.pointing?.draw(draws) ?? null;
  }

  /** Nobody draws any more. */
  rest(): void {
    this.pointing?.leave();
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
    if (this.map) this.map.easeTo({ center: [place.lon, place.lat], zoom, duration: flight(this.map, 300) });
  }

  private clicked(x: number, y: number, at: { lat: number; lng: number }): void {
    if (this.pointing?.click(at)) return;
    const mark = this.marks?.at(x, y);
    if (mark?.kind === "incident") return this.user.chosen(mark.incident.number);
    if (mark?.kind === "unit") return this.user.unitChosen(mark.id);
    const block = this.map && blockAt(this.map, x, y);
    if (block) return this.user.blockChosen(block);
    this.pointing?.place(at);
  }

  /** Escape is always the map's while it has the focus. */
  private escaped(): boolean {
    this.whoSees?.close();
    return true;
  }
}
