// Who should go to the incident that the wall is about: one list for all parts of it, asked anew while it is looked at.

import { type Advice, recommend } from "../desk/advice.js";
import type { Area } from "../map/hole.js";
import { Refusal } from "../rest.js";

const ANEW_MS = 5000;

export class Advised {
  items: Advice[] | null = null; // best first; null: not known yet
  isDenied = false; // another station's incident, that is shared with this one: who goes is not
  token = ""; // freezes the list with the incident when somebody is sent from it
  private number = "";
  private reader = 0; // counts who looked, one after the other
  private chosen = "";
  private asked = { at: -Infinity, draw: "" };
  private readonly listeners: (() => void)[] = [];

  /** Be about this incident; what is known of it is asked anew where it is old. */
  about(number: string): void {
    if (number !== this.number) {
      [this.number, this.items, this.token, this.chosen, this.isDenied] = [number, null, "", "", false];
      this.forget();
    }
    const isOld = performance.now() - this.asked.at > ANEW_MS || this.asked.draw !== this.drawn;
    if (number && isOld) void this.ask();
  }

  /** Call `listener` whenever there is news. */
  on(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** The unit whose hole is drawn: the chosen one while it stands in the list, else the first. */
  get drawn(): string {
    const found = this.items?.find((one) => one.unit === this.chosen) ?? this.items?.[0];
    return found?.unit ?? "";
  }

  /** What the drawn unit would leave open. */
  get area(): Area | null {
    return this.items?.find((one) => one.unit === this.drawn)?.hole_area ?? null;
  }

  /** Look at what this unit leaves open. */
  choose(unit: string): void {
    this.chosen = unit;
    this.tell();
  }

  /** Look at the next, or the one before. */
  step(by: number): void {
    const items = this.items ?? [];
    const at = items.findIndex((one) => one.unit === this.drawn);
    const next = items[(at + by + items.length) % items.length];
    if (next) this.choose(next.unit);
  }

  /** Somebody else looks from now on: only their own list is frozen when they send from it. */
  renew(): void {
    [this.items, this.token] = [null, ""];
    this.reader += 1;
    this.forget();
    this.tell();
  }

  /** Ask at the next occasion: somebody was sent. */
  forget(): void {
    this.asked = { at: -Infinity, draw: "" };
  }

  private async ask(): Promise<void> {
    const [number, draw, reader] = [this.number, this.drawn, this.reader];
    this.asked = { at: performance.now(), draw };
    const found = await recommend(number, draw).catch((refused: unknown) => this.refused(number, refused));
    if (!found || this.number !== number || this.reader !== reader) return;
    [this.items, this.token] = [found.items, found.token];
    this.tell();
  }

  /** It is asked again; what isn't for us isn't waited for. */
  private refused(number: string, why: unknown): null {
    if (this.number === number) this.isDenied = why instanceof Refusal && [403, 404].includes(why.status);
    return null;
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
