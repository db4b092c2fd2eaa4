// “Which cameras see this?”: of any place on the map, by the right mouse button, or by a key at its middle. Nothing is opened;
// one that turns is turned there by a button, for the incident that is chosen.

import { type Map as GlMap, Marker } from "maplibre-gl";
import { el, say, set } from "../dom.js";
import { compass } from "../format.js";
import { gettext } from "../i18n.js";
import { post, Refusal } from "../rest.js";
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
    private readonly incident: () => string | null, // for which cameras are turned
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
    const found = await seeing(place, MOST, true).catch((lost: unknown) => lost as Error);
    if (asked !== this.asked) return;
    this.close();
    const sights = Array.isArray(found) ? found : [];
    const words = Array.isArray(found) ? gettext("No camera sees this place.") : found instanceof Refusal ? found.message : gettext("No answer: try again.");
    this.answer = answer(sights, words, (sight) => turner(sight, place, this.incident));
    this.map.getContainer().append(this.answer);
    this.spot.setLngLat([place.lon, place.lat]).addTo(this.map);
    this.draw(sights);
  }

  private draw(sights: Sight[]): void {
    const cameras = sights.map((one) => this.store.camera.get(String(one.id))).filter((one) => one !== undefined);
    showSeeing(this.map, cameras, this.scale);
  }
}

function answer(sights: Sight[], none: string, turning: (sight: Sight) => HTMLElement): HTMLElement {
  const rows = sights.map((one) =>
    el("li", {}, el("b", {}, one.name), ` ${compass(one.bearing)} `, el("span", {}, one.why), one.turns ? turning(one) : null),
  );
  const title = el("h3", {}, gettext("Cameras that see this place"));
  return el("div", { class: "who-sees", role: "status" }, title, rows.length ? el("ol", {}, ...rows) : el("p", {}, none));
}

/** A button that turns a camera to the place, and what became of it. */
function turner(sight: Sight, place: Place, incident: () => string | null): HTMLElement {
  const button = el("button", { type: "button", "aria-label": gettext("turn there: %(name)s", { name: sight.name }) }, gettext("turn there"));
  const said = el("em", { role: "status" });
  button.addEventListener("click", () => {
    set(button, { disabled: true });
    say(said, gettext("turning …"));
    void post(`cameras/${sight.id}/look/`, { ...place, incident: incident() ?? "" })
      .then(() => gettext("is told to look there"), (lost: unknown) => (lost instanceof Refusal ? lost.message : gettext("No answer: try again.")))
      .then((words) => {
        say(said, words);
        set(button, { disabled: false });
      });
  });
  return el("div", {}, button, said);
}
