// Who is watching me: one line, and the whole behind a touch. What can't be known is not claimed.

import { el, need, say } from "../dom.js";
import { list, ms, time } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import type { Phone, Watchers } from "./phone.js";
import { closes, open } from "./sheet.js";

const WHAT: Record<string, () => string> = {
  track: () => gettext("looked up where you were"),
  incident: () => gettext("read your incident with your track"),
  export: () => gettext("exported your incident with your track"),
};

/** Keep the line below the top true. */
export function showWatchers(phone: Phone, live: Live): void {
  const draw = () => {
    const { unit, watchers } = phone.bearer;
    say(need("watchers-words"), unit ? words(watchers ?? null, live.state !== "cut") : gettext("Off duty: nobody sees where you are."));
    need<HTMLButtonElement>("watchers").disabled = !unit;
    if (watchers) need("watching-body").replaceChildren(...lines(watchers));
  };
  phone.onChange(draw);
  live.onState(draw);
  need("watchers").addEventListener("click", () => open("watching"));
  closes("watching");
  draw();
}

function words(watchers: Watchers | null, isLive: boolean): string {
  if (!isLive || !watchers) return gettext("Who sees you is not known without a network.");
  const look = watchers.looks[0];
  if (look) return gettext("%(who)s %(what)s, %(time)s", { who: look.who, what: WHAT[look.what]?.() ?? look.what, time: time(ms(look.at)) });
  const count = watchers.screens.length + watchers.desks.length;
  if (!count) return gettext("No screen and no desk that shows you is on.");
  return gettext("You are seen by: %(names)s", { names: list([...watchers.desks, ...watchers.screens]) });
}

function lines(watchers: Watchers): HTMLElement[] {
  const none = gettext("none");
  const row = (title: string, names: string[]) => el("p", {}, el("b", {}, title), " ", names.length ? list(names) : none);
  const looks = watchers.looks.map((one) => el("li", {}, `${time(ms(one.at))} ${one.who} ${WHAT[one.what]?.() ?? one.what}`));
  return [
    row(gettext("Screens that show you and are on:"), watchers.screens),
    row(gettext("At a desk in the last 5 minutes:"), watchers.desks),
    el("p", {}, el("b", {}, gettext("Looked up since you are on duty:")), looks.length ? null : ` ${none}`),
    el("ul", {}, ...looks),
  ];
}
