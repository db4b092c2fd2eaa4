// One picture, large: names in it, and a click in it answers with the place on the map, its address and who is near. A camera that
// turns is turned from here.

import { el, need, say, set } from "../dom.js";
import { distance, list } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import { get, post, whyNot } from "../rest.js";
import { doubt, metres } from "../units.js";
import { Labels } from "./labels.js";
import type { Picture } from "./picture.js";
import { pointIn } from "./ground.js";
import { SceneSound } from "./scene_sound.js";
import { tell } from "./told.js";
import { Watching } from "./watching.js";

const NEAR = 3; // units named beside a place
const STEP = 0.02; // of the picture: an arrow key moves the cross so far

export interface Place {
  lat: number;
  lon: number;
}

export interface Hands {
  placed(place: Place | null): void; // a place to be marked on the map
  whoSees?(place: Place): void; // "which cameras see it" was asked, where that can be shown
  incident(): string; // the reason for which one looks; "" for none
  steers(): boolean; // whether one may turn cameras from here
  mayAsk?(): boolean; // whether somebody is there whose words are a reason; else they are asked who they are
  isActing?(): boolean; // somebody has taken this screen over: what they open is their look
}

interface Ground extends Place {
  error_m: number;
  address: string;
}

/** What can be watched: a camera, or with `camera` null a phone. */
export interface Eye {
  camera: number | null;
  name: string;
  source: number; // the number of its pictures
}

/** A picture that is watched, and by which socket. */
export interface Watched extends Eye {
  picture: Picture;
  watching: Watching;
}

interface Shown extends Watched {
  over: () => void; // what becomes of the picture afterwards
}

export class Large {
  private readonly watching = new Watching();
  private readonly box = need("large");
  private readonly cross = el("i", { class: "cross", "aria-hidden": "true" });
  private shown: Shown | null = null;
  private wanted: Eye | null = null; // until somebody says why
  private labels: Labels | null = null;
  private at = { x: 0.5, y: 0.5 };
  private place: Place | null = null;
  private asked = 0;

  constructor(
    private readonly live: Live,
    private readonly hands: Hands,
  ) {
    need("large-close").addEventListener("click", () => this.close());
    need("large-names").addEventListener("click", () => this.names());
    need("large-sound").addEventListener("click", () => this.sound());
    need("large-seen").addEventListener("click", () => this.place && hands.whoSees?.(this.place));
    need("large-turn").addEventListener("click", () => void this.turn());
    need("large-presets").addEventListener("click", () => void this.presets());
    need<HTMLFormElement>("large-why").addEventListener("submit", (event) => this.why(event));
    need("large-picture").addEventListener("click", (event) => this.clicked(event));
    need("large-picture").addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("keydown", (event) => event.key === "Escape" && this.close() && event.stopPropagation());
    setInterval(() => this.shown && this.follow(this.shown.picture), 250);
  }

  /** Show a picture that is watched already; its canvas comes here and goes back to `home` afterwards. */
  show(watched: Watched, home: HTMLElement): void {
    this.close();
    const words = el("span", { class: "elsewhere", "data-words": gettext("shown large"), "aria-hidden": "true" }); // the button has its name
    home.prepend(words);
    this.begin({ ...watched, over: () => words.replaceWith(watched.picture.canvas) });
  }

  /** Watch a camera or phone, for the chosen incident or for the words that are asked for. */
  open(eye: Eye): void {
    this.close();
    if (this.hands.incident()) return this.watch(eye, { incident: this.hands.incident() });
    if (this.hands.mayAsk?.() === false) return;
    this.wanted = eye;
    need("large-picture").replaceChildren();
    for (const id of ["large-acts", "large-said"]) need(id).hidden = true;
    say(need("large-name"), eye.name);
    say(need("large-state"), "");
    need("large-why").hidden = this.box.hidden = false;
    need("large-reason").focus();
  }

  /** Watch the phone of a unit's crew, if one shows the scene; whether one does. */
  openPhone(unitKey: string): boolean {
    const unit = this.live.store.unit.get(unitKey);
    const found = unit && [...this.live.store.picture.values()].find((one) => one.station === unit.station && unit.crew.includes(one.name));
    if (found) this.open({ camera: null, name: `${unit.call_sign} ${found.name}`, source: found.id });
    return Boolean(found);
  }

  /** Close what somebody asked for; what the page showed already stays with it. */
  leave(): void {
    if (this.shown?.watching === this.watching || this.wanted) this.close();
  }

  /** Close it; whether it was open. */
  close(): boolean {
    if (this.box.hidden) return false;
    this.shown?.watching.listen(this.shown.source, false);
    this.shown?.over();
    this.labels?.close();
    this.cross.remove();
    [this.shown, this.wanted, this.labels, this.place] = [null, null, null, null];
    this.box.hidden = true;
    this.hands.placed(null);
    return true;
  }

  /** Whether it shows this source's picture now. */
  shows(picture: Picture): boolean {
    return this.shown?.picture === picture;
  }

  private why(event: SubmitEvent): void {
    event.preventDefault();
    if (this.wanted) this.watch(this.wanted, { reason: need<HTMLInputElement>("large-reason").value });
  }

  private watch(eye: Eye, why: { incident?: string; reason?: string }): void {
    const canvas = el("canvas", { "aria-label": eye.name, role: "img" });
    const picture = this.watching.watch(eye.source, canvas, { ...why, by_hand: this.hands.isActing?.() ?? false });
    const over = () => {
      this.watching.leave(eye.source);
      canvas.remove();
    };
    this.begin({ ...eye, picture, watching: this.watching, over });
  }

  private begin(shown: Shown): void {
    [this.shown, this.wanted] = [shown, null];
    const camera = this.live.store.camera.get(String(shown.camera));
    need("large-why").hidden = true;
    for (const id of ["large-acts", "large-said"]) need(id).hidden = false;
    say(need("large-name"), shown.name);
    this.say(camera ? gettext("A click in the picture tells the place; arrows and Enter do the same.") : "");
    need("large-picture").replaceChildren(shown.picture.canvas);
    need("large-preset-list").replaceChildren();
    need("large-names").hidden = !camera;
    need("large-sound").hidden = camera !== undefined || !SceneSound.can;
    set(need("large-sound"), { "aria-pressed": "false" });
    need("large-seen").hidden = need("large-turn").hidden = true;
    need("large-presets").hidden = !camera?.turns || !this.hands.steers();
    if (camera) {
      this.labels = new Labels(this.live, camera.id);
      need("large-picture").append(this.labels.list);
      this.labels.list.hidden = need("large-names").getAttribute("aria-pressed") === "false";
    }
    this.box.hidden = false;
    this.follow(shown.picture);
    need("large-picture").focus();
  }

  private sound(): void {
    const isOn = need("large-sound").getAttribute("aria-pressed") === "false";
    if (this.shown?.watching.listen(this.shown.source, isOn) !== isOn) return;
    set(need("large-sound"), { "aria-pressed": String(isOn) });
    this.say(isOn ? gettext("The officer sees that you listen.") : "");
  }

  private names(): void {
    const isOn = need("large-names").getAttribute("aria-pressed") === "false";
    set(need("large-names"), { "aria-pressed": String(isOn) });
    if (this.labels) this.labels.list.hidden = !isOn;
  }

  private clicked(event: MouseEvent): void {
    if (!this.shown || !(event.target instanceof HTMLCanvasElement)) return;
    this.at = pointIn(event.target, event);
    void this.ask();
  }

  private key(event: KeyboardEvent): void {
    const moves: Record<string, [number, number]> = { ArrowUp: [0, -STEP], ArrowDown: [0, STEP], ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0] };
    const move = moves[event.key];
    if (move) {
      this.at = { x: Math.min(1, Math.max(0, this.at.x + move[0])), y: Math.min(1, Math.max(0, this.at.y + move[1])) };
      this.point();
    } else if (event.key === "Enter") void this.ask();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private point(): void {
    this.cross.style.left = `${this.at.x * 100}%`;
    this.cross.style.top = `${this.at.y * 100}%`;
    need("large-picture").append(this.cross);
  }

  /** What the point shows: its place on the map, its address, and who is near. */
  private async ask(): Promise<void> {
    const camera = this.shown?.camera;
    if (!camera) return;
    this.point();
    const asked = ++this.asked;
    const found = await get<Ground>(`cameras/${camera}/ground/?x=${this.at.x.toFixed(4)}&y=${this.at.y.toFixed(4)}`).catch((lost: unknown) => lost as Error);
    if (asked !== this.asked || camera !== this.shown?.camera) return;
    this.place = found instanceof Error ? null : { lat: found.lat, lon: found.lon };
    this.hands.placed(this.place);
    need("large-seen").hidden = !this.place || !this.hands.whoSees;
    need("large-turn").hidden = !this.place || need("large-presets").hidden;
    this.say(found instanceof Error ? whyNot(found) : this.told(found));
  }

  private told(ground: Ground): string {
    const { store, clock } = this.live;
    const units = [...store.unit.values()].flatMap((unit) => {
      const fix = store.newest(unit.devices);
      return fix && doubt(fix, clock.now()) !== "unknown" ? [{ name: unit.call_sign, away: metres(ground, fix) }] : [];
    });
    const near = units.sort((a, b) => a.away - b.away).slice(0, NEAR).map((one) => `${one.name} ${distance(one.away)}`);
    const where = `${ground.lat.toFixed(6)}, ${ground.lon.toFixed(6)} ± ${distance(ground.error_m)}`;
    const who = near.length ? gettext("near: %(units)s", { units: list(near) }) : gettext("no unit whose place is known");
    return [ground.address || gettext("no address is near"), where, who].join(" · ");
  }

  private async turn(): Promise<void> {
    if (!this.place) return;
    await this.telling(post(`cameras/${this.shown?.camera}/look/`, { ...this.place, incident: this.hands.incident() }), gettext("It is told to look there."));
  }

  private async presets(): Promise<void> {
    this.say(gettext("asking the camera …"));
    const found = await get<{ token: string; name: string }[]>(`cameras/${this.shown?.camera}/presets/`).catch((lost: unknown) => lost as Error);
    if (found instanceof Error) return this.say(whyNot(found));
    this.say(found.length ? "" : gettext("The camera has no presets."));
    need("large-preset-list").replaceChildren(...found.map((one) => el("li", {}, this.preset(one))));
  }

  private preset(one: { token: string; name: string }): HTMLElement {
    const button = el("button", { type: "button", class: "step" }, one.name || one.token);
    button.addEventListener("click", () => {
      const told = post(`cameras/${this.shown?.camera}/presets/`, { token: one.token, incident: this.hands.incident() });
      void this.telling(told, gettext("It is told to go to %(preset)s. Where it looks then, nobody can tell.", { preset: one.name }));
    });
    return button;
  }

  private async telling(told: Promise<unknown>, words: string): Promise<void> {
    this.say(gettext("turning …"));
    this.say(await told.then(() => words, whyNot));
  }

  /** How old it is, and how wide: the names in it lie where the picture does. */
  private follow(picture: Picture): void {
    tell(this.box, picture, this.live.clock.now());
    need("large-picture").style.setProperty("--ratio", String(picture.canvas.width / picture.canvas.height));
    if (!picture.silence || need("large-sound").getAttribute("aria-pressed") === "false") return;
    set(need("large-sound"), { "aria-pressed": "false" });
    this.say(picture.silence);
  }

  private say(words: string): void {
    say(need("large-said"), words);
  }
}
