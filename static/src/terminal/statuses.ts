// My status, one touch each; being done with an incident takes two, for it can't be taken back.

import { el, keyed, need, say } from "../dom.js";
import { gettext } from "../i18n.js";
import { statusWord } from "../words.js";
import type { Acts } from "./acts.js";
import type { Situation } from "./situation.js";

const SENT = ["accepted", "en_route", "on_scene", "cleared"];
const THERE = ["on_scene", "transporting", "cleared"];
const FREE = ["patrol", "at_station", "busy", "break"];
const SURE_MS = 4000;

/** Keep the row of statuses true. */
export function showStatuses(situation: Situation, acts: Acts): void {
  let asked = 0; // when "cleared" was touched the first time, Unix ms
  const isSure = () => Date.now() - asked < SURE_MS;
  const draw = () => {
    const row = need("statuses");
    row.hidden = !situation.known.unit;
    keyed(row, choices(situation), (status) => status, make, update);
  };
  const touch = (status: string) => {
    if (status === "cleared" && !isSure()) {
      asked = Date.now();
      setTimeout(draw, SURE_MS);
    } else {
      asked = 0;
      acts.status(status);
    }
    draw();
  };
  const make = (status: string) => {
    const button = el("button", { class: "plain" });
    button.addEventListener("click", () => touch(status));
    return button;
  };
  const update = (button: HTMLButtonElement, status: string) => {
    const now = situation.status();
    say(button, status === "cleared" && isSure() ? gettext("Touch again") : statusWord(status));
    button.setAttribute("aria-pressed", String(now === status));
    button.disabled = Boolean(situation.known.incident) && now !== status && !situation.mayStep(status);
  };
  situation.onChange(draw);
  draw();
}

function choices(situation: Situation): string[] {
  if (!situation.known.incident) return FREE;
  return THERE.slice(0, 2).includes(situation.status()) ? THERE : SENT;
}
