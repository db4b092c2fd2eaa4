// The table of incidents: open ones live, ended ones when asked for. One is selected.

import { el, keyed, need, say, set, soon } from "../dom.js";
import { date, elapsed, ms, short, time } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import { get } from "../rest.js";
import type { IncidentPayload } from "../topics.js";
import { active, inOrder } from "../wall/incidents.js";
import { late, pressing } from "../late.js";
import { disposition, kindWord, statusWord, swatch } from "../words.js";

export type Row = IncidentPayload & { state?: string; closed_at?: string | null; disposition?: string | null };

export class Incidents {
  selected: string | null = null;
  private ended: Row[] | null = null; // null while the open ones are shown
  private readonly body = need("incident-rows");
  private readonly fresh = new Map<string, number>(); // number → when it flashed up
  private listeners: ((number: string | null) => void)[] = [];
  readonly draw = soon(() => this.redraw());

  constructor(private readonly live: Live) {
    live.store.on(["incident", "station", "kind"], this.draw);
    live.store.onNewIncident((incident) => this.fresh.set(incident.number, Date.now()));
    setInterval(this.draw, 1000);
    need("show-open").addEventListener("click", () => this.showOpen());
    need("show-ended").addEventListener("click", () => void this.showEnded());
    this.body.addEventListener("keydown", (event) => this.key(event));
  }

  onSelect(listener: (number: string | null) => void): void {
    this.listeners.push(listener);
  }

  select(number: string | null): void {
    this.selected = number;
    this.draw();
    for (const listener of this.listeners) listener(number);
  }

  /** Give the table the focus, on the selected row or the first. */
  focus(): void {
    const rows = [...this.body.children] as HTMLElement[];
    (rows.find((row) => row.dataset.key === this.selected) ?? rows[0])?.focus();
  }

  /** The incident that "0412" means: an open one first, the newest of them; null when there is none here. */
  meant(digits: string): string | null {
    if (!/^\d{1,4}$/.test(digits)) return this.live.store.incident.has(digits) ? digits : null;
    const wanted = digits.padStart(4, "0");
    const numbers = [...this.live.store.incident.keys()].filter((number) => short(number) === wanted).sort();
    return numbers.at(-1) ?? null;
  }

  showOpen(): void {
    this.ended = null;
    this.draw();
  }

  async showEnded(): Promise<void> {
    const lists = await Promise.all(["closed", "cancelled"].map((state) => get<{ results: Row[] }>(`incidents/?state=${state}`)));
    this.ended = lists.flatMap((list) => list.results).sort((a, b) => (b.closed_at ?? "").localeCompare(a.closed_at ?? ""));
    this.draw();
  }

  private redraw(): void {
    const open = inOrder(this.live.store.incident.values());
    const today = calledOn(date(this.live.clock.now()), this.live);
    say(need("incident-sums"), gettext("%(open)s open · %(today)s today", { open: open.length, today }));
    need("show-open").setAttribute("aria-pressed", String(!this.ended));
    need("show-ended").setAttribute("aria-pressed", String(Boolean(this.ended)));
    const rows: Row[] = this.ended ?? open;
    need("no-incidents").hidden = rows.length > 0;
    keyed(this.body, rows, (row) => row.number, (row) => this.row(row), (element, row) => this.update(element, row));
  }

  private row(row: Row): HTMLElement {
    const number = el("td", {}, el("i", { class: "tri" }), el("b"));
    const made = el("tr", { tabindex: 0 }, number, el("td", { class: "grow kind" }, el("i", { class: "swatch" }), el("span")), el("td", { class: "grow" }), el("td", { class: "tags" }), el("td"), el("td"));
    made.addEventListener("click", () => this.select(row.number));
    made.addEventListener("focus", () => this.select(row.number));
    return made;
  }

  private update(element: HTMLElement, row: Row): void {
    const cells = [...element.children] as HTMLElement[];
    element.className = `p${row.priority}`;
    element.classList.toggle("new", !row.acknowledged_at && !row.closed_at);
    element.classList.toggle("arrived", Date.now() - (this.fresh.get(row.number) ?? 0) < 6000);
    element.setAttribute("aria-selected", String(row.number === this.selected));
    say(cells[0]!.lastElementChild!, short(row.number));
    cells[1]!.firstElementChild!.className = swatch(row.kind);
    say(cells[1]!.lastElementChild!, kindWord(row.kind));
    say(cells[2]!, row.address || gettext("pin on the map"));
    this.tags(cells[3]!, row);
    say(cells[4]!, row.disposition ? disposition(row.disposition) : statusWord(row.status));
    const now = this.live.clock.now();
    cells[5]!.dataset.late = late(row, now) ? "late" : pressing(row, now) ? "soon" : "";
    say(cells[5]!, row.closed_at ? time(ms(row.closed_at)) : elapsed(this.live.clock.now() - ms(row.opened_at)));
  }

  private tags(cell: HTMLElement, row: Row): void {
    const sent = active(row);
    const over = late(row, this.live.clock.now());
    const shown = sent.map((one) => ({ key: one.unit, status: one.status, words: one.unit, whole: "" }));
    if (!sent.length && !row.closed_at) shown.push({ key: "", status: "pending", words: gettext("nobody sent"), whole: "" });
    const soonOver = over ? null : pressing(row, this.live.clock.now());
    for (const unit of row.stacked ?? []) shown.push({ key: `waits ${unit}`, status: "pending", words: `… ${unit}`, whole: gettext("waits for %(unit)s", { unit }) });
    if (over) shown.push({ key: "late", status: "late", words: over.by, whole: over.words });
    if (soonOver) shown.push({ key: "soon", status: "soon", words: soonOver.by, whole: soonOver.words });
    keyed(cell, shown, (one) => one.key, () => el("span", { class: "tag" }), (tag, one) => {
      tag.dataset.status = one.status;
      set(tag, { title: one.whole || null, "aria-label": one.whole || null });
      say(tag, one.words);
    });
  }

  private key(event: KeyboardEvent): void {
    const row = event.target as HTMLElement;
    const next = event.key === "ArrowDown" ? row.nextElementSibling : event.key === "ArrowUp" ? row.previousElementSibling : null;
    if (!next) return;
    event.preventDefault();
    (next as HTMLElement).focus();
  }
}

/** How many calls there were on a day, by the serials of the numbers one has seen: they have no gaps. */
function calledOn(day: string, live: Live): number {
  const middle = day.slice(2).replaceAll("-", "");
  const most = new Map<string, number>();
  for (const number of [...live.store.incident.keys(), ...[...live.store.log.values()].map((entry) => entry.incident)]) {
    const [station = "", date, serial] = number.split("-");
    if (date === middle) most.set(station, Math.max(most.get(station) ?? 0, Number(serial)));
  }
  return [...most.values()].reduce((sum, count) => sum + count, 0);
}
