// The selected incident whole: who called, facts, who is on it, and everything that happened to it.

import { may } from "../config.js";
import { el, keyed, need, say } from "../dom.js";
import { elapsed, ms, short, time } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import { get, isPassing, Refusal } from "../rest.js";
import type { AssignmentPayload, LogPayload } from "../topics.js";
import { late, pressing } from "../late.js";
import { drawPhotos } from "../photos.js";
import { bodyWord, stepWord } from "../reports.js";
import { CODES, disposition, kindWord, logWord, priorityWord, statusWord, swatch } from "../words.js";
import type { Acts } from "./acts.js";
import { Checklist, type ChecklistLine } from "./checklist.js";
import { type Double, Doubles } from "./doubles.js";
import { stillToAsk } from "./expected.js";
import type { Row } from "./incidents.js";
import { type Needed, neededWords, showNeeded } from "./needed.js";
import { updateWatched, watched } from "./watched.js";
import { orderMark, orderOf, updateMark } from "./orders.js";

interface Service {
  service: string;
  called_at: string | null;
  arrived_at: string | null;
  left_at: string | null;
}

export type Detail = Row & {
  caller_name?: string;
  caller_phone?: string;
  checklist: ChecklistLine[];
  log: LogPayload[];
  doubles: Double[];
  merged_into: string | null;
  services: Service[];
  needed: Needed;
};

const AGAIN_MS = 3000; // after a question that was lost

const AFTER: Record<string, string[]> = {
  dispatched: ["accepted", "en_route", "on_scene", "cleared", "cancelled"],
  accepted: ["en_route", "on_scene", "cleared", "cancelled"],
  en_route: ["on_scene", "transporting", "cleared", "cancelled"],
  on_scene: ["transporting", "cleared", "cancelled"],
  transporting: ["cleared", "cancelled"],
};

export class Incident {
  detail: Detail | null = null;
  private wanted: string | null = null;
  private loading: Promise<void> = Promise.resolve();
  private asked = 0; // how often it was read, and which of these is shown: a slow answer must not take the place of a newer one
  private drawn = 0;
  private readonly panel = need("incident");
  private readonly checklist: Checklist;
  private readonly doubles: Doubles;

  constructor(
    private readonly live: Live,
    private readonly acts: Acts,
  ) {
    this.checklist = new Checklist(acts);
    this.doubles = new Doubles(acts);
    live.store.on(["incident", "log", "kind"], () => this.wanted && this.read(this.wanted));
    live.store.on(["order"], () => this.detail && this.sent(this.detail));
    setInterval(() => this.detail && this.tick(this.detail), 1000);
  }

  /** Show an incident by its number; null shows none. */
  async show(number: string | null): Promise<void> {
    if (number === this.wanted && this.detail) return;
    this.wanted = number;
    if (!number) return this.draw(null);
    this.read(number);
    await this.loading;
  }

  /** The incident that was last asked for: at once when it is here, else once it is, for keys are faster than requests. */
  async shown(): Promise<Detail | null> {
    const here = () => (this.detail?.number === this.wanted ? this.detail : null);
    for (let loading = null; !here() && loading !== this.loading; ) await (loading = this.loading);
    return here();
  }

  focusChecklist(): void {
    this.checklist.focus();
  }

  private read(number: string): void {
    this.loading = this.load(number);
  }

  private async load(number: string): Promise<void> {
    const mine = ++this.asked;
    try {
      const found = await get<Detail>(`incidents/${number}/`);
      if (this.wanted !== number || mine < this.drawn) return;
      this.drawn = mine;
      this.draw(found);
    } catch (lost) {
      const isNewest = () => mine === this.asked && this.wanted === number;
      if (isPassing(lost)) setTimeout(() => isNewest() && this.read(number), AGAIN_MS);
      else if (isNewest() && lost instanceof Refusal && lost.status === 404) this.draw(null); // gone, or not ours any more
    }
  }

  private draw(detail: Detail | null): void {
    this.detail = detail;
    this.panel.hidden = detail === null;
    if (!detail) return;
    this.panel.className = `p${detail.priority}`;
    need("incident-swatch").className = swatch(detail.kind);
    say(need("incident-title"), `${short(detail.number)} ${kindWord(detail.kind)} · ${priorityWord(detail.priority)}`);
    say(need("incident-place"), detail.address || gettext("pin on the map"));
    say(need("incident-facts"), detail.facts);
    const caller = [detail.caller_name, detail.caller_phone].filter(Boolean).join(" ");
    say(need("incident-caller"), caller ? gettext("Caller %(caller)s", { caller }) : "");
    say(need("incident-ask"), (detail.state ?? "open") === "open" ? stillToAsk(detail) : "");
    say(need("incident-number"), detail.number);
    showNeeded(need("incident-needed"), (detail.state ?? "open") === "open" ? neededWords(detail.needed) : "");
    this.checklist.show(detail);
    this.doubles.show(detail);
    this.services(detail);
    this.buttons(detail);
    this.tick(detail);
    this.log(detail.log);
  }

  private buttons(detail: Detail): void {
    const isOpen = (detail.state ?? "open") === "open";
    for (const button of need("incident-actions").querySelectorAll<HTMLElement>("button")) {
      const forOpen = button.dataset.always ? isOpen : button.dataset.act !== "reopen";
      const done = button.dataset.act === "acknowledge" && Boolean(detail.acknowledged_at);
      const right = button.dataset.needs;
      const none = button.dataset.act === "fill" && (detail.needed.count < 2 || detail.needed.sent >= detail.needed.count);
      button.hidden = none || forOpen !== isOpen || done || Boolean(right && !may(right));
    }
    const ended = detail.closed_at ? time(ms(detail.closed_at)) : "";
    const into = detail.merged_into ? ` → ${short(detail.merged_into)}` : "";
    const result = detail.disposition ? disposition(detail.disposition) : statusWord(detail.status);
    say(need("incident-state"), isOpen ? statusWord(detail.status) : `${result}${into} ${ended}`);
  }

  private services(detail: Detail): void {
    const words = detail.services.map((one) => {
      const [step, at] = one.left_at ? ["left", one.left_at] : one.arrived_at ? ["arrived", one.arrived_at] : ["called", one.called_at];
      return `${bodyWord(one.service)} ${stepWord(step!)}${at ? ` ${time(ms(at))}` : ""}`;
    });
    const place = need("incident-services");
    place.hidden = !words.length;
    say(place, words.join(" · "));
  }

  private sent(detail: Detail): void {
    keyed(
      need("assignments"),
      detail.assignments.filter((one) => !["cleared", "cancelled"].includes(one.status)),
      (one) => `${one.unit} ${one.status}`,
      (one) => this.assignment(detail.number, one.unit, one.status),
      (item, one) => {
        say(item.querySelector("time")!, elapsed(this.live.clock.now() - ms(one.since)));
        updateWatched(item.querySelector(".watched")!, this.shownOf(detail.number, one.unit), this.live.clock.now());
        updateMark(item.querySelector(".order")!, orderOf(this.live.store, detail.number, one.unit));
      },
    );
  }

  private shownOf(number: string, unit: string): AssignmentPayload | undefined {
    return this.live.store.incident.get(number)?.assignments.find((one) => one.unit === unit);
  }

  private assignment(number: string, unit: string, status: string): HTMLElement {
    const steps = (AFTER[status] ?? []).map((step) => {
      const button = el("button", { class: "step", title: `/s ${unit} ${(CODES[step] ?? "").toLowerCase()}` }, statusWord(step));
      button.addEventListener("click", () => void this.acts.run(() => this.acts.status(unit, step)));
      return button;
    });
    const tag = el("span", { class: "tag", "data-status": status }, el("b", {}, unit), statusWord(status));
    return el("li", {}, tag, el("time"), orderMark(), watched(this.acts, number, unit, () => this.shownOf(number, unit)), el("span", { class: "steps" }, ...steps));
  }

  private log(entries: LogPayload[]): void {
    const newest = [...entries].sort((a, b) => b.id - a.id);
    keyed(
      need("incident-log"),
      newest,
      (entry) => String(entry.id),
      (entry) => el("li", {}, el("time", {}, time(ms(entry.at))), el("b", {}, entry.actor), el("span", {}, logWord(entry)), el("span", { class: "photos" })),
      (item, entry) => drawPhotos(item.querySelector(".photos")!, entry.photos),
    );
  }

  private tick(detail: Detail): void {
    this.sent(detail);
    const now = this.live.clock.now();
    const [over, coming] = [late(detail, now), pressing(detail, now)];
    const place = need("incident-late");
    place.classList.toggle("soon", !over);
    say(place, over?.words ?? coming?.words ?? "");
  }
}
