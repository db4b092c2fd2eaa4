// The scene: the phones of the incident's units that show it, and the cameras that have its place in view. On a wall they open by
// themselves; at a desk somebody opens them, since each opening goes on record.

import { el, keyed, need, say } from "../dom.js";
import { age } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import { get } from "../rest.js";
import type { IncidentPayload } from "../topics.js";
import type { Picture } from "./picture.js";
import { Watching } from "./watching.js";

const MOST = 6;
const PHONES = 4; // of them
const AGAIN_MS = 10_000; // after an answer that didn't come

interface Scene {
  id: number; // of the source
  name: string;
}

export class Scenes {
  private readonly watching = new Watching();
  private readonly pictures = new Map<number, Picture>();
  private incident = "";
  private asked = ""; // for which place cameras were asked for
  private cameras: number[] = []; // that see it, best first
  private isOpen: boolean;

  /** `button`: by which somebody opens and closes them; null where they open by themselves. */
  constructor(
    private readonly live: Live,
    private readonly button: HTMLButtonElement | null = null,
  ) {
    this.isOpen = !button;
    button?.addEventListener("click", () => {
      this.isOpen = !this.isOpen;
      this.draw(live.store.incident.get(this.incident) ?? null);
    });
    live.store.on(["camera"], () => (this.asked = "")); // one was added, turned or taken away
    setInterval(() => this.pictures.forEach((picture, source) => this.told(source, picture)), 500);
  }

  /** Show this incident's scene; null closes all of it. */
  draw(incident: IncidentPayload | null): void {
    const number = incident?.number ?? "";
    if (number !== this.incident) {
      for (const source of [...this.pictures.keys()]) this.leave(source);
      if (this.button) this.isOpen = false;
    }
    this.incident = number;
    if (incident) void this.ask(incident);
    const all = number ? this.of(number) : [];
    const there = this.isOpen ? all : [];
    for (const source of [...this.pictures.keys()]) if (!there.some((one) => one.id === source)) this.leave(source);
    need("scenes").hidden = !all.length;
    const words = this.isOpen ? gettext("Close the pictures") : gettext("What they see: %(count)s", { count: all.length });
    if (this.button) say(this.button, words);
    this.button?.setAttribute("aria-expanded", String(this.isOpen));
    keyed(need("scene-list"), there, (one) => String(one.id), (one) => this.tile(one), () => undefined);
  }

  /** Which cameras see the place: asked once, and again when it or a camera has moved. */
  private async ask(incident: IncidentPayload): Promise<void> {
    const place = `${incident.number} ${incident.lat} ${incident.lon}`;
    if (place === this.asked) return;
    this.asked = place;
    const found = await get<{ results: { id: number }[] }>(`cameras/?seeing=${incident.lon},${incident.lat}`).catch(() => null);
    if (this.asked !== place) return;
    this.cameras = (found?.results ?? []).map((one) => one.id);
    if (!found) setTimeout(() => (this.asked = ""), AGAIN_MS);
    if (this.incident === incident.number) this.draw(incident);
  }

  private of(number: string): Scene[] {
    const phones: Scene[] = this.phones(number);
    const cameras = this.cameras.map((id) => this.live.store.camera.get(String(id))).filter((one) => one?.source);
    return [...phones, ...cameras.map((one) => ({ id: one!.source!, name: one!.name }))].slice(0, MOST);
  }

  private phones(number: string): Scene[] {
    const units = [...this.live.store.unit.values()].filter((unit) => unit.incident === number);
    const sends = (one: { station: string; name: string }) => units.some((unit) => unit.station === one.station && unit.crew.includes(one.name));
    return [...this.live.store.picture.values()].filter(sends).sort((a, b) => a.since.localeCompare(b.since)).slice(0, PHONES);
  }

  private tile(one: Scene): HTMLElement {
    const canvas = el("canvas", { "aria-label": one.name, role: "img" });
    this.pictures.set(one.id, this.watching.watch(one.id, canvas, { incident: this.incident }));
    return el("li", { "data-source": String(one.id) }, canvas, el("p", {}, el("b", {}, one.name), " ", el("small"), el("span")));
  }

  private leave(source: number): void {
    this.watching.leave(source);
    this.pictures.delete(source);
  }

  private told(source: number, picture: Picture): void {
    const item = document.querySelector<HTMLElement>(`#scene-list [data-source="${source}"]`);
    if (!item) return;
    const shown = (item.dataset.shown = picture.shown());
    item.dataset.late = picture.delay(0.95).toFixed(0); // ms: `./station bench scene` reads it
    const words = { waiting: gettext("no picture yet"), live: gettext("live"), stale: gettext("as of %(age)s ago", { age: age(picture.age()) }), refused: picture.refusal };
    say(item.querySelector("span")!, words[shown]);
    say(item.querySelector("small")!, shown === "refused" ? "" : picture.remarks());
  }
}
