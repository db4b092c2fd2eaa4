// What somebody who has taken the screen over can do: acknowledge alarms, acknowledge an incident, send the nearest units.

import { openAlarms, SHAPES } from "../counts.js";
import { el, keyed, need, say, soon } from "../dom.js";
import { short } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import { get, post, Refusal } from "../rest.js";
import type { AlarmPayload, IncidentPayload } from "../topics.js";
import { alarmSubject, alarmWord, kindWord } from "../words.js";
import { inOrder } from "./incidents.js";

interface Near {
  unit: string;
  call_sign: string;
  eta_s: number | null;
}

const ALARMS = 3;
const UNITS = 4;
const ANEW_MS = 5000;

/** Keep the panel true while it is shown; returns what begins it anew. `over` is called when the server says it is over. */
export function showActs(live: Live, over: () => void): () => void {
  const panel = new Acts(live, over);
  return () => panel.begin();
}

class Acts {
  private chosen = "";
  private near: Near[] = [];
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
    live.store.on(["incident", "alarm", "unit"], this.later);
    setInterval(this.later, 1000);
  }

  begin(): void {
    this.chosen = "";
    say(need("act-said"), "");
    this.later();
  }

  private choose(number: string): void {
    this.chosen = number;
    this.near = [];
    this.later();
  }

  private draw(): void {
    if (need("acts").hidden) return;
    const waiting = openAlarms(this.live.store).filter((alarm) => !alarm.acknowledged_at);
    keyed(need("act-alarms"), waiting.slice(0, ALARMS), (one) => String(one.id), (one) => this.alarm(one), drawAlarm);
    const incident = this.live.store.incident.get(this.chosen) ?? inOrder(this.live.store.incident.values())[0];
    need("act-incident").hidden = !incident;
    need("act-none").hidden = Boolean(incident) || waiting.length > 0;
    if (incident) this.drawIncident(incident);
  }

  private drawIncident(incident: IncidentPayload): void {
    this.chosen = incident.number;
    say(need("act-number"), short(incident.number));
    say(need("act-kind"), kindWord(incident.kind));
    say(need("act-place"), incident.address || gettext("pin on the map"));
    need("act-acknowledge").hidden = Boolean(incident.acknowledged_at);
    if (this.asked.number !== incident.number || Date.now() - this.asked.at > ANEW_MS) void this.ask(incident.number);
    keyed(need("act-units"), this.near, (one) => one.unit, (one) => this.unit(one), drawUnit);
  }

  private async ask(number: string): Promise<void> {
    this.asked = { number, at: Date.now() };
    const answer = await get<{ results: Near[] }>(`incidents/${number}/nearest/`).catch(() => null);
    if (!answer || this.chosen !== number) return;
    this.near = answer.results.slice(0, UNITS);
    this.later();
  }

  private alarm(alarm: AlarmPayload): HTMLElement {
    const button = el("button", {}, gettext("Acknowledge"));
    button.addEventListener("click", () => this.act(`alarms/${alarm.id}/acknowledge/`, gettext("Acknowledged.")));
    return el("li", { class: `level${alarm.level}` }, el("i"), el("span"), button);
  }

  private unit(near: Near): HTMLElement {
    const button = el("button", {}, gettext("Send"));
    button.addEventListener("click", () => {
      const [code, call] = near.unit.split("/");
      const sent = gettext("%(unit)s is sent.", { unit: near.call_sign });
      void this.act(`incidents/${this.chosen}/assignments/`, sent, { unit: this.isAlone(call!) ? near.call_sign : `${code}/${call}` });
    });
    return el("li", {}, el("b"), el("span"), button);
  }

  private isAlone(callSign: string): boolean {
    return [...this.live.store.unit.values()].filter((unit) => unit.call_sign === callSign).length < 2;
  }

  private async act(path: string, done: string, body: unknown = {}): Promise<void> {
    try {
      await post(path, body);
      this.said(done, true);
      this.asked.at = 0;
    } catch (refused) {
      if (!(refused instanceof Refusal)) throw refused;
      this.said(refused.message, false);
      if (refused.status === 403 && refused.code === "forbidden") this.over();
    }
    this.later();
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
  const [name, time] = [...item.children];
  say(name!, near.call_sign);
  say(time!, near.eta_s === null ? gettext("time unknown") : gettext("%(minutes)s min", { minutes: Math.max(1, Math.round(near.eta_s / 60)) }));
}
