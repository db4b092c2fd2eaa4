// The cameras about a place of the desk's map: those that see it, those within so many metres or in a drawn area, and those along the
// way that somebody took from there. Each can be watched, played, and turned there where it turns. Nothing opens by itself.

import { type Map as GlMap, Marker } from "maplibre-gl";
import { may } from "../config.js";
import { el, say, set } from "../dom.js";
import { compass, date, distance, ms, time, unzoned } from "../format.js";
import { gettext } from "../i18n.js";
import { get, post, Refusal } from "../rest.js";
import type { Live } from "../live.js";
import type { CameraPayload } from "../topics.js";
import type { Eye, Place } from "../video/large.js";
import { fillSource } from "./layers.js";
import { seeing, showSeeing } from "./seeing.js";
import { wayTo } from "./wedge.js";

const MOST = 6;
const CIRCLES_M = [100, 200, 500, 1000]; // from the scene outwards
const BEFORE_MS = 10 * 60_000; // what is offered to be played: the last ten minutes
const [TRAIL, AMBER] = ["trail", "#f5a623"];

type Corner = [number, number]; // longitude, latitude

export interface Hands {
  incident(): string | null; // that is chosen
  watch(eye: Eye): void;
  aim(then: (lat: number, lon: number) => void): void; // let somebody point at a second place
  area(done: (ring: Corner[]) => void): void; // let somebody draw one
}

/** A camera in the answer; `since`, `until` (server's ms): when to look for somebody there. */
interface Row {
  id: number;
  name: string;
  way?: string; // in which direction it stands from there
  words: string;
  turns: boolean;
  since?: number;
  until?: number;
}

interface Along {
  source: string;
  seconds: number;
  metres: number;
  shape: Corner[];
  cameras: { id: number; name: string; at: string; earliest: string; latest: string }[];
}

export class WhoSees {
  private answer: HTMLElement | null = null;
  private readonly spot = new Marker({ element: el("i", { class: "asked-spot" }) });
  private asked = 0;
  private left = 0; // when the one who is followed left the place, server's ms; 0: as the incident says
  private isAiming = false; // the next click is a place of ours

  constructor(
    private readonly map: GlMap,
    private readonly live: Live,
    private readonly scale: number, // 1 for letters of 16 px
    private readonly hands: Hands,
  ) {
    map.on("click", () => !this.isAiming && this.close());
    map.on("contextmenu", ({ lngLat }) => this.ask({ lat: lngLat.lat, lon: lngLat.lng }));
  }

  /** Ask about what lies in the middle of the map. */
  askMiddle(): void {
    const { lat, lng } = this.map.getCenter();
    this.ask({ lat, lon: lng });
  }

  /** Which cameras see a place. */
  ask(place: Place): void {
    void this.show(place, gettext("Cameras that see this place"), gettext("No camera sees this place."), async () => {
      const found = await seeing(place, MOST, true);
      return found.map((one) => ({ ...one, way: compass(one.bearing), words: one.why }));
    });
  }

  /** Take the answer away; whether there was one. */
  close(): boolean {
    if (!this.answer) return false;
    this.answer.remove();
    this.answer = null;
    this.isAiming = false;
    this.spot.remove();
    this.trail([]);
    showSeeing(this.map, [], this.scale);
    return true;
  }

  private circle(place: Place, metres: number): void {
    const title = gettext("Cameras within %(far)s", { far: distance(metres) });
    void this.show(place, title, gettext("No camera stands there."), () => this.standing(place, `within=${place.lon},${place.lat},${metres}`));
  }

  private area(place: Place): void {
    this.aiming(gettext("Draw the area: clicks or Space set corners, Enter ends."));
    this.hands.area((ring) => {
      void this.show(place, gettext("Cameras in the area"), gettext("No camera stands there."), () => this.standing(place, `polygon=${ring.join()}`));
      this.trail([...ring, ring[0]!]);
    });
  }

  /** Cameras by where they stand. */
  private async standing(place: Place, asked: string): Promise<Row[]> {
    const { results } = await get<{ results: CameraPayload[] }>(`cameras/?${asked}`);
    return results.map((one) => {
      const way = wayTo(place, one);
      return { id: one.id, name: one.name, way: compass(way.bearing), words: distance(way.metres), turns: false };
    });
  }

  /** Somebody went from here: the next place on the map is where to. */
  private follow(place: Place): void {
    this.aiming(gettext("Where to? Click the place, or move the map and press Enter."));
    this.hands.aim((lat, lon) => this.followed(place, { lat, lon }));
  }

  private followed(from: Place, to: Place): void {
    const at = this.left || this.opened();
    const words = gettext("Along the way, if it was left at");
    void this.show(from, words, gettext("No camera sees this way."), async () => {
      const found = await get<Along>(`cameras/along/?from=${from.lon},${from.lat}&to=${to.lon},${to.lat}&at=${encodeURIComponent(new Date(at).toISOString())}`);
      this.trail(found.shape);
      this.moment(at, () => this.followed(from, to));
      return found.cameras.map((one) => {
        const [since, until] = [ms(one.earliest), ms(one.latest)];
        return { id: one.id, name: one.name, words: `${time(ms(one.at))} (${time(since)}–${time(until)})`, turns: false, since, until };
      });
    });
  }

  /** When the incident began, else now. */
  private opened(): number {
    const incident = this.live.store.incident.get(this.hands.incident() ?? "");
    return incident ? ms(incident.opened_at) : this.live.clock.now();
  }

  /** A field for the moment from which one counts. */
  private moment(at: number, changed: () => void): void {
    const field = el("input", { value: time(at), size: "8", inputmode: "numeric", "aria-label": gettext("left at, hours:minutes:seconds") });
    field.addEventListener("change", () => {
      const said = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/.exec(field.value.trim());
      if (!said) return field.setAttribute("aria-invalid", "true");
      this.left = unzoned(`${date(at)}T${field.value.trim().padEnd(8, ":00")}`);
      changed();
    });
    this.answer?.querySelector("h3")?.append(" ", field);
  }

  private aiming(words: string): void {
    this.isAiming = true;
    this.answer?.classList.add("aiming");
    const said = this.answer?.querySelector("p");
    if (said) say(said, words);
  }

  private async show(place: Place, title: string, none: string, ask: () => Promise<Row[]>): Promise<void> {
    const asked = ++this.asked;
    this.close();
    this.answer = this.box(place, title);
    const said = el("p", { role: "status" }, gettext("Looking …"));
    this.answer.append(said);
    this.map.getContainer().append(this.answer);
    this.spot.setLngLat([place.lon, place.lat]).addTo(this.map);
    const found = await ask().catch((lost: unknown) => lost as Error);
    if (asked !== this.asked || !this.answer) return;
    const rows = Array.isArray(found) ? found : [];
    say(said, Array.isArray(found) ? (rows.length ? "" : none) : found instanceof Refusal ? found.message : gettext("No answer: try again."));
    this.answer.append(el("ol", {}, ...rows.map((row) => this.row(row, place))), ...this.all(rows));
    const cameras = rows.map((row) => this.live.store.camera.get(String(row.id))).filter((one) => one !== undefined);
    showSeeing(this.map, cameras, this.scale);
  }

  private box(place: Place, title: string): HTMLElement {
    const ways: [string, () => void][] = [
      [gettext("sees it"), () => this.ask(place)],
      ...CIRCLES_M.map((metres): [string, () => void] => [distance(metres), () => this.circle(place, metres)]),
      [gettext("area"), () => this.area(place)],
      [gettext("went from here"), () => this.follow(place)],
    ];
    const buttons = ways.map(([words, act]) => {
      const button = el("button", { type: "button" }, words);
      button.addEventListener("click", (event) => (event.stopPropagation(), act()));
      return button;
    });
    const box = el("div", { class: "who-sees" }, el("h3", {}, title), el("div", { role: "group", "aria-label": gettext("Which cameras") }, ...buttons));
    box.addEventListener("click", (event) => event.stopPropagation());
    return box;
  }

  private row(row: Row, place: Place): HTMLElement {
    const camera = this.live.store.camera.get(String(row.id));
    const eye = camera?.source ? { camera: camera.id, name: camera.name, source: camera.source } : null;
    const acts = [eye && may("watch_cameras") ? this.watcher(eye) : null, eye && may("play_recordings") ? this.player([row]) : null, row.turns ? turner(row, place, this.hands.incident) : null];
    return el("li", {}, el("b", {}, row.name), ` ${row.way ?? ""} `, el("span", {}, row.words), ...acts);
  }

  private watcher(eye: Eye): HTMLElement {
    const button = el("button", { type: "button", "aria-label": gettext("watch: %(name)s", { name: eye.name }) }, gettext("watch"));
    button.addEventListener("click", () => this.hands.watch(eye));
    return button;
  }

  /** All of them in step, where there are several with a time. */
  private all(rows: Row[]): HTMLElement[] {
    const timed = rows.filter((row) => row.since && this.source(row));
    return timed.length > 1 && may("play_recordings") ? [this.player(timed)] : [];
  }

  private source(row: Row): number | null {
    return this.live.store.camera.get(String(row.id))?.source ?? null;
  }

  private player(rows: Row[]): HTMLElement {
    const now = this.live.clock.now();
    const since = Math.min(...rows.map((row) => row.since ?? now - BEFORE_MS));
    const until = Math.min(now, Math.max(...rows.map((row) => row.until ?? now)));
    const asked = new URLSearchParams({
      sources: rows.map((row) => this.source(row)).join(), since: new Date(since).toISOString(), until: new Date(until).toISOString(), incident: this.hands.incident() ?? "",
    });
    return el("a", { href: `/playback/?${asked.toString()}`, target: "_blank", rel: "noopener" }, rows.length > 1 ? gettext("play all of them") : gettext("play"));
  }

  private trail(shape: Corner[]): void {
    const features = shape.length > 1 ? [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: shape } }] : [];
    fillSource(this.map, TRAIL, features, () => [{ id: TRAIL, type: "line", source: TRAIL, paint: { "line-color": AMBER, "line-width": 4, "line-dasharray": [2, 1] } }]);
  }
}

/** A button that turns a camera to the place, and what became of it. */
function turner(row: Row, place: Place, incident: () => string | null): HTMLElement {
  const button = el("button", { type: "button", "aria-label": gettext("turn there: %(name)s", { name: row.name }) }, gettext("turn there"));
  const said = el("em", { role: "status" });
  button.addEventListener("click", () => {
    set(button, { disabled: true });
    say(said, gettext("turning …"));
    void post(`cameras/${row.id}/look/`, { ...place, incident: incident() ?? "" })
      .then(() => gettext("is told to look there"), (lost: unknown) => (lost instanceof Refusal ? lost.message : gettext("No answer: try again.")))
      .then((words) => {
        say(said, words);
        set(button, { disabled: false });
      });
  });
  return el("div", {}, button, said);
}
