// The scene: the phones of the incident's units that show it, and the cameras that have its place in view. On a wall they open by
// themselves; at a desk somebody opens them, since each opening goes on record.

import { el, keyed, need, say } from "../dom.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import type { IncidentPayload } from "../topics.js";
import { Eyes } from "./eyes.js";
import { Labels } from "./labels.js";
import type { Eye, Large } from "./large.js";
import type { Picture } from "./picture.js";
import { tell } from "./told.js";
import { Watching } from "./watching.js";

const MOST = 6;
const PHONES = 4; // of them

export class Scenes {
  private readonly watching = new Watching();
  private readonly pictures = new Map<number, Picture>();
  private readonly labels = new Map<number, Labels>(); // of panoramas, which are large enough to bear them
  private incident = "";
  private readonly eyes: Eyes;
  private picked: Eye[] = []; // that somebody asked for besides, the newest first
  private isOpen: boolean;

  /** `button`: by which somebody opens and closes them; null where they open by themselves. `nothing` is called where somebody opened
   * them and there is nothing to open.
   */
  constructor(
    private readonly live: Live,
    private readonly large: Large,
    private readonly button: HTMLButtonElement | null = null,
    private readonly nothing: () => void = () => undefined,
  ) {
    this.isOpen = !button;
    if (button) button.addEventListener("click", () => this.toggle());
    else this.watching.stay();
    this.eyes = new Eyes(live, (incident) => this.incident === incident.number && this.known(incident));
    setInterval(() => this.pictures.forEach((picture, source) => this.told(source, picture)), 250);
  }

  /** Open or close what somebody opens; opened, it comes into view. Where it is not known yet what there is, it opens once it is. */
  toggle(): void {
    if (!this.incident || !(this.of(this.incident).length || this.eyes.isAsking)) return this.nothing();
    this.isOpen = !this.isOpen;
    this.draw(this.live.store.incident.get(this.incident) ?? null);
    this.comeIntoView();
  }

  private comeIntoView(): void {
    if (this.isOpen) need("scenes").scrollIntoView({ block: "nearest" });
  }

  /** Show this incident's scene; null closes all of it. */
  draw(incident: IncidentPayload | null): void {
    const number = incident?.number ?? "";
    if (number !== this.incident) {
      for (const source of [...this.pictures.keys()]) this.leave(source);
      this.picked = [];
      if (this.button) this.isOpen = false;
    }
    this.incident = number;
    if (incident) this.eyes.look(incident);
    const all = number ? this.of(number) : [];
    const there = this.isOpen ? all : [];
    for (const source of [...this.pictures.keys()]) if (!there.some((one) => one.source === source)) this.leave(source);
    need("scenes").hidden = !all.length;
    const words = this.isOpen ? gettext("Close the pictures") : gettext("What they see: %(count)s", { count: all.length });
    if (this.button) say(this.button, words);
    this.button?.setAttribute("aria-expanded", String(this.isOpen));
    keyed(need("scene-list"), there, (one) => String(one.source), (one) => this.tile(one), () => undefined);
    this.watching.askAll(); // whatever else the page has to draw now
  }

  /** Know beforehand which cameras see an incident that may be shown next. */
  expect(incident: IncidentPayload): void {
    this.eyes.look(incident);
  }

  /** Show a camera that somebody asked for among the tiles, and large; whether an incident's tiles are shown here. */
  pick(eye: Eye): boolean {
    const incident = this.live.store.incident.get(this.incident);
    if (!incident || !this.isOpen) return false;
    if (!this.of(this.incident).some((one) => one.source === eye.source)) this.picked = [eye, ...this.picked];
    this.draw(incident);
    this.item(eye.source)?.querySelector<HTMLElement>("button.look")?.click();
    return true;
  }

  /** Close what somebody asked for besides. */
  unpick(): void {
    this.picked = [];
    this.draw(this.live.store.incident.get(this.incident) ?? null);
  }

  /** The next of the shown pictures, large. */
  next(): void {
    const all = [...need("scene-list").querySelectorAll<HTMLElement>("button.look")];
    const at = [...this.pictures.values()].findIndex((picture) => this.large.shows(picture));
    this.large.close();
    all[at + 1]?.click();
  }

  /** It is known by now which cameras see the incident: where nothing does, nothing opens later by itself. */
  private known(incident: IncidentPayload): void {
    const isVain = this.isOpen && !this.eyes.isAsking && !this.of(incident.number).length;
    if (this.button && isVain) {
      this.isOpen = false;
      this.nothing();
    }
    const isFirst = this.button && !this.pictures.size; // somebody opened them before it was known
    this.draw(incident);
    if (isFirst && this.pictures.size) this.comeIntoView();
  }

  private of(number: string): Eye[] {
    const there = [...this.eyes.phones(number).slice(0, PHONES), ...this.eyes.cameras()];
    const others = there.filter((one) => !this.picked.some((picked) => picked.source === one.source));
    return [...this.picked, ...others].slice(0, MOST);
  }

  private tile(one: Eye): HTMLElement {
    const canvas = el("canvas", { "aria-label": one.name, role: "img" });
    const picture = this.watching.watch(one.source, canvas, { incident: this.incident, by_hand: this.picked.includes(one) });
    this.pictures.set(one.source, picture);
    const home = el("button", { type: "button", class: "look", "aria-label": gettext("%(name)s, large", { name: one.name }) }, canvas);
    home.addEventListener("click", () => this.large.show({ ...one, picture, watching: this.watching }, home));
    const camera = one.camera === null ? undefined : this.live.store.camera.get(String(one.camera));
    if (camera?.kind === "panorama") home.append(this.labelled(one.source, camera.id).list);
    return el("li", { "data-source": String(one.source) }, home, el("p", {}, el("b", {}, one.name), " ", el("small", { class: "told" }), el("span", { class: "told" })));
  }

  private labelled(source: number, camera: number): Labels {
    const labels = new Labels(this.live, camera);
    this.labels.set(source, labels);
    return labels;
  }

  private leave(source: number): void {
    const picture = this.pictures.get(source);
    if (picture && this.large.shows(picture)) this.large.close();
    this.labels.get(source)?.close();
    this.labels.delete(source);
    this.watching.leave(source);
    this.pictures.delete(source);
    this.item(source)?.remove(); // the next incident's is another look
  }

  /** The pictures that have stopped: whose, and since when, ms by the station's clock. */
  stale(): { name: string; at: number }[] {
    const now = this.live.clock.now();
    const stopped = [...this.pictures].filter(([, picture]) => picture.shown() === "stale");
    return stopped.map(([source, picture]) => ({ name: this.item(source)?.querySelector("b")?.textContent ?? "", at: now - picture.age() }));
  }

  private item(source: number): HTMLElement | null {
    return need("scene-list").querySelector<HTMLElement>(`:scope > [data-source="${source}"]`);
  }

  private told(source: number, picture: Picture): void {
    const item = this.item(source);
    if (item) tell(item, picture, this.live.clock.now());
  }
}
