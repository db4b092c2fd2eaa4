// Sheets with lists: the checklist, the turns of the way, what is not yet sent.

import { el, keyed, need, say } from "../dom.js";
import { distance, ms, time } from "../format.js";
import { gettext, ngettext } from "../i18n.js";
import { lineWord } from "../words.js";
import { type Acts, actWord } from "./acts.js";
import type { Outbox } from "./outbox.js";
import { closes, open } from "./sheet.js";
import type { Situation } from "./situation.js";
import type { Track } from "./track.js";
import type { StoredAct } from "./vault.js";
import type { Detail, Step } from "./wire.js";

type Line = Detail["checklist"][number];

interface Parts {
  situation: Situation;
  acts: Acts;
  outbox: Outbox;
  track: Track;
}

/** Keep the lists and the buttons that open them true. */
export function showLists({ situation, acts, outbox, track }: Parts): void {
  const waiting = () => ticks(outbox);
  const draw = () => {
    drawChecklist(situation, acts, waiting());
    drawTurns(situation.known.route?.steps ?? []);
    drawUnsent(outbox, track);
  };
  situation.onChange(draw);
  track.onChange(() => drawUnsent(outbox, track));
  outbox.onChange(draw);
  for (const [button, sheet] of [["list-open", "list"], ["turns-open", "turns"], ["waiting", "unsent"]] as const)
    need(button).addEventListener("click", () => open(sheet));
  closes("list", "turns", "unsent");
  draw();
}

/** Lines that were ticked here and are not yet told, by their id. */
function ticks(outbox: Outbox): Map<number, boolean> {
  const found = outbox.waiting().filter((act) => act.what === "tick");
  return new Map(found.map((act) => [Number(act.path.split("/").at(-2)), Boolean(act.body.done)]));
}

function drawChecklist(situation: Situation, acts: Acts, waiting: Map<number, boolean>): void {
  const lines = situation.known.detail?.checklist ?? [];
  const isDone = (line: Line) => waiting.get(line.id) ?? Boolean(line.ticked_at);
  const button = need("list-open");
  button.hidden = lines.length === 0 || !situation.known.incident;
  say(button, gettext("Checklist %(done)s of %(count)s", { done: lines.filter(isDone).length, count: lines.length }));
  const make = (line: Line) => {
    const box = el("input", { type: "checkbox" });
    box.addEventListener("change", () => acts.tick(line.id, box.checked));
    return el("li", {}, el("label", {}, box, el("span"), el("small")));
  };
  keyed(need("list-lines"), lines, (line) => String(line.id), make, (item, line) => {
    item.querySelector("input")!.checked = isDone(line);
    say(item.querySelector("span")!, lineWord(line.text_zh, line.text_en));
    const by = line.ticked_at ? [time(ms(line.ticked_at)), line.ticked_by].filter(Boolean).join(" ") : "";
    say(item.querySelector("small")!, waiting.has(line.id) ? gettext("not yet sent") : by);
  });
}

function drawTurns(steps: Step[]): void {
  need("turns-open").hidden = steps.length === 0;
  const make = () => el("li", {}, el("span"), el("b"));
  keyed(need("turns-list"), steps.map((step, at) => ({ step, at })), ({ at }) => String(at), make, (item, { step }) => {
    say(item.querySelector("span")!, step.text);
    say(item.querySelector("b")!, step.metres ? distance(step.metres) : "");
  });
}

function drawUnsent(outbox: Outbox, track: Track): void {
  say(need("unsent-fixes"), ngettext("%(count)s position", "%(count)s positions", track.waiting));
  const make = (act: StoredAct) => el("li", {}, el("span", {}, actWord(act)), el("b", {}, time(act.order)));
  keyed(need("unsent-acts"), outbox.waiting(), (act) => act.id, make, () => undefined);
  const others = outbox.ofOthers();
  const words = gettext("Of somebody else who was signed in here, %(count)s wait until they sign in again.", { count: others });
  say(need("unsent-others"), others ? words : "");
}
