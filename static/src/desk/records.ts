// Asking the agency's records for the open incident: what was asked, why, by whom and what came back. Each question is
// entered first; nothing of the answer is kept, and it goes with the incident from the screen.

import { config, may } from "../config.js";
import { el, need } from "../dom.js";
import { short, time } from "../format.js";
import { gettext } from "../i18n.js";
import { post } from "../rest.js";
import type { Acts, Done } from "./acts.js";
import type { Forms } from "./forms.js";
import type { Detail } from "./incident.js";

interface Finding {
  title: string;
  words: string;
  source: string;
  at: string;
}

interface Answer {
  provider: string | null;
  results: Finding[];
}

const ABOUT: Record<string, () => string> = {
  person: () => gettext("a person"),
  vehicle: () => gettext("a vehicle"),
  place: () => gettext("a place"),
};
const PURPOSES: Record<string, () => string> = {
  incident: () => gettext("an incident under way"),
  welfare: () => gettext("somebody's safety"),
  callback: () => gettext("calling somebody back"),
  complaint: () => gettext("a complaint"),
  case: () => gettext("a case, with its reference"),
};

/** Whether there are records to ask, and the one signed in may. */
export const hasRecords = (): boolean => Boolean(config().records) && may("search_people");

export class Records {
  private number: string | null = null;
  private readonly panel = need("records");
  private readonly answers = need("records-answers");

  constructor(
    private readonly forms: Forms,
    private readonly acts: Acts,
    private readonly now: () => number,
  ) {
    for (const part of document.querySelectorAll<HTMLElement>("[data-act=records]")) if (!hasRecords()) part.remove();
  }

  /** Another incident is shown: what came back for the one before goes. */
  leave(number: string | null): void {
    if (number === this.number) return;
    this.number = number;
    this.panel.hidden = true;
    this.answers.replaceChildren();
  }

  /** The form of one question. */
  open(incident: Detail): void {
    if (!hasRecords()) return this.acts.say(gettext("No records of the agency are connected to this station."), false);
    if ((incident.state ?? "open") !== "open") return this.acts.say(gettext("Records are asked only for an incident under way."), false);
    const about = choice(ABOUT);
    const words = el("input", { required: true, minlength: 2, maxlength: 60, autocomplete: "off" });
    const purpose = choice(PURPOSES);
    const reason = el("input", { maxlength: 200 });
    const fields = { [gettext("Name, number, plate or address")]: words, [gettext("About")]: about, [gettext("Purpose")]: purpose, [gettext("Why, in a few words")]: reason };
    this.forms.open(gettext("Ask the agency's records for %(number)s", { number: short(incident.number) }), fields, () => {
      const said = { about: about.value, words: words.value.trim(), purpose: purpose.value, reason: reason.value.trim() };
      return this.ask(incident.number, said);
    });
  }

  private async ask(number: string, said: { about: string; words: string; purpose: string; reason: string }): Promise<Done> {
    const asked = [ABOUT[said.about]?.(), said.words, PURPOSES[said.purpose]?.(), said.reason].filter(Boolean).join(" · ");
    try {
      const found = await post<Answer>(`incidents/${number}/records/`, said);
      this.show(number, asked, found.results.length ? found.results.map(finding) : [el("p", { class: "quiet" }, gettext("The records say nothing."))], found.provider);
      return { words: gettext("Records asked for %(number)s: %(count)s answers", { number: short(number), count: found.results.length }) };
    } catch (refused) {
      const why = refused instanceof Error ? refused.message : String(refused);
      this.show(number, asked, [el("p", { class: "error" }, why)], null);
      throw refused;
    }
  }

  private show(number: string, asked: string, lines: HTMLElement[], provider: string | null): void {
    if (number !== this.number) return;
    const when = [time(this.now()), provider ?? "", config().me.name].filter(Boolean).join(" · ");
    this.answers.prepend(el("article", {}, el("h4", {}, `${asked} (${when})`), ...lines));
    this.panel.hidden = false;
    this.panel.scrollIntoView({ block: "nearest" });
  }
}

function finding(one: Finding): HTMLElement {
  const about = [one.source, one.at].filter(Boolean).join(" · ");
  return el("p", {}, el("b", {}, one.title), ` ${one.words} `, el("span", { class: "quiet" }, about));
}

function choice(words: Record<string, () => string>): HTMLSelectElement {
  return el("select", { required: true }, ...Object.entries(words).map(([value, said]) => el("option", { value }, said())));
}
