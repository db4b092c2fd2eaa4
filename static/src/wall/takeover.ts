// A person takes a screen over for five minutes and gives it back. The server ends it by itself; so does the panel.

import { config, type TakenOver } from "../config.js";
import { need, say } from "../dom.js";
import { elapsed } from "../format.js";
import type { Live } from "../live.js";
import { post, Refusal } from "../rest.js";
import { Acts } from "./acts.js";
import type { Advised } from "./advised.js";
import type { Focus } from "./focus.js";

export interface TakeOver {
  readonly acts: Acts;
  readonly isOn: boolean; // somebody acts here now
  ask(): void;
  onOver(listener: () => void): void;
  giveBack(): boolean; // whether there was something to give back
}

const LEFT_ALONE_MS = 60_000; // then nobody stands before the question any more

/** Keep the panel true; null where a person watches and no screen. */
export function showTakeOver(live: Live, focus: Focus, advised: Advised): TakeOver | null {
  return config().me.kind === "screen" ? new Taken(live, focus, advised) : null;
}

class Taken implements TakeOver {
  private until = 0; // by performance.now(), which no clock that is set can move; 0: nobody has taken it over
  private leaving = 0;
  private readonly overs: (() => void)[] = [];
  private readonly dialog = need<HTMLDialogElement>("take-over");
  private readonly who = need<HTMLInputElement>("take-over-who");
  private readonly pin = need<HTMLInputElement>("take-over-pin");
  readonly acts: Acts;

  constructor(live: Live, focus: Focus, advised: Advised) {
    this.acts = new Acts(live, focus, advised, () => this.over());
    need("take-over-button").addEventListener("click", () => this.ask());
    need("take-over-cancel").addEventListener("click", () => this.dialog.close());
    need("give-back").addEventListener("click", () => this.giveBack());
    need("take-over-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.take();
    });
    this.dialog.addEventListener("input", () => this.wait());
    this.dialog.addEventListener("close", () => this.clear());
    setInterval(() => this.draw(), 500);
    const held = config().taken_over;
    if (held) this.began(held);
  }

  get isOn(): boolean {
    return this.until > 0;
  }

  /** Call `listener` whenever nobody acts here any more. */
  onOver(listener: () => void): void {
    this.overs.push(listener);
  }

  ask(): void {
    if (this.until || this.dialog.open) return;
    this.dialog.showModal();
    this.who.focus();
    this.wait();
  }

  giveBack(): boolean {
    if (!this.until) return false;
    this.over();
    void post("screen/give-back/").catch(() => null); // it ends by itself all the same
    return true;
  }

  private async take(): Promise<void> {
    try {
      this.began(await post<TakenOver>("screen/take-over/", { who: this.who.value, pin: this.pin.value }));
      this.dialog.close();
      need("acts").focus();
    } catch (refused) {
      if (!(refused instanceof Refusal)) throw refused;
      say(need("take-over-error"), refused.message);
      this.pin.value = "";
      this.pin.focus();
    }
  }

  private began(held: TakenOver): void {
    this.until = performance.now() + held.seconds * 1000;
    say(need("actor"), held.name);
    document.body.dataset.taken = "yes";
    this.draw();
    this.acts.begin(held.stations);
  }

  private draw(): void {
    const rest = this.until - performance.now();
    if (this.until && rest <= 0) this.over();
    need("acts").hidden = !this.until;
    need("take-over-button").hidden = Boolean(this.until);
    if (this.until) say(need("actor-left"), elapsed(rest));
  }

  private over(): void {
    this.until = 0;
    delete document.body.dataset.taken;
    this.draw();
    for (const listener of this.overs) listener();
  }

  private wait(): void {
    clearTimeout(this.leaving);
    this.leaving = window.setTimeout(() => this.dialog.close(), LEFT_ALONE_MS);
  }

  private clear(): void {
    clearTimeout(this.leaving);
    this.who.value = this.pin.value = "";
    say(need("take-over-error"), "");
  }
}
