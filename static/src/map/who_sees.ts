// The cameras about a place of the map: those that see it, those within so many metres or in a drawn area, and those along the
// way that somebody took from there. Each can be watched, played, and turned there where it turns. Nothing opens by itself.

import { LngLat, type Map as GlMap, Marker } from "maplibre-gl";
import { may } from "../config.js";
import { el, say, set } from "../dom.js";
import { compass, date, distance, ms, time, unzoned } from "../format.js";
import { gettext } from "../i18n.js";
import { get, post, whyNot } from "../rest.js";
import type { Live } from "../live.js";
import type { CameraPayload } from "../topics.js";
import type { Eye, Place } from "../video/large.js";
import { fillSource } from "./layers.js";
import type { Corner, Pointing } from "./pointing.js";
import { seeing, showSeeing } from "./seeing.js";
import type { BaseMap } from "./style.js";
import { wayTo } from "./wedge.js";

const MOST = 6;
const CIRCLES_M = [100, 200, 500, 1000]; // from the scene outwards
const BEFORE_MS = 10 * 60_000; // what is offered to be played: the last ten minutes
const [TRAIL, AMBER] = ["trail", "#f5a623"];

/** What the page does about it. */
export interface Hands {
  maps: BaseMap[]; // that were loaded
  pointing: Pointing; // by which somebody points at a second place, or draws an area
  home(): HTMLElement; // in which the answer stands
  middle(): { lat: number; lng: number }; // of what is seen of the map
  mayAsk(): boolean; // whether somebody is there who may
  changed(answer: HTMLElement | null): void; // it came, or went
  incident(): string | null; // that is chosen
  watch(eye: Eye): void;
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
    map.on("contextmenu", ({ lngLat }) => this.ask(within(lngLat)));
  }

  /** Ask about what lies in the middle of the map. */
  askMiddle(): void {
    this.ask(within(this.hands.middle()));
  }

  /** Which cameras see a place. */
  ask(place: Place): void {
    if (!this.hands.mayAsk()) return;
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
    this.hands.changed(null);
    return true;
  }

  private circle(place: Place, metres: number): void {
    const title = gettext("Cameras within %(far)s", { far: distance(metres) });
    void this.show(place, title, gettext("No camera stands there."), () => this.standing(place, `within=${place.lon},${place.lat},${metres}`));
  }

  private area(place: Place): void {
    this.aiming(gettext("Draw the area: clicks or Space set corners, Enter ends."));
    this.hands.pointing.area((ring) => {
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
    this.hands.pointing.aim((lat, lon) => this.followed(place, { lat, lon }));
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
    this.hands.home().append(this.answer);
    this.spot.setLngLat([place.lon, place.lat]).addTo(this.map);
    const found = await ask().catch((lost: unknown) => lost as Error);
    if (asked !== this.asked || !this.answer) return;
    const rows = Array.isArray(found) ? found : [];
    set(said, { class: found instanceof Error && "error" });
    say(said, found instanceof Error ? whyNot(found) : [this.around(place, rows), rows.length ? "" : none].filter(Boolean).join(" "));
    this.answer.append(el("ol", {}, ...rows.map((row) => this.row(row, place))), el("p", { class: "more", hidden: true }), ...this.all(rows));
    const cameras = rows.map((row) => this.live.store.camera.get(String(row.id))).filter((one) => one !== undefined);
    showSeeing(this.map, cameras, this.scale);
    this.hands.changed(this.answer);
  }

  /** What to know of a place that no map covers. */
  private around(place: Place, rows: Row[]): string {
    const { maps } = this.hands;
    const isThere = ({ bounds: [west, south, east, north] }: BaseMap) => place.lon >= west && place.lon <= east && place.lat >= south && place.lat <= north;
    if (!maps.length || maps.some(isThere)) return "";
    return rows.length ? gettext("Outside of the loaded maps: which buildings stand in the way is not known.") : gettext("This place lies outside of the loaded maps.");
  }

  private box(place: Place, title: string): HTMLElement {
    const ways: [string, () => void][] = [
      [gettext("sees it"), () => this.ask(place)],
      ...CIRCLES_M.map((metres): [string, () => void] => [distance(metres), () => this.circle(place, metres)]),
      [gettext("area"), () => this.area(place)],
      [gettext("went from here"), () => this.follow(place)],
    ];
    const buttons = ways.map(([words, act]) => button([words], act));
    const close = button([gettext("Close"), " ", el("kbd", {}, "Esc")], () => this.close());
    const group = el("div", { role: "group", "aria-label": gettext("Which cameras") }, ...buttons);
    const box = el("div", { class: "who-sees", role: "region", "aria-label": title }, el("header", {}, el("h3", {}, title), close), group);
    box.addEventListener("click", (event) => event.stopPropagation());
    box.addEventListener("keydown", (event) => event.key === "Escape" && this.close() && event.stopPropagation());
    return box;
  }

  private row(row: Row, place: Place): HTMLElement {
    const camera = this.live.store.camera.get(String(row.id));
    const eye = camera?.source ? { camera: camera.id, name: camera.name, source: camera.source } : null;
    const acts = [eye && may("watch_cameras") ? this.watcher(eye) : null, eye && may("play_recordings") ? this.player([row]) : null, row.turns ? turner(row, place, this.hands.incident) : null];
    return el("li", {}, el("b", {}, row.name), " ", el("small", {}, row.way ?? ""), " ", el("span", {}, row.words), ...acts);
  }

  private watcher(eye: Eye): HTMLElement {
    const watcher = button([gettext("watch")], () => this.hands.watch(eye));
    watcher.setAttribute("aria-label", gettext("watch: %(name)s", { name: eye.name }));
    return watcher;
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

/** Whether the cameras about some place are shown now. */
export const isAsked = (): boolean => document.querySelector(".who-sees") !== null;

/** A place whose longitude is one of the globe's, also where the map was moved around it. */
function within(at: { lat: number; lng: number }): Place {
  const { lat, lng } = new LngLat(at.lng, at.lat).wrap();
  return { lat, lon: lng };
}

function button(words: (Node | string)[], act: () => void): HTMLElement {
  const made = el("button", { type: "button" }, ...words);
  made.addEventListener("click", (event) => (event.stopPropagation(), act()));
  return made;
}

/** A button that turns a camera to the place, and what became of it. */
function turner(row: Row, place: Place, incident: () => string | null): HTMLElement {
  const button = el("button", { type: "button", "aria-label": gettext("turn there: %(name)s", { name: row.name }) }, gettext("turn there"));
  const said = el("em", { role: "status" });
  button.addEventListener("click", () => {
    set(button, { disabled: true });
    say(said, gettext("turning …"));
    void post(`cameras/${row.id}/look/`, { ...place, incident: incident() ?? "" })
      .then(() => gettext("is told to look there"), whyNot)
      .then((words) => {
        say(said, words);
        set(button, { disabled: false });
      });
  });
  return el("div", {}, button, said);
}
