// The ways that matter now, asked of the roads and drawn: of the unit that would be sent, and of those under way to the
// incident that is open. Asked again when a road is closed or opened, when a unit is elsewhere, and from time to time.

import { isChinese } from "../config.js";
import { el, keyed, need, say } from "../dom.js";
import { distance, elapsed, short } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import type { Way } from "../map/ways.js";
import { get } from "../rest.js";
import type { UnitPayload } from "../topics.js";
import { metres } from "../units.js";
import type { DeskMap } from "./map.js";

interface Step {
  text: string;
  metres: number;
}

interface Route {
  source: string;
  seconds: number;
  metres: number;
  blocked: boolean;
  shape: [number, number][];
  steps: Step[];
}

interface At {
  lat: number;
  lon: number;
}

type Use = "candidate" | "going"; // who might go, who is on the way

/** A way that is wanted: of whom, whence, whither. */
interface Asked {
  key: string;
  unit: UnitPayload;
  from: At;
  to: At;
  use: Use;
  of: string; // the incident's number, "" for a call that is being typed
}

interface Known {
  asked: Asked;
  route: Route;
  at: number; // Unix ms
  roads: number; // how often roads had changed by then
}

/** Who would be sent, and where to; null while no call is typed. */
export type Candidate = () => { unit: string; to: At } | null;

const TICK_MS = 2000;
const OLD_MS = 30_000; // live speeds change too
const MOVED_M = 80;
const GOING = ["dispatched", "accepted", "en_route"];

export class Ways {
  private known = new Map<string, Known>();
  private roads = 0;
  private isAsking = false;
  private look = ""; // the key of a way that somebody asked to see

  constructor(
    private readonly live: Live,
    private readonly map: DeskMap,
    private readonly candidate: Candidate,
    private readonly selected: () => string | null,
  ) {
    live.store.on(["road_block"], () => {
      this.roads += 1;
      void this.refresh();
    });
    live.store.on(["incident"], () => void this.refresh());
    setInterval(() => void this.refresh(), TICK_MS);
  }

  /** Another unit or incident was chosen; `look`: by a person, so that the whole way comes into view. */
  changed(look = false): void {
    const unit = look ? this.candidate()?.unit : undefined;
    if (unit) this.look = `candidate ${unit}`;
    void this.refresh();
  }

  focus(): void {
    need("ways").querySelector("summary")?.focus();
  }

  private async refresh(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      const wanted = this.wanted();
      this.known = new Map([...this.known].filter(([key, one]) => wanted.some((asked) => asked.key === key && same(asked.to, one.asked.to))));
      this.show();
      for (const asked of wanted) if (this.isDue(asked)) await this.ask(asked);
    } finally {
      this.isAsking = false;
    }
  }

  private async ask(asked: Asked): Promise<void> {
    const { from, to, unit, key } = asked;
    const roads = this.roads;
    const mode = unit.kind === "foot" ? "foot" : "car";
    const lang = isChinese() ? "zh-hans" : "en";
    const path = `route/?from=${from.lon},${from.lat}&to=${to.lon},${to.lat}&lang=${lang}&mode=${mode}`;
    const route = await get<Route>(path).catch(() => null);
    const isWanted = this.wanted().some((one) => one.key === key && same(one.to, to));
    if (!route || !isWanted) return;
    this.known.set(key, { asked, route, at: Date.now(), roads });
    this.show();
  }

  private isDue(asked: Asked): boolean {
    const one = this.known.get(asked.key);
    return !one || one.roads !== this.roads || metres(one.asked.from, asked.from) > MOVED_M || Date.now() - one.at > OLD_MS;
  }

  private wanted(): Asked[] {
    const { store } = this.live;
    const found: Asked[] = [];
    const add = (unit: UnitPayload | undefined, to: At, use: Use, key: string, of: string) => {
      const from = unit && store.newest(unit.devices);
      if (unit && from) found.push({ key, unit, from: { lat: from.lat, lon: from.lon }, to: { lat: to.lat, lon: to.lon }, use, of });
    };
    const first = this.candidate();
    if (first) add(store.unit.get(first.unit), first.to, "candidate", `candidate ${first.unit}`, "");
    const incident = store.incident.get(this.selected() ?? "");
    for (const one of incident?.assignments ?? []) {
      if (GOING.includes(one.status)) add(store.unit.get(`${incident!.station}/${one.unit}`), incident!, "going", `${incident!.number} ${one.unit}`, incident!.number);
    }
    return found;
  }

  private show(): void {
    const shown = [...this.known.values()];
    const look = this.known.get(this.look);
    if (look) this.look = "";
    this.map.showWays(shown.map(drawn), look ? drawn(look) : null);
    keyed(need("ways"), shown, (one) => one.asked.key, () => row(), update);
    need("ways").hidden = !shown.length;
  }
}

const drawn = ({ asked, route }: Known): Way => ({
  words: `${asked.unit.call_sign} ${spent(route)}`,
  shape: route.shape,
  isByRoad: route.source === "roads",
  isGoing: asked.use === "going",
});

const same = (a: At, b: At): boolean => a.lat === b.lat && a.lon === b.lon;

const spent = (route: Route): string => `${route.source === "roads" ? "" : "≈ "}${elapsed(route.seconds * 1000)}`;

const row = (): HTMLElement => el("li", {}, el("details", {}, el("summary"), el("ol")));

/** "2107 → 0412 03:12 · 1.2 km · by road"; behind it the turns. */
function update(item: HTMLElement, one: Known): void {
  const { asked, route } = one;
  const source = route.source === "roads" ? gettext("by road") : gettext("estimate, no road is known");
  const to = asked.of ? ` → ${short(asked.of)}` : "";
  const blocked = route.blocked ? [gettext("only through a closed road")] : [];
  item.dataset.use = asked.use;
  say(item.querySelector("summary")!, [`${asked.unit.call_sign}${to} ${spent(route)}`, distance(route.metres), source, ...blocked].join(" · "));
  const steps = route.steps.length ? route.steps.map((step) => [step.text, step.metres ? distance(step.metres) : ""].filter(Boolean).join(" · ")) : [gettext("No turns are known.")];
  keyed(item.querySelector("ol")!, steps.map((words, at) => ({ words, at })), (step) => String(step.at), () => el("li"), (line, step) => say(line, step.words));
}
