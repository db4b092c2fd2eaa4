// What somebody who has taken the screen over can do: acknowledge alarms, acknowledge an incident, send who should go.

import { openAlarms, SHAPES } from "../counts.js";
import type { Advice } from "../desk/advice.js";
import { el, keyed, need, say, soon } from "../dom.js";
import { interval, position } from "../estimate.js";
import { short } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import { post, Refusal } from "../rest.js";
import type { AlarmPayload, IncidentPayload } from "../topics.js";
import { alarmSubject, alarmWord, kindWord } from "../words.js";
import type { Advised } from "./advised.js";
import type { Focus } from "./focus.js";
import { inOrder } from "./incidents.js";
import { isAssisting } from "./modes.js";

const ALARMS = 3;
const UNITS = 4;
const TWO = 2; // more, with one action

/** The panel, kept true while it is shown. `over` is called when the server says that nobody acts here any more. */
export class Acts {
  private stations: string[] = []; // codes: there one may act
  private number = ""; // of the incident that is shown
  private readonly later = soon(() => this.draw());

  constructor(
    private readonly live: Live,
    private readonly focus: Focus,
    private readonly advised: Advised,
    private readonly over: () => void,
  ) {
    need("act-acknowledge").addEventListener("click", () => this.act(`incidents/${this.number}/acknowledge/`, gettext("Acknowledged.")));
    need("act-reinforce").addEventListener("click", () => this.act(`incidents/${this.number}/reinforce/`, gettext("More are sent."), { count: TWO }));
    live.store.on(["incident", "alarm", "unit"], this.later);
    focus.on(this.later);
    advised.on(this.later);
    setInterval(this.later, 1000);
  }

  /** Somebody acts from now on, at these stations. */
  begin(stations: string[]): void {
    this.stations = stations;
    this.advised.renew();
    say(need("act-said"), "");
    this.later();
  }

  /** Whether somebody may send units of this station from here now. */
  may(station: string): boolean {
    return !need("acts").hidden && this.stations.includes(station);
  }

  /** Send a unit to an incident, and freeze the list that it stands in. */
  send(number: string, one: Advice): void {
    const said = { unit: one.call_sign, shown: this.advised.token };
    void this.act(`incidents/${number}/assignments/`, gettext("%(unit)s is sent.", { unit: one.call_sign }), said);
  }

  private draw(): void {
    if (need("acts").hidden) return;
    const here = (one: { station: string }) => this.stations.includes(one.station);
    const waiting = openAlarms(this.live.store).filter((alarm) => !alarm.acknowledged_at && here(alarm));
    keyed(need("act-alarms"), waiting.slice(0, ALARMS), (one) => String(one.id), (one) => this.alarm(one), drawAlarm);
    const open = inOrder(this.live.store.incident.values()).filter(here);
    const chosen = open.find((one) => one.number === this.focus.number);
    const incident = chosen ?? (isAssisting() ? undefined : open[0]); // never another than the one that is assisted
    need("act-incident").hidden = !incident;
    need("act-none").hidden = Boolean(incident) || waiting.length > 0;
    if (incident) this.drawIncident(incident);
  }

  private drawIncident(incident: IncidentPayload): void {
    this.number = incident.number;
    need("act-tri").className = `tri p${incident.priority}`;
    say(need("act-number"), short(incident.number));
    say(need("act-kind"), kindWord(incident.kind));
    say(need("act-place"), incident.address || gettext("pin on the map"));
    need("act-acknowledge").hidden = Boolean(incident.acknowledged_at);
    this.advised.about(incident.number);
    need("act-no-units").hidden = this.advised.items?.length !== 0;
    keyed(need("act-units"), (this.advised.items ?? []).slice(0, UNITS), (one) => one.unit, (one) => this.unit(one), drawUnit);
  }

  private alarm(alarm: AlarmPayload): HTMLElement {
    const button = el("button", {}, gettext("Acknowledge"));
    button.addEventListener("click", () => this.act(`alarms/${alarm.id}/acknowledge/`, gettext("Acknowledged.")));
    return el("li", { class: `level${alarm.level}` }, el("i"), el("span"), button, ...this.sending(alarm));
  }

  /** Of who calls for help: the button that sends two. */
  private sending(alarm: AlarmPayload): HTMLElement[] {
    if (alarm.subject_kind !== "call_for_help") return [];
    const button = el("button", {}, gettext("Send two"));
    button.addEventListener("click", () => this.act(`help/${alarm.subject}/send/`, gettext("More are sent."), { count: TWO }));
    return [button];
  }

  private unit(one: Advice): HTMLElement {
    const button = el("button", {}, gettext("Send"));
    button.addEventListener("click", () => this.send(this.number, one));
    return el("li", {}, el("b"), el("span", {}, el("span"), el("small")), button);
  }

  private async act(path: string, done: string, body: unknown = {}): Promise<void> {
    try {
      await post(path, body);
      this.said(done, true);
      this.advised.forget();
    } catch (refused) {
      if (!(refused instanceof Refusal)) throw refused;
      this.said(refused.message, false);
      this.isOver(refused);
    }
    this.later();
  }

  private isOver(refused: unknown): void {
    if (refused instanceof Refusal && refused.code === "not_taken_over") this.over();
  }

  private said(words: string, isDone: boolean): void {
    say(need("act-said"), words);
    need("act-said").className = isDone ? "done" : "refused";
  }
}

function drawAlarm(item: HTMLElement, alarm: AlarmPayload): void {
  const [shape, words] = [...item.children];
  say(shape!, SHAPES[alarm.level - 1] ?? "●");
  say(words!, `${alarmWord(alarm.kind)} ${alarmSubject(alarm)}`);
}

function drawUnit(item: HTMLElement, one: Advice): void {
  const [name, words] = [...item.children] as HTMLElement[];
  const [time, seen] = [...words!.children];
  words!.dataset.doubt = one.shortfalls.length ? "short" : one.doubt;
  say(name!, one.call_sign);
  say(time!, interval(one.seconds, one.low, one.high, one.source !== "roads"));
  say(seen!, [...one.words.slice(0, one.shortfalls.length), position(one)].join(" · "));
}
