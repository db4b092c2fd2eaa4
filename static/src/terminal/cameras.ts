// What others see of the scene one is sent to: its cameras and the colleagues' phones, one at a time. Each opening goes on record with
// the incident, so nothing opens by itself, and what nobody looks at is closed.

import { config, may } from "../config.js";
import { el, keyed, need, say, set } from "../dom.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import { Eyes, type Sighted } from "../video/eyes.js";
import type { Picture } from "../video/picture.js";
import { tell } from "../video/told.js";
import { Watching } from "../video/watching.js";
import { closes, open } from "./sheet.js";
import type { Situation } from "./situation.js";

interface Parts {
  live: Live;
  situation: Situation;
}

interface Shown {
  source: number;
  incident: string;
  picture: Picture;
}

export class Cameras {
  private readonly live: Live;
  private readonly situation: Situation;
  private readonly watching = new Watching();
  private readonly eyes: Eyes;
  private shown: Shown | null = null;

  constructor({ live, situation }: Parts) {
    [this.live, this.situation] = [live, situation];
    this.eyes = new Eyes(live, () => this.draw());
    if (!may("watch_cameras")) return;
    situation.onChange(() => this.draw());
    live.store.on(["unit", "picture", "camera"], () => this.draw());
    need("cameras-open").addEventListener("click", () => open("cameras"));
    need("cameras").addEventListener("close", () => this.leave());
    closes("cameras");
    document.addEventListener("visibilitychange", () => document.hidden && this.leave());
    setInterval(() => this.shown && tell(need("cameras-shown"), this.shown.picture, live.clock.now()), 500);
    this.draw();
  }

  private draw(): void {
    const { incident } = this.situation.known;
    if (incident) this.eyes.look(incident);
    const there = this.there();
    const { shown } = this;
    if (shown && !(shown.incident === incident?.number && there.some((one) => one.source === shown.source))) this.leave();
    need("cameras-open").hidden = !there.length;
    say(need("cameras-open"), gettext("Cameras: %(count)s", { count: there.length }));
    if (!there.length) need<HTMLDialogElement>("cameras").close();
    keyed(need("cameras-list"), there, (one) => String(one.source), (one) => this.row(one), (item, one) => this.update(item, one));
  }

  /** What one may watch of the incident one is on: the colleagues' phones, and its station's cameras that see the place. */
  private there(): Sighted[] {
    const { incident } = this.situation.known;
    if (!incident) return [];
    const { me } = config();
    const others = this.eyes.phones(incident.number).filter((one) => one.name !== me.name || one.station !== me.station);
    return [...others, ...this.eyes.cameras().filter((one) => one.station === incident.station)];
  }

  private row(one: Sighted): HTMLElement {
    const button = el("button", { type: "button", class: "plain" }, el("b"), el("small"));
    button.addEventListener("click", () => (this.shown?.source === one.source ? this.leave() : this.look(one)));
    return el("li", {}, button);
  }

  private update(item: HTMLElement, one: Sighted): void {
    say(item.querySelector("b")!, one.name);
    say(item.querySelector("small")!, one.camera === null ? gettext("shows the scene from a phone") : one.why);
    set(item.querySelector("button")!, { "aria-pressed": String(this.shown?.source === one.source) });
  }

  private look(one: Sighted): void {
    this.leave();
    const incident = this.situation.known.incident?.number ?? "";
    const canvas = el("canvas", { "aria-label": one.name, role: "img" });
    const picture = this.watching.watch(one.source, canvas, { incident });
    this.shown = { source: one.source, incident, picture };
    const words = el("p", { role: "status" }, el("b", {}, one.name), " ", el("span", { class: "told" }), " ", el("small", { class: "told" }));
    need("cameras-shown").replaceChildren(canvas, words);
    tell(need("cameras-shown"), picture, this.live.clock.now());
    need("cameras-shown").scrollIntoView({ block: "nearest" });
    this.draw();
  }

  private leave(): void {
    if (!this.shown) return;
    this.watching.leave(this.shown.source);
    this.shown = null;
    need("cameras-shown").replaceChildren();
    this.draw();
  }
}
