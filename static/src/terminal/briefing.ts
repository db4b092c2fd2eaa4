// What the station knows of the place and of the number that called: what may hurt stands on the card, the rest in a sheet.

import { lines, type BriefingAnswer } from "../desk/briefing.js";
import { el, keyed, need, say } from "../dom.js";
import { age } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import { noteWord } from "../reports.js";
import type { Ring } from "./ring.js";
import { closes, open } from "./sheet.js";
import type { Known, Situation } from "./situation.js";

type Note = BriefingAnswer["notes"][number];

interface Parts {
  live: Live;
  situation: Situation;
  ring: Ring;
}

/** Keep the briefing true; something new of the same place is heard, wherever the phone is looked at. */
export function showBriefing({ live, situation, ring }: Parts): void {
  let [number, told] = ["", ""];
  const draw = () => {
    const { incident, detail } = situation.known;
    const briefing = incident ? detail?.briefing : undefined;
    drawKnown(briefing?.notes ?? []);
    const count = briefing ? briefing.notes.length + briefing.of_place.length + briefing.of_caller.length : 0;
    need("briefing-open").hidden = count === 0;
    say(need("briefing-open"), gettext("Known of here: %(count)s", { count }));
    if (briefing) need("briefing-body").replaceChildren(...lines(briefing));
    const says = JSON.stringify(briefing?.notes ?? []);
    if (briefing && number === incident?.number && says !== told) ring.tick(true);
    if (briefing) [number, told] = [incident?.number ?? "", says];
    drawAge(live, situation.known);
  };
  situation.onChange(draw);
  live.onState(() => drawAge(live, situation.known));
  setInterval(() => drawAge(live, situation.known), 10_000);
  need("briefing-open").addEventListener("click", () => open("briefing"));
  closes("briefing");
  draw();
}

function drawKnown(notes: Note[]): void {
  const make = () => el("p", {}, el("b"), " ", el("span"), " ", el("a"));
  keyed(need("order-known"), notes, (one) => String(one.id), make, (line, one) => {
    line.className = one.kind;
    say(line.querySelector("b")!, noteWord(one.kind));
    say(line.querySelector("span")!, [one.words, one.contact_name].filter(Boolean).join(" · "));
    const call = line.querySelector("a")!;
    call.hidden = !one.contact_phone;
    call.href = `tel:${one.contact_phone.replace(/[^+\d]/g, "")}`;
    say(call, one.contact_phone ? `☎ ${one.contact_phone}` : "");
  });
}

/** While news come by themselves what is shown is so now; else it is as old as it is. */
function drawAge(live: Live, { detail, readAt }: Known): void {
  const isNow = live.state === "live" || live.state === "polling" || !detail?.briefing || !readAt;
  const words = isNow ? "" : gettext("as of %(age)s ago", { age: age(Math.max(0, live.clock.now() - readAt)) });
  for (const id of ["order-known-age", "briefing-age"]) say(need(id), words);
}
