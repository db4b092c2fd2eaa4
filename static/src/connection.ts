// Whether what is shown is true now. When it isn't, every panel says since when.

import { need, say } from "./dom.js";
import { time } from "./format.js";
import { gettext } from "./i18n.js";
import type { Live, State } from "./live.js";

const WORDS: Record<State, () => string> = {
  connecting: () => gettext("connecting"),
  live: () => gettext("live"),
  polling: () => gettext("every 2 s"),
  cut: () => gettext("cut off"),
  forbidden: () => gettext("no right to see this"),
};

/** Keep `#connection`, the body's state and all `.asof` true. */
export function showConnection(live: Live): void {
  const sign = need("connection");
  const draw = () => {
    document.body.dataset.connection = live.state;
    const words = live.state === "live" && live.degraded ? gettext("positions every 2 s") : WORDS[live.state]();
    say(sign, words);
    const asOf = live.heardAt && live.state === "cut" ? gettext("as of %(time)s", { time: time(live.asOf()) }) : "";
    for (const place of document.querySelectorAll(".asof")) say(place, asOf);
    const banner = document.getElementById("cut");
    if (banner) say(banner, asOf ? gettext("Cut off · everything is %(asof)s · reconnecting by itself", { asof: asOf }) : "");
  };
  live.onState(draw);
  setInterval(draw, 500);
  draw();
}
