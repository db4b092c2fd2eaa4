// What somebody who has taken the screen over can do: acknowledge alarms, acknowledge an incident, send the nearest units.

import { openAlarms, SHAPES } from "../counts.js";
import { el, keyed, need, say, soon } from "../dom.js";
import { type Estimate, position, times } from "../estimate.js";
import { short } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import { get, post, Refusal } from "../rest.js";
import type { AlarmPayload, IncidentPayload } from "../topics.js";
import { alarmSubject, alarmWord, kindWord } from "../words.js";
import { inOrder } from "./incidents.js";

interface Near extends Estimate {
  unit: string;
  call_sign: string;
}

const ALARMS = 3;
const UNITS = 4;
const TWO = 2; // more, with one action
const ANEW_MS = 5000;

/** The panel, kept true while it is shown. `over` is called when the server says that nobody acts here any more. */
export class Acts {
  private stations: string[] = []; // codes: there one may act
  private chosen = "";
  private near: Near[] | null = null; // null: not known yet
  private asked = { number: "", at: 0 };
  private readonly later = soon(() => this.draw());

  constructor(
    private readonly live: Live,
    private readonly over: () => void,
  ) {
    const choose = (event: Event) => {
      const card = (event.target as HTMLElement).closest<HTMLElement>("#incident-list li");
      if (card?.dataset.key) this.choose(card.dataset.key);
    };
    need("incident-list").addEventListener("click", choose);
    need("incident-list").addEventListener("keydown", (event) => event.key === "Enter" && choose(event));
    need("act-acknowledge").addEventListener("click", () => this.act(`incidents/${this.chosen}/acknowledge/`, gettext("Acknowledged.")));
    need("act-reinforce").addEventListener("click", () => this.act(`incidents/${this.chosen}/reinforce/`, gettext("More are sent."), { count: TWO }));
    live.store.on(["incident", "alarm", "unit"], this.later);
    setInterval(this.later, 1000);
  }

  /** Somebody acts from now on, at these stations. */
  begin(stations: string[]): void {
    this.stations = stations;
    this.chosen = "";
    say(need("act-said"), "");
    this.later();
  }

  private choose(number: string): void {
    this.chosen = number;
    this.near = null;
    this.later();
  }

  private draw(): void {
    if (need("acts").hidden) return;
    const here = (one: { station: string }) => this.stations.includes(one.station);
    const waiting = openAlarms(this.live.store).filter((alarm) => !alarm.acknowledged_at && here(alarm));
    keyed(need("act-alarms"), waiting.slice(0, ALARMS), (one) => String(one.id), (one) => this.alarm(one), drawAlarm);
    const open = inOrder(this.live.store.incident.values()).filter(here);
    const incident = open.find((one) => one.number === this.chosen) ?? open[0];
    need("act-incident").hidden = !incident;
    need("act-none").hidden = Boolean(incident) || waiting.length > 0;
    if (incident) this.drawIncident(incident);
  }

  private drawIncident(incident: IncidentPayload): void {
    this.chosen = incident.number;
    need("act-tri").className = `tri p${incident.priority}`;
    say(need("act-number"), short(incident.number));
    say(need("act-kind"), kindWord(incident.kind));
    say(need("act-place"), incident.address || gettext("pin on the map"));
    need("act-acknowledge").hidden = Boolean(incident.acknowledged_at);
    if (this.asked.number !== incident.number || Date.now() - this.asked.at > ANEW_MS) void this.ask(incident.number);
    need("act-no-units").hidden = this.near?.length !== 0;
    keyed(need("act-units"), this.near ?? [], (one) => one.unit, (one) => this.unit(one), drawUnit);
  }

  private async ask(number: string): Promise<void> {
    this.asked = { number, at: Date.now() };
    try {
      const answer = await get<{ results: Near[] }>(`incidents/${number}/nearest/`);
      if (this.chosen !== number) return;
      this.near = answer.results.slice(0, UNITS);
      this.later();
    } catch (refused) {
      this.isOver(refused); // else it is asked again
    }
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

  private unit(near: Near): HTMLElement {
    const button = el("button", {}, gettext("Send"));
    const sent = gettext("%(unit)s is sent.", { unit: near.call_sign });
    button.addEventListener("click", () => this.act(`incidents/${this.chosen}/assignments/`, sent, { unit: near.call_sign }));
    return el("li", {}, el("b"), el("span", {}, el("span"), el("small")), button);
  }

  private async act(path: string, done: string, body: unknown = {}): Promise<void> {
    try {
      await post(path, body);
      this.said(done, true);
      this.asked.at = 0;
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

function drawUnit(item: HTMLElement, near: Near): void {
  const [name, words] = [...item.children] as HTMLElement[];
  const [time, seen] = [...words!.children];
  words!.dataset.doubt = near.doubt;
  say(name!, near.call_sign);
  say(time!, times(near));
  say(seen!, position(near));
}
