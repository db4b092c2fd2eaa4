// Units that are free while calls wait for them: told to a person, who sends the first with one key.

import { el, keyed, need, soon } from "../dom.js";
import { short } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import type { UnitPayload } from "../topics.js";
import { unitKey } from "../units.js";
import { kindWord } from "../words.js";
import type { Acts } from "./acts.js";

/** Keep the list true. */
export function showWaiting(live: Live, acts: Acts): void {
  const draw = soon(() => {
    const free = [...live.store.unit.values()].filter((unit) => !unit.incident && unit.stacked.length);
    need("waiting").hidden = free.length === 0;
    keyed(need("waiting"), free, (unit) => `${unitKey(unit)} ${unit.stacked[0]}`, (unit) => row(live, acts, unit), () => undefined);
  });
  live.store.on(["unit", "incident"], draw);
}

/** Give the first of them the focus. */
export function focusWaiting(): void {
  need("waiting").querySelector("button")?.focus();
}

function row(live: Live, acts: Acts, unit: UnitPayload): HTMLElement {
  const number = unit.stacked[0]!;
  const incident = live.store.incident.get(number);
  const what = [short(number), incident ? kindWord(incident.kind) : "", incident?.address].filter(Boolean).join(" ");
  const button = el("button", { class: "step" }, gettext("send %(unit)s", { unit: unit.call_sign }));
  button.addEventListener("click", () => void acts.run(() => acts.assign(number, unit.call_sign)));
  return el("li", { class: "propose" }, el("span", {}, gettext("%(unit)s is free, %(what)s waits", { unit: unit.call_sign, what })), button);
}
