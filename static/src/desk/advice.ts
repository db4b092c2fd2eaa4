// Who should go: the nearest free units of a place, each with its distance, time, doubt and reason. One is chosen.

import { el, keyed, need, say } from "../dom.js";
import { type Estimate, position, times } from "../estimate.js";
import { distance } from "../format.js";
import { get } from "../rest.js";
import { reasonWords } from "../words.js";
import type { Place } from "./draft.js";

export interface Advice extends Estimate {
  unit: string;
  call_sign: string;
  kind: string;
  status_class: string;
  distance_m: number | null;
  reasons: string[];
}

const SHOWN = 5;
const REFRESH_MS = 4000;

/** The best units for a place, or for an incident of that number. */
export async function nearest(of: Place | string, signal?: AbortSignal): Promise<Advice[]> {
  const path = typeof of === "string" ? `incidents/${of}/nearest/` : `units/nearest/?lat=${of.lat}&lon=${of.lon}&limit=${SHOWN}`;
  const answer = await get<{ results: Advice[] } | Advice[]>(path, signal);
  return (Array.isArray(answer) ? answer : answer.results).slice(0, SHOWN);
}

export class AdviceList {
  items: Advice[] = [];
  private chosen = ""; // a unit's key; the first while empty
  private place: Place | null = null;
  private asking: AbortController | null = null;

  constructor(
    private readonly list: HTMLElement,
    private readonly send: () => void,
  ) {
    setInterval(() => this.place && void this.refresh(), REFRESH_MS);
  }

  get first(): Advice | null {
    return this.items.find((item) => item.unit === this.chosen) ?? this.items[0] ?? null;
  }

  /** Show who should go to a place; null clears. */
  async at(place: Place | null): Promise<void> {
    this.place = place;
    this.chosen = "";
    if (place) return this.refresh();
    this.asking?.abort();
    this.show([]);
  }

  /** Choose the next or the one before. */
  step(by: number): void {
    const at = this.items.findIndex((item) => item === this.first);
    const next = this.items[(at + by + this.items.length) % this.items.length];
    this.choose(next?.unit ?? "");
  }

  /** Leave one out that somebody else took. */
  without(unit: string): void {
    this.chosen = "";
    this.show(this.items.filter((item) => item.unit !== unit));
  }

  show(items: Advice[]): void {
    this.items = items;
    need("advice").hidden = items.length === 0 && this.place === null;
    need("no-advice").hidden = items.length > 0;
    keyed(this.list, items, (item) => item.unit, (item) => this.row(item), (row, item) => this.update(row, item));
  }

  private async refresh(): Promise<void> {
    if (!this.place) return;
    this.asking?.abort();
    const mine = (this.asking = new AbortController());
    const found = await nearest(this.place, mine.signal).catch(() => null);
    if (found && !mine.signal.aborted) this.show(found);
  }

  private choose(unit: string): void {
    this.chosen = unit;
    this.show(this.items);
  }

  private row(item: Advice): HTMLElement {
    const row = el("li", { tabindex: 0, role: "option" }, el("b", { class: "rank" }), el("b", { class: "call" }), el("span", { class: "eta" }), el("span", { class: "tag" }), el("small"));
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
    const [rank, call, eta, tag, why] = [...row.children] as HTMLElement[];
    row.setAttribute("aria-selected", String(item === this.first));
    say(rank!, String(this.items.indexOf(item) + 1));
    say(call!, item.call_sign);
    call!.dataset.status = item.status_class;
    say(eta!, times(item));
    say(tag!, position(item));
    tag!.dataset.status = item.doubt === "fresh" ? "available" : "stale";
    const far = item.distance_m === null ? [] : [distance(item.distance_m)];
    say(why!, [...far, ...reasonWords(item.reasons)].join(" · "));
  }
}
