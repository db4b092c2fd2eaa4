// Units on duty whose place nobody knows: listed, never standing on the map as a fact.

import { el, keyed, need, say } from "../dom.js";
import { age } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import { doubt, unitKey } from "../units.js";

const SHOWN = 6;

/** Keep the list true. */
export function showUnknown(live: Live): void {
  const [panel, list] = [need("unknown"), need("unknown-list")];
  const draw = () => {
    const now = live.clock.now();
    const lost = [...live.store.unit.values()]
      .filter((unit) => unit.status !== "off_duty")
      .map((unit) => ({ unit, fix: live.store.newest(unit.devices) }))
      .filter(({ fix }) => doubt(fix, now) === "unknown");
    panel.hidden = lost.length === 0;
    say(need("unknown-count"), String(lost.length));
    keyed(
      list,
      lost.slice(0, SHOWN),
      ({ unit }) => unitKey(unit),
      () => el("li", { class: "tag" }, el("b"), el("span")),
      (item, { unit, fix }) => {
        say(item.querySelector("b")!, unit.call_sign);
        say(item.querySelector("span")!, fix ? age(now - fix.at) : gettext("never"));
      },
    );
  };
  setInterval(draw, 1000);
}
