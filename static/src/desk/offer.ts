// After a call is opened its first unit is sent. When somebody else was faster, the call stands, and the next is offered.

import { need, say } from "../dom.js";
import { short } from "../format.js";
import { gettext } from "../i18n.js";
import { Refusal } from "../rest.js";
import type { Acts } from "./acts.js";
import { type Advice, NOBODY, recommend, type Shown } from "./advice.js";

export class Offer {
  private number = "";
  private rest: Advice[] = [];
  private token = "";
  private readonly panel = need("offer");
  private readonly button = need<HTMLButtonElement>("offer-send");

  constructor(
    private readonly acts: Acts,
    private readonly done: () => void,
  ) {
    this.button.addEventListener("click", () => void this.next());
    need("offer-later").addEventListener("click", () => this.later());
    this.panel.addEventListener("keydown", (event) => event.key === "Escape" && this.later());
  }

  get isOpen(): boolean {
    return !this.panel.hidden;
  }

  /** Send the first of these to the incident; without any, ask who should go now. */
  async send(number: string, shown: Shown): Promise<void> {
    this.number = number;
    const list = shown.items.length ? shown : await recommend(number).catch(() => NOBODY);
    [this.rest, this.token] = [[...list.items], list.token];
    await this.next();
  }

  leave(): void {
    this.panel.hidden = true;
  }

  private async next(): Promise<void> {
    const one = this.rest.shift();
    const number = short(this.number);
    if (!one) return this.nobody(gettext("%(number)s is open; there is nobody to send.", { number }));
    try {
      const done = await this.acts.assign(this.number, one.call_sign, this.token);
      const wasOpen = this.isOpen;
      this.leave();
      await this.acts.run(() => Promise.resolve({ ...done, words: gettext("%(number)s opened · %(what)s", { number, what: done.words }) }));
      if (wasOpen) this.done();
    } catch (refused) {
      this.refused(refused, number);
    }
  }

  private refused(refused: unknown, number: string): void {
    this.acts.refuse(refused);
    const words = refused instanceof Error ? refused.message : String(refused);
    const taken = refused instanceof Refusal && refused.status === 409;
    if (!taken) return this.nobody(gettext("%(number)s is open, but nobody was sent: %(why)s", { number, why: words }));
    const next = this.rest[0];
    if (!next) return this.nobody(gettext("%(number)s is open. %(why)s There is nobody else to send.", { number, why: words }));
    this.panel.hidden = false;
    say(need("offer-words"), gettext("%(number)s is open. %(why)s", { number, why: words }));
    this.button.hidden = false;
    say(this.button, gettext("Enter sends %(unit)s", { unit: next.call_sign }));
    this.button.focus();
  }

  private nobody(words: string): void {
    this.panel.hidden = false;
    say(need("offer-words"), words);
    this.button.hidden = true;
    need("offer-later").focus();
  }

  private later(): void {
    this.leave();
    this.done();
  }
}
