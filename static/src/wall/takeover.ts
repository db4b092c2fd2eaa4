// A person takes a screen over for five minutes and gives it back. The server ends it by itself; so does the bar.

import { config, type TakenOver } from "../config.js";
import { need, say } from "../dom.js";
import { elapsed, ms } from "../format.js";
import type { Live } from "../live.js";
import { post, Refusal } from "../rest.js";
import { showActs } from "./acts.js";

export interface TakeOver {
  ask(): void;
  giveBack(): boolean; // whether there was something to give back
}

/** Keep the bar true; null where a person watches and no screen. */
export function showTakeOver(live: Live): TakeOver | null {
  return config().me.kind === "screen" ? new Desk(live) : null;
}

class Desk implements TakeOver {
  private until = 0; // by the server's clock
  private readonly dialog = need<HTMLDialogElement>("take-over");
  private readonly acts: () => void;

  constructor(private readonly live: Live) {
    this.acts = showActs(live, () => this.over());
    need("take-over-button").addEventListener("click", () => this.ask());
    need("take-over-cancel").addEventListener("click", () => this.dialog.close());
    need("give-back").addEventListener("click", () => this.giveBack());
    need("take-over-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.take();
    });
    this.dialog.addEventListener("close", () => this.clear());
    setInterval(() => this.draw(), 500);
    const held = config().taken_over;
    if (held) this.began(held);
  }

  ask(): void {
    if (this.until) return;
    this.dialog.showModal();
    need("take-over-who").focus();
  }

  giveBack(): boolean {
    if (!this.until) return false;
    this.over();
    void post("screen/give-back/").catch(() => null); // it ends by itself all the same
    return true;
  }

  private async take(): Promise<void> {
    const [who, pin] = [need<HTMLInputElement>("take-over-who").value, need<HTMLInputElement>("take-over-pin").value];
    try {
      this.began(await post<TakenOver>("screen/take-over/", { who, pin }));
      this.dialog.close();
    } catch (refused) {
      if (!(refused instanceof Refusal)) throw refused;
      say(need("take-over-error"), refused.message);
      need<HTMLInputElement>("take-over-pin").value = "";
      need("take-over-pin").focus();
    }
  }

  private began(held: TakenOver): void {
    this.until = Math.max(ms(held.ends_at), this.live.clock.now() + held.seconds * 1000 - 2000);
    say(need("actor"), held.name);
    document.body.dataset.taken = "yes";
    this.draw();
    this.acts();
  }

  private draw(): void {
    const rest = this.until - this.live.clock.now();
    if (this.until && rest <= 0) this.over();
    need("acts").hidden = !this.until;
    need("take-over-button").hidden = Boolean(this.until);
    if (this.until) say(need("actor-left"), elapsed(rest));
  }

  private over(): void {
    this.until = 0;
    delete document.body.dataset.taken;
    this.draw();
  }

  private clear(): void {
    for (const id of ["take-over-who", "take-over-pin"]) need<HTMLInputElement>(id).value = "";
    say(need("take-over-error"), "");
  }
}
