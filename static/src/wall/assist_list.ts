// Assist mode's right panel: who should go, when they would be there, why, what they lack and what they leave open.

import { about, type Advice, far, left } from "../desk/advice.js";
import { el, keyed, need, say } from "../dom.js";
import { interval, position } from "../estimate.js";
import { gettext } from "../i18n.js";
import type { Advised } from "./advised.js";
import { hideRest } from "./assist_incident.js";

/** Sends a unit of the list; null while nobody may. */
export type Send = ((one: Advice) => void) | null;

export class AdvisedList {
  private send: Send = null;

  constructor(private readonly advised: Advised) {}

  /** Keep the list true; `send` puts a button on each row. */
  draw(send: Send): void {
    this.send = send;
    const items = this.advised.items;
    need("advised-none").hidden = items?.length !== 0;
    need("advised-wait").hidden = items !== null;
    keyed(need("advised-list"), items ?? [], (one) => one.unit, (one) => this.row(one), (row, one) => this.update(row, one));
    say(need("advised-source"), about(items ?? []));
    this.drawHole();
    hideRest(need("advised-list"), need("advised-more"));
  }

  private drawHole(): void {
    const drawn = this.advised.items?.find((one) => one.unit === this.advised.drawn);
    need("advised-hole").hidden = !this.advised.area?.coordinates.length;
    if (drawn) say(need("advised-hole-words"), gettext("On the map: what nobody else reaches in 5 min once %(unit)s has gone", { unit: drawn.call_sign }));
  }

  private row(one: Advice): HTMLElement {
    const look = el("button", { class: "look" }, el("span", { class: "rank" }), el("b", { class: "call" }), el("span", { class: "eta" }));
    look.addEventListener("click", () => this.advised.choose(one.unit));
    const send = el("button", { class: "send", hidden: true }, gettext("Send"));
    send.setAttribute("aria-label", gettext("Send %(unit)s", { unit: one.call_sign }));
    send.addEventListener("click", () => this.send?.(one));
    return el("li", {}, look, send, el("p", { class: "lack" }), el("p", { class: "why" }));
  }

  private update(row: HTMLElement, one: Advice): void {
    const [look, send, lack, why] = [...row.children] as HTMLElement[];
    const [rank, call, eta] = [...look!.children] as HTMLElement[];
    look!.setAttribute("aria-pressed", String(one.unit === this.advised.drawn));
    send!.hidden = this.send === null;
    say(rank!, String((this.advised.items ?? []).indexOf(one) + 1));
    say(call!, one.call_sign);
    call!.dataset.status = one.status_class;
    say(eta!, interval(one.seconds, one.low, one.high, one.source !== "roads"));
    say(lack!, one.words.slice(0, one.shortfalls.length).join(" · "));
    say(why!, [...one.words.slice(one.shortfalls.length), ...left(one), ...far(one), ...old(one)].join(" · "));
  }
}

/** A place that is no longer fresh says how old it is. */
const old = (one: Advice): string[] => (one.doubt === "fresh" ? [] : [position(one)]);
