// What part of the map is looked at. Only keys and the pointer move it, never news.

import type { Map as GlMap } from "maplibre-gl";
import { need, say } from "../dom.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import { showBlocks } from "../map/blocks.js";
import { showCameras } from "../map/cameras.js";
import { Marks } from "../map/marks.js";
import { type Bounds, calm, drawBoundary, fit, home, loadMaps, openMap } from "../map/places.js";
import type { BaseMap } from "../map/style.js";
import type { IncidentPayload } from "../topics.js";

const CLOSE = 16.5; // zoom at which a street corner is understood
const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

export class View {
  map: GlMap | null = null;
  private marks: Marks | null = null;
  private maps: BaseMap[] = [];
  private shown = -1; // which map M has chosen, -1 the overview
  private before: { center: [number, number]; zoom: number }[] = [];
  private placed = false;

  constructor(
    private readonly live: Live,
    private readonly station: string,
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
    this.map.on("load", () => drawBoundary(this.map!, this.live.store));
    this.live.store.on(["station"], () => this.first());
    this.first();
    if (!this.maps.length) this.note(gettext("No map has been loaded yet. An administrator loads one on the page of maps, or runs:"), "./station manage import_map FILE.osm.pbf");
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
    if (this.marks) this.marks.selected = incident.number;
    const zoom = Math.max(CLOSE, this.map.getZoom());
    this.map.easeTo({ center: [incident.lon, incident.lat], zoom, padding: this.covered(), duration: calm() ? 0 : 500 });
  }

  /** Close to a place. */
  look(place: { lat: number; lon: number }): void {
    if (!this.map) return;
    this.remember();
    this.map.easeTo({ center: [place.lon, place.lat], zoom: Math.max(CLOSE, this.map.getZoom()), padding: this.covered(), duration: calm() ? 0 : 500 });
  }

  /** Back to where one was before. */
  back(): void {
    const last = this.before.pop();
    if (this.marks) this.marks.selected = null;
    if (last) this.map?.easeTo({ ...last, duration: calm() ? 0 : 500 });
    else this.overview();
  }

  zoom(by: number): void {
    this.map?.easeTo({ zoom: this.map.getZoom() + by, duration: calm() ? 0 : 200 });
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

  private go(bounds: Bounds | null): void {
    if (!this.map || !bounds) return;
    this.remember();
    fit(this.map, bounds, this.covered());
  }

  private remember(): void {
    if (!this.map) return;
    const { lng, lat } = this.map.getCenter();
    this.before = [...this.before.slice(-9), { center: [lng, lat], zoom: this.map.getZoom() }];
  }

  private covered() {
    const edge = rem();
    const box = need("map").getBoundingClientRect();
    const panel = need("side").getBoundingClientRect();
    const strip = need("happened").getBoundingClientRect();
    const acts = document.getElementById("acts")?.getBoundingClientRect(); // no width while it is hidden
    const beside = panel.right < box.right && panel.height > box.height / 3;
    return {
      top: 5 * edge,
      left: beside ? Math.max(0, panel.right - box.left) + 2 * edge : edge,
      right: (beside && acts?.width ? Math.max(0, box.right - acts.left) : 0) + 2 * edge,
      bottom: Math.max(0, box.bottom - strip.top) + 2 * edge,
    };
  }

  private note(words: string, code = ""): void {
    const place = need("map-note");
    place.hidden = false;
    say(place.querySelector("span") ?? place, words);
    say(place.querySelector("code") ?? place, code);
  }
}
