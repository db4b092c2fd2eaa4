// “Which cameras see this?”: of any place on the map, by the right mouse button, or by a key at its middle. Nothing is opened.

import { type Map as GlMap, Marker } from "maplibre-gl";
import { el } from "../dom.js";
import { compass } from "../format.js";
import { gettext } from "../i18n.js";
import { Refusal } from "../rest.js";
import type { Store } from "../store.js";
import { seeing, showSeeing, type Sight } from "./seeing.js";

const MOST = 6;

interface Place {
  lat: number;
  lon: number;
}

export class WhoSees {
  private answer: HTMLElement | null = null;
  private readonly spot = new Marker({ element: el("i", { class: "asked-spot" }) });
  private asked = 0;

  constructor(
    private readonly map: GlMap,
    private readonly store: Store,
    private readonly scale: number, // 1 for letters of 16 px
  ) {
    map.on("click", () => this.close());
    map.on("contextmenu", ({ lngLat }) => void this.ask({ lat: lngLat.lat, lon: lngLat.lng }));
  }

  /** Ask about what lies in the middle of the map. */
  askMiddle(): void {
    const { lat, lng } = this.map.getCenter();
    void this.ask({ lat, lon: lng });
  }

  /** Take the answer away; whether there was one. */
  close(): boolean {
    if (!this.answer) return false;
    this.answer.remove();
    this.answer = null;
    this.spot.remove();
    showSeeing(this.map, [], this.scale);
    return true;
  }

  private async ask(place: Place): Promise<void> {
    const asked = ++this.asked;
    const found = await seeing(place, MOST).catch((lost: unknown) => lost as Error);
    if (asked !== this.asked) return;
    this.close();
    const sights = Array.isArray(found) ? found : [];
    const words = Array.isArray(found) ? gettext("No camera sees this place.") : found instanceof Refusal ? found.message : gettext("No answer: try again.");
    this.answer = answer(sights, words);
    this.map.getContainer().append(this.answer);
    this.spot.setLngLat([place.lon, place.lat]).addTo(this.map);
    this.draw(sights);
  }

  private draw(sights: Sight[]): void {
    const cameras = sights.map((one) => this.store.camera.get(String(one.id))).filter((one) => one !== undefined);
    showSeeing(this.map, cameras, this.scale);
  }
}

function answer(sights: Sight[], none: string): HTMLElement {
  const rows = sights.map((one) => el("li", {}, el("b", {}, one.name), ` ${compass(one.bearing)} `, el("span", {}, one.why)));
  const title = el("h3", {}, gettext("Cameras that see this place"));
  return el("div", { class: "who-sees", role: "status" }, title, rows.length ? el("ol", {}, ...rows) : el("p", {}, none));
}
