// What part of the map is looked at. Only keys and the pointer move it, never news.

import { type Map as GlMap, Marker } from "maplibre-gl";
import { el, need, say } from "../dom.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import { showBlocks } from "../map/blocks.js";
import { showCameras } from "../map/cameras.js";
import { coarse } from "../map/coarse.js";
import { showHole } from "../map/hole.js";
import { Marks } from "../map/marks.js";
import { around, type Bounds, drawBoundary, fit, flight, home, loadMaps, openMap, type Padding } from "../map/places.js";
import { showSeeing } from "../map/seeing.js";
import type { BaseMap } from "../map/style.js";
import { warm } from "../map/warm.js";
import { showWays } from "../map/ways.js";
import type { IncidentPayload } from "../topics.js";
import type { Focus } from "./focus.js";

const CLOSE = 16.5; // zoom at which a street corner is understood
export const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

/** Where one looks, to come back to. */
export interface Spot {
  center: [number, number];
  zoom: number;
}

export class View {
  map: GlMap | null = null;
  moves = 0; // how often a person moved the picture
  private marks: Marks | null = null;
  maps: BaseMap[] = []; // that were loaded, newest first
  private shown = -1; // which map M has chosen, -1 the overview
  private before: Spot[] = [];
  private placed = false;
  private unitChosen: (key: string) => void = () => undefined;
  private isMeant: (at: { lat: number; lng: number }) => boolean = () => false;
  private readonly pointed = new Marker({ element: el("i", { class: "asked-spot" }) });

  constructor(
    private readonly live: Live,
    private readonly station: string,
    private readonly focus: Focus,
  ) {}

  /** Load the maps and draw; the overview is taken once, when it is known what there is. */
  async open(): Promise<void> {
    this.maps = await loadMaps();
    try {
      this.map = await openMap(need("map"), this.maps, 1.3 * (rem() / 16));
    } catch {
      return this.note(gettext("This browser can't draw the map (no WebGL). Lists and ages are still live."));
    }
    this.marks = new Marks(this.map, this.live, () => rem() / 16);
    showCameras(this.map, this.live.store, 1.3 * (rem() / 16));
    showBlocks(this.map, this.live.store, 1.3 * (rem() / 16));
    this.map.on("load", () => this.loaded(this.map!));
    this.map.on("movestart", ({ originalEvent }) => (this.moves += originalEvent ? 1 : 0));
    this.map.on("click", ({ point, lngLat }) => this.isMeant(lngLat) || this.clicked(point.x, point.y));
    this.live.store.on(["station"], () => this.first());
    this.first();
    if (!this.maps.length) this.note(gettext("No map has been loaded yet. An administrator loads one on the page of maps, or runs:"), "./station manage import_map FILE.osm.pbf");
  }

  private loaded(map: GlMap): void {
    drawBoundary(map, this.live.store);
    showHole(map, null);
    showWays(map, [], rem() / 16);
    showSeeing(map, [], rem() / 16);
    warm(map);
    map.once("idle", () => coarse(map)); // what a page begins with is sharp
  }

  /** The whole of what this wall is for. */
  overview(): void {
    this.shown = -1;
    this.go(home(this.live.store, this.station, this.maps));
  }

  /** The next of the imported maps. */
  nextMap(): void {
    const next = this.maps[(this.shown + 1) % Math.max(1, this.maps.length)];
    if (!next) return;
    this.shown = (this.shown + 1) % this.maps.length;
    this.go(next.bounds);
  }

  goTo(incident: IncidentPayload): void {
    if (!this.map) return;
    this.remember();
    this.select(incident.number);
    const zoom = Math.max(CLOSE, this.map.getZoom());
    this.map.easeTo({ center: [incident.lon, incident.lat], zoom, padding: this.covered(), duration: flight(this.map, 500) });
  }

  /** Close to a place. */
  look(place: { lat: number; lon: number }): void {
    if (!this.map) return;
    this.remember();
    this.map.easeTo({ center: [place.lon, place.lat], zoom: Math.max(CLOSE, this.map.getZoom()), padding: this.covered(), duration: flight(this.map, 500) });
  }

  /** Back to where one was before. */
  back(): void {
    const last = this.before.pop();
    this.select(null);
    if (last) this.restore(last);
    else this.overview();
  }

  /** Ring this incident; null for none. */
  select(number: string | null): void {
    if (!this.marks) return;
    this.marks.selected = number;
    this.marks.redraw();
  }

  /** All of these places in one picture, clear of what covers the map. */
  frame(places: { lat: number; lon: number }[]): void {
    this.go(around(places), 3 * rem());
  }

  /** Whether it is still to be seen where to look at first. */
  get isUnplaced(): boolean {
    return !this.placed;
  }

  /** Where one looks now; null without a map. */
  spot(): Spot | null {
    if (!this.map) return null;
    const { lng, lat } = this.map.getCenter();
    return { center: [lng, lat], zoom: this.map.getZoom() };
  }

  /** Look there again. */
  restore(spot: Spot): void {
    this.map?.easeTo({ ...spot, duration: flight(this.map, 500) });
  }

  zoom(by: number): void {
    this.moves += 1;
    this.map?.easeTo({ zoom: this.map.getZoom() + by, duration: flight(this.map, 200) });
  }

  /** Whether a place stands uncovered in the picture. */
  isInView(place: { lat: number; lon: number }): boolean {
    if (!this.map) return false;
    const { x, y } = this.map.project([place.lon, place.lat]);
    const [box, hidden] = [this.map.getContainer(), this.covered()];
    return x > hidden.left && y > hidden.top && x < box.clientWidth - hidden.right && y < box.clientHeight - hidden.bottom;
  }

  private first(): void {
    if (!this.map) return;
    drawBoundary(this.map, this.live.store);
    if (this.placed || this.live.store.station.size === 0) return;
    this.placed = true;
    const bounds = home(this.live.store, this.station, this.maps);
    if (bounds) fit(this.map, bounds, this.covered(), false);
  }

  /** `spare`: px besides, so that what stands at the edge is whole. */
  private go(bounds: Bounds | null, spare = 0): void {
    if (!this.map || !bounds) return;
    this.remember();
    const { top, left, right, bottom } = this.covered();
    fit(this.map, bounds, { top: top + spare, left: left + spare, right: right + spare, bottom: bottom + spare });
  }

  private remember(): void {
    const here = this.spot();
    if (here) this.before = [...this.before.slice(-9), here];
  }

  /** Ask `listener` of each click first; true where it was meant for it. */
  onClick(listener: (at: { lat: number; lng: number }) => boolean): void {
    this.isMeant = listener;
  }

  /** What lies in the middle of what is seen of the map. */
  middle(): { lat: number; lng: number } {
    const [{ clientWidth: wide, clientHeight: high }, { top, left, right, bottom }] = [this.map!.getContainer(), this.covered()];
    return this.map!.unproject([(left + wide - right) / 2, (top + high - bottom) / 2]);
  }

  /** Call `listener` with the key of a unit that was clicked. */
  onUnit(listener: (key: string) => void): void {
    this.unitChosen = listener;
  }

  /** Mark a place that somebody points at in a picture; null takes the mark away. */
  mark(place: { lat: number; lon: number } | null): void {
    this.pointed.remove();
    if (place && this.map) this.pointed.setLngLat([place.lon, place.lat]).addTo(this.map);
  }

  /** A click on an incident's mark chooses it. */
  private clicked(x: number, y: number): void {
    const mark = this.marks?.at(x, y);
    if (mark?.kind === "unit") this.unitChosen(mark.id);
    if (mark?.kind !== "incident") return;
    this.focus.choose(mark.incident.number);
    this.select(mark.incident.number);
  }

  /** How much of the map stands behind something else, px. */
  covered(): Padding {
    const edge = rem();
    const box = need("map").getBoundingClientRect();
    const panel = need("side").getBoundingClientRect();
    const talk = need("voice").getBoundingClientRect(); // where somebody has taken the screen over
    const below = Math.min(need("happened").getBoundingClientRect().top, talk.height ? talk.top : Infinity);
    const right = [...need("beside").children].map((one) => one.getBoundingClientRect()).find((one) => one.width > 0);
    const beside = panel.right < box.right && panel.height > box.height / 3;
    return {
      top: 5 * edge,
      left: beside ? Math.max(0, panel.right - box.left) + 2 * edge : edge,
      right: (beside && right ? Math.max(0, box.right - right.left) : 0) + 2 * edge,
      bottom: Math.max(0, box.bottom - below) + 2 * edge,
    };
  }

  private note(words: string, code = ""): void {
    const place = need("map-note");
    place.hidden = false;
    say(place.querySelector("span") ?? place, words);
    say(place.querySelector("code") ?? place, code);
  }
}
