// Which cameras have the incident's place in view: asked of the server, listed, and brought out on the map. No picture is opened.

import { el, keyed, need, say } from "../dom.js";
import { compass } from "../format.js";
import type { Live } from "../live.js";
import { seeing, showSeeing, type Sight } from "../map/seeing.js";
import { isAsked } from "../map/who_sees.js";
import type { IncidentPayload } from "../topics.js";
import { hideRest } from "./assist_incident.js";
import { rem, type View } from "./view.js";

const MOST = 8;
const AGAIN_MS = 10_000; // after an answer that didn't come

export class Seeing {
  private sights: Sight[] | null = null; // best first; null: not known yet
  private asked = ""; // for which place
  private again = 0;

  constructor(
    private readonly live: Live,
    private readonly view: View,
    private readonly news: () => void,
  ) {
    live.store.on(["camera"], () => (this.asked = "")); // one was added, turned or taken away
  }

  /** Keep list and map true for this incident; null takes both away. */
  draw(incident: IncidentPayload | null): void {
    const place = incident ? `${incident.lat} ${incident.lon}` : "";
    if (incident && (place !== this.asked || this.isDue())) void this.ask(incident, place);
    const sights = incident ? this.sights : null;
    need("seeing-none").hidden = sights?.length !== 0;
    keyed(need("seeing-list"), sights ?? [], (one) => String(one.id), row, update);
    hideRest(need("seeing-list"), need("seeing-more"));
    const cameras = (sights ?? []).map((one) => this.live.store.camera.get(String(one.id))).filter((one) => one !== undefined);
    if (this.view.map && !isAsked()) showSeeing(this.view.map, cameras, rem() / 16);
  }

  private isDue(): boolean {
    return this.sights === null && performance.now() > this.again;
  }

  private async ask(incident: IncidentPayload, place: string): Promise<void> {
    [this.asked, this.again] = [place, performance.now() + AGAIN_MS];
    const found = await seeing(incident, MOST).catch(() => null);
    if (this.asked !== place) return;
    this.sights = found;
    this.news();
  }
}

function row(): HTMLElement {
  return el("li", {}, el("b"), el("span"), el("p"));
}

function update(item: HTMLElement, one: Sight): void {
  say(item.querySelector("b")!, one.name);
  say(item.querySelector("span")!, compass(one.bearing));
  say(item.querySelector("p")!, one.why);
}
