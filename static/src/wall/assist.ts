// Assist: one incident with its units, who should go and by which way, what they leave open, and which cameras see it.
// The picture is framed when somebody asks for an incident, with those who might go as soon as they are known; then only people move it.

import { may } from "../config.js";
import { need, say, soon } from "../dom.js";
import { gettext, ngettext } from "../i18n.js";
import type { Live } from "../live.js";
import { showHole } from "../map/hole.js";
import { showWays } from "../map/ways.js";
import type { IncidentPayload } from "../topics.js";
import { Scenes } from "../video/scenes.js";
import type { Acts } from "./acts.js";
import type { Eye, Large } from "../video/large.js";
import type { Advised } from "./advised.js";
import { drawIncident, endOf } from "./assist_incident.js";
import { AdvisedList, type Send } from "./assist_list.js";
import { Seeing } from "./cameras.js";
import type { Focus } from "./focus.js";
import { active, inOrder } from "./incidents.js";
import type { Modes } from "./modes.js";
import { rem, type Spot, type View } from "./view.js";
import { DRAWN, Ways } from "./ways.js";

const BACK_MS = 8000; // after the incident is over
const PATIENCE_MS = 10_000; // for the list: one that comes later moves nothing any more

export interface Parts {
  live: Live;
  view: View;
  modes: Modes;
  focus: Focus;
  advised: Advised;
  large: Large;
  acts: Acts | null; // null where nobody can take the wall over
}

export class Assist {
  private shown: IncidentPayload | null = null; // as it was last
  private framed = { number: "", at: 0, moves: 0, isWhole: false }; // whole: with those who might go
  private overAt = 0; // when it was found to be over; 0: it isn't
  private before: Spot | null = null;
  private readonly later = soon(() => this.draw());
  private readonly list: AdvisedList;
  private readonly ways: Ways;
  private readonly seeing: Seeing;
  private readonly scenes: Scenes;

  constructor(private readonly parts: Parts) {
    this.list = new AdvisedList(parts.advised);
    this.ways = new Ways(parts.live, this.later);
    this.seeing = new Seeing(parts.live, parts.view, this.later);
    this.scenes = new Scenes(parts.live, parts.large);
    parts.modes.on(() => this.turned());
    for (const part of [parts.focus, parts.advised]) part.on(this.later);
    parts.live.store.on(["incident", "unit", "order", "log", "kind", "picture", "camera"], this.later);
    setInterval(this.later, 1000);
    addEventListener("resize", this.later);
    need("advised").hidden = !may("follow_dispatch");
  }

  get isOn(): boolean {
    return this.parts.modes.current === "assist";
  }

  /** Back to the overview, and to where one looked before; whether there was a way back. */
  leave(): boolean {
    if (!this.isOn) return false;
    const before = this.before;
    this.parts.modes.set("overview");
    if (before) this.parts.view.restore(before);
    else this.parts.view.overview();
    return true;
  }

  /** The next of the open incidents. */
  next(by: number): void {
    if (!this.isOn) return;
    const open = inOrder(this.parts.live.store.incident.values());
    const at = open.findIndex((one) => one.number === this.parts.focus.number);
    const next = open[(at + by + open.length) % open.length];
    if (next) this.parts.focus.choose(next.number);
  }

  /** Whether something of it stands outside the picture, which is at rest. */
  isOutside(): boolean {
    const { view } = this.parts;
    if (!this.isOn || !this.shown || !this.framed.isWhole || !view.map || view.map.isMoving()) return false;
    return this.places(this.shown).some((place) => !view.isInView(place));
  }

  /** Its pictures that have stopped. */
  stalePictures(): { name: string; at: number }[] {
    return this.scenes.stale();
  }

  /** The next of its pictures, large. */
  nextPicture(): void {
    if (this.isOn) this.scenes.next();
  }

  /** Show a camera that somebody asked for among its pictures, and large; whether there are any to stand among. */
  pick(eye: Eye): boolean {
    return this.isOn && this.scenes.pick(eye);
  }

  /** Nobody asks for cameras any more. */
  unpick(): void {
    this.scenes.unpick();
  }

  /** Draw it anew: what stands beside it has changed. */
  redraw(): void {
    this.later();
  }

  /** Look at all of it. */
  frame(): void {
    if (this.shown) this.parts.view.frame(this.places(this.shown));
  }

  private turned(): void {
    if (this.isOn) this.before = this.parts.view.spot();
    else this.tidy();
    this.draw();
  }

  /** Nothing of it stays on the map. */
  private tidy(): void {
    [this.shown, this.overAt, this.framed] = [null, 0, { number: "", at: 0, moves: 0, isWhole: false }];
    this.parts.focus.choose("");
    this.parts.view.select(null);
    this.drawMap(null);
    this.seeing.draw(null);
    this.scenes.draw(null);
  }

  private draw(): void {
    if (!this.isOn) return this.expect();
    const incident = this.found();
    this.scenes.draw(incident);
    drawIncident(this.parts.live, incident ?? this.shown);
    this.drawEnd();
    need("seeing-body").hidden = !incident;
    need("advised-body").hidden = !incident || this.parts.advised.isDenied;
    if (incident && may("follow_dispatch")) this.parts.advised.about(incident.number);
    this.list.draw(incident ? this.send(incident) : null);
    this.seeing.draw(incident);
    this.drawMap(incident);
    if (incident) this.frameOnce(incident);
  }

  /** What would be shown is known by then: its pictures open sooner. */
  private expect(): void {
    const { live, focus } = this.parts;
    const next = live.store.incident.get(focus.number) ?? waiting(live.store.incident.values());
    if (next) this.scenes.expect(next);
  }

  /** The incident it is about, while that is open: the chosen one, else the one that waits most for somebody. */
  private found(): IncidentPayload | null {
    const { live, focus } = this.parts;
    const chosen = live.store.incident.get(focus.number);
    if (!chosen && this.shown && this.shown.number === focus.number) return this.ended();
    const found = chosen ?? waiting(live.store.incident.values());
    if (!found) return null;
    [this.shown, this.overAt] = [found, 0];
    focus.choose(found.number);
    return found;
  }

  private ended(): null {
    this.overAt ||= performance.now();
    if (performance.now() - this.overAt > BACK_MS) queueMicrotask(() => this.leave());
    return null;
  }

  private drawEnd(): void {
    need("assist-over").hidden = !this.overAt;
    if (!this.overAt || !this.shown) return;
    const left = Math.max(0, Math.ceil((BACK_MS - (performance.now() - this.overAt)) / 1000));
    say(need("assist-over-words"), endOf(this.parts.live, this.shown.number));
    say(need("assist-over-left"), ngettext("back to the overview in %(count)s s", "back to the overview in %(count)s s", left));
  }

  private send(incident: IncidentPayload): Send {
    const { acts } = this.parts;
    return acts?.may(incident.station) ? (one) => acts.send(incident.number, one) : null;
  }

  private drawMap(incident: IncidentPayload | null): void {
    const { view, advised } = this.parts;
    if (!view.map) return;
    showHole(view.map, incident ? advised.area : null);
    showWays(view.map, incident ? this.ways.of(incident, advised.items ?? []) : [], rem() / 16);
  }

  /** When it comes to be shown, and once more with the list, unless that is slow or a person moved the picture meanwhile. */
  private frameOnce(incident: IncidentPayload): void {
    const { view, advised } = this.parts;
    if (!view.map || view.isUnplaced) return;
    const [now, isKnown] = [performance.now(), advised.items !== null];
    if (this.framed.number !== incident.number) {
      this.framed = { number: incident.number, at: now, moves: view.moves, isWhole: isKnown };
      this.frame();
      view.select(incident.number);
    } else if (!this.framed.isWhole && (isKnown || now - this.framed.at > PATIENCE_MS)) {
      this.framed.isWhole = true;
      if (now - this.framed.at < PATIENCE_MS && this.framed.moves === view.moves) this.frame();
    }
  }

  /** Where it all is: the incident, its units, and the first who might go. */
  private places(incident: IncidentPayload): { lat: number; lon: number }[] {
    const { live, advised } = this.parts;
    const sent = active(incident).map((one) => live.store.unit.get(`${incident.station}/${one.unit}`));
    const fixes = sent.map((unit) => (unit ? live.store.newest(unit.devices) : null));
    const might = (advised.items ?? []).slice(0, DRAWN).map((one) => this.ways.stands(one));
    return [incident, ...[...fixes, ...might].filter((place) => place !== null)];
  }
}

/** The oldest of the highest priority that has nobody on scene; where all have, the most urgent. */
function waiting(incidents: Iterable<IncidentPayload>): IncidentPayload | null {
  const all = [...incidents];
  const alone = all.filter((one) => !active(one).some((unit) => ["on_scene", "transporting"].includes(unit.status)));
  const order = (a: IncidentPayload, b: IncidentPayload) => a.priority - b.priority || a.opened_at.localeCompare(b.opened_at);
  return (alone.length ? alone : all).sort(order)[0] ?? null;
}

/** What the chip says while something of the incident stands outside. */
export const outsideWords = (): string => gettext("Part of this is outside the picture · G shows it all");
