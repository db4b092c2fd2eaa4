// Who should go: the best units for a place, each with its time, its doubt, why, and what it leaves open. One is chosen.

import { el, keyed, need, say } from "../dom.js";
import { interval, position } from "../estimate.js";
import { distance } from "../format.js";
import { gettext } from "../i18n.js";
import type { Area } from "../map/hole.js";
import { getWith } from "../rest.js";
import type { Place } from "./draft.js";

export interface Advice {
  unit: string;
  call_sign: string;
  kind: string;
  status_class: string;
  seconds: number | null; // with an interval into which four of five trips fall
  low: number | null;
  high: number | null;
  shortfalls: string[];
  words: string[]; // what it lacks, one for each shortfall, then why it stands here
  hole: number | null; // share of the district
  source: string;
  doubt: string;
  age_s: number | null;
  distance_m: number | null;
  hole_area?: Area | null;
}

/** A list as it was shown; the token lets the server freeze it with the incident. */
export interface Shown {
  items: Advice[];
  token: string;
}

export const NOBODY: Shown = { items: [], token: "" };
const SHOWN = 5;
const REFRESH_MS = 4000;
const WORTH_A_WORD = 0.005; // of the district

/** The best units for a place and a kind, or for an incident of that number; `draw` is the unit whose hole is asked for. */
export async function recommend(of: (Place & { kind: string }) | string, draw = "", signal?: AbortSignal): Promise<Shown> {
  const asked = new URLSearchParams({ limit: String(SHOWN), ...(draw ? { draw } : {}) });
  if (typeof of !== "string") for (const name of ["lat", "lon", "kind"] as const) asked.set(name, String(of[name]));
  const path = typeof of === "string" ? `incidents/${of}/recommendation/` : "recommendation/";
  const [items, token] = await getWith<Advice[]>(`${path}?${asked.toString()}`, "Advice-Shown", signal);
  return { items, token };
}

export class AdviceList {
  items: Advice[] = [];
  private token = "";
  private chosen = ""; // a unit's key; the first while empty
  private isNews = false; // it was chosen just now: what it leaves open is looked at once
  private wanted: (Place & { kind: string }) | null = null;
  private asking: AbortController | null = null;

  constructor(
    private readonly list: HTMLElement,
    private readonly send: () => void,
    private readonly hole: (area: Area | null, look: boolean) => void,
  ) {
    setInterval(() => this.wanted && void this.refresh(), REFRESH_MS);
  }

  get first(): Advice | null {
    return this.items.find((item) => item.unit === this.chosen) ?? this.items[0] ?? null;
  }

  /** What is shown now, the chosen one first. */
  get shown(): Shown {
    const first = this.first;
    return first ? { items: [first, ...this.items.filter((one) => one !== first)], token: this.token } : NOBODY;
  }

  /** Show who should go to a place, to a call of that kind; null clears. */
  async at(place: Place | null, kind: string): Promise<void> {
    this.wanted = place && { ...place, kind };
    this.chosen = "";
    if (place) return this.refresh();
    this.asking?.abort();
    this.show(NOBODY);
  }

  /** Choose the next or the one before. */
  step(by: number): void {
    const at = this.items.findIndex((item) => item === this.first);
    const next = this.items[(at + by + this.items.length) % this.items.length];
    this.choose(next?.unit ?? "");
  }

  private show(shown: Shown): void {
    [this.items, this.token] = [shown.items, shown.token];
    need("advice").hidden = this.items.length === 0 && this.wanted === null;
    need("no-advice").hidden = this.items.length > 0;
    this.draw();
  }

  private draw(): void {
    keyed(this.list, this.items, (item) => item.unit, (item) => this.row(item), (row, item) => this.update(row, item));
    say(need("advice-source"), about(this.items));
    const area = (this.chosen && this.first?.hole_area) || null;
    this.hole(area, this.isNews);
    if (area) this.isNews = false;
  }

  private async refresh(): Promise<void> {
    if (!this.wanted) return;
    this.asking?.abort();
    const mine = (this.asking = new AbortController());
    const found = await recommend(this.wanted, this.chosen, mine.signal).catch(() => null);
    if (found && !mine.signal.aborted) this.show(found);
  }

  private choose(unit: string): void {
    if (this.chosen === unit) return;
    [this.chosen, this.isNews] = [unit, true];
    this.draw();
    void this.refresh();
  }

  private row(item: Advice): HTMLElement {
    const parts = [el("b", { class: "rank" }), el("b", { class: "call" }), el("span", { class: "eta" }), el("span", { class: "tag" })];
    const row = el("li", { tabindex: 0, role: "option" }, ...parts, el("small", { class: "lack" }), el("small"));
    row.addEventListener("focus", () => this.choose(item.unit));
    row.addEventListener("dblclick", () => this.send());
    row.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.send();
      else if (event.key === "ArrowDown") this.focus(1);
      else if (event.key === "ArrowUp") this.focus(-1);
      else return;
      event.preventDefault();
    });
    return row;
  }

  private focus(by: number): void {
    this.step(by);
    const at = this.items.findIndex((item) => item === this.first);
    (this.list.children[at] as HTMLElement | undefined)?.focus();
  }

  private update(row: HTMLElement, item: Advice): void {
    const [rank, call, eta, tag, lack, why] = [...row.children] as HTMLElement[];
    row.setAttribute("aria-selected", String(item === this.first));
    say(rank!, String(this.items.indexOf(item) + 1));
    say(call!, item.call_sign);
    call!.dataset.status = item.status_class;
    say(eta!, interval(item.seconds, item.low, item.high, item.source !== "roads"));
    say(tag!, position(item));
    tag!.dataset.status = item.doubt === "fresh" ? "available" : "stale";
    say(lack!, item.words.slice(0, item.shortfalls.length).join(" · "));
    say(why!, [...far(item), ...item.words.slice(item.shortfalls.length), ...left(item)].join(" · "));
  }
}

/** How far away it is. */
export const far = (item: Advice): string[] => (item.distance_m === null ? [] : [gettext("%(far)s straight", { far: distance(item.distance_m) })]);

/** What it would leave open. */
export function left(item: Advice): string[] {
  if (item.hole === null || item.hole < WORTH_A_WORD) return [];
  return [gettext("opens %(share)s of the district", { share: `${(item.hole * 100).toFixed(item.hole < 0.1 ? 1 : 0)} %` })];
}

/** What the times rest on. */
export function about(items: Advice[]): string {
  if (!items.length) return "";
  const byRoad = gettext("By road. Four of five trips fall into the interval.");
  return items.some((item) => item.source === "roads") ? byRoad : gettext("≈ by the straight line: no road map answers. Four of five trips fall into the interval.");
}
