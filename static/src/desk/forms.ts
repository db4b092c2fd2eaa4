// Small forms over the selected incident: send, note, change, close, cancel.

import { el, need } from "../dom.js";
import { elapsed, short } from "../format.js";
import { gettext } from "../i18n.js";
import { disposition, DISPOSITIONS, type Kind, kindOf, kindWord, priorityWord } from "../words.js";
import { post } from "../rest.js";
import type { CallForHelpPayload } from "../topics.js";
import type { Acts, Done } from "./acts.js";
import { NOBODY, recommend } from "./advice.js";
import type { Detail } from "./incident.js";

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

export class Forms {
  private readonly dialog = need<HTMLDialogElement>("act");
  private act: (() => Promise<Done>) | null = null;

  constructor(
    private readonly acts: Acts,
    private readonly kinds: () => Kind[],
    private readonly pin: () => { lat: number; lon: number } | null,
  ) {
    const form = this.dialog.querySelector("form")!;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    form.addEventListener("keydown", (event) => {
      const sends = ["TEXTAREA", "SELECT"].includes((event.target as HTMLElement).tagName); // other fields do so by themselves
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229 || !sends) return;
      event.preventDefault();
      void this.send();
    });
    need("act-cancel").addEventListener("click", () => this.dialog.close());
  }

  note(incident: Detail): void {
    const text = el("textarea", { rows: 3, maxlength: 4000, required: true });
    this.open(gettext("Note in %(number)s", { number: short(incident.number) }), { [gettext("Words")]: text }, () => this.acts.note(incident.number, text.value.trim()));
  }

  close(incident: Detail): void {
    const code = el("select", { required: true }, ...DISPOSITIONS.map((one) => el("option", { value: one }, disposition(one))));
    const text = el("input", { maxlength: 4000 });
    const fields = { [gettext("Result (type its digits)")]: code, [gettext("Words")]: text };
    this.open(gettext("Close %(number)s", { number: short(incident.number) }), fields, () => this.acts.close(incident.number, code.value, text.value.trim()));
  }

  /** End an SOS, for which a word is needed, or a request for help. */
  endCall(call: CallForHelpPayload): void {
    const isSos = call.kind === "sos";
    const word = el("input", { maxlength: 400, required: isSos });
    const who = [call.unit, call.officer].filter(Boolean).join(" ");
    const title = isSos ? gettext("End the SOS of %(who)s", { who }) : gettext("End the request of %(who)s", { who });
    const path = `${isSos ? "sos" : "help"}/${call.id}/end/`;
    this.open(title, { [gettext("How it ended, in your name")]: word }, async () => {
      await post(path, { word: word.value.trim() });
      return { words: gettext("Ended: %(who)s", { who }) };
    });
  }

  cancel(incident: Detail): void {
    const text = el("input", { maxlength: 4000 });
    this.open(gettext("Cancel %(number)s", { number: short(incident.number) }), { [gettext("Why")]: text }, () => this.acts.cancel(incident.number, text.value.trim()));
  }

  /** Who should go: the best stand in the list, the first is chosen. */
  async assign(incident: Detail): Promise<void> {
    const { items: units, token } = await recommend(incident.number).catch(() => NOBODY);
    if (!units.length) return this.acts.say(gettext("There is nobody to send."), false);
    const list = el("select", { size: Math.max(2, units.length), required: true }, ...units.map((one, at) => {
      const eta = one.seconds === null ? "?" : `${one.source === "roads" ? "" : "≈ "}${elapsed(one.seconds * 1000)}`;
      return el("option", { value: one.call_sign, selected: at === 0 }, [one.call_sign, eta, ...one.words].join(" · "));
    }));
    this.open(gettext("Send to %(number)s", { number: short(incident.number) }), { [gettext("Unit")]: list }, () => this.acts.assign(incident.number, list.value, token));
  }

  edit(incident: Detail): void {
    const own = kindOf(incident.kind); // perhaps retired meanwhile
    const kinds = own?.is_active === false ? [own, ...this.kinds()] : this.kinds();
    const kind = el("select", {}, ...kinds.map((one) => el("option", { value: one.slug, selected: one.slug === incident.kind }, kindWord(one.slug))));
    const priority = el("select", {}, ...[1, 2, 3, 4].map((one) => el("option", { value: one, selected: one === incident.priority }, priorityWord(one))));
    const address = el("input", { maxlength: 200, value: incident.address });
    const facts = el("textarea", { rows: 3, maxlength: 4000 }, incident.facts);
    const phone = el("input", { maxlength: 30, inputmode: "tel", value: incident.caller_phone ?? "" });
    const caller = el("input", { maxlength: 60, value: incident.caller_name ?? "" });
    const pin = this.pin();
    const move = el("input", { type: "checkbox" });
    const fields: Record<string, Field> = { [gettext("Kind")]: kind, [gettext("Priority")]: priority, [gettext("Address")]: address, [gettext("Facts")]: facts };
    if (incident.caller_phone !== undefined) Object.assign(fields, { [gettext("Caller's phone")]: phone, [gettext("Caller's name")]: caller });
    if (pin) fields[gettext("Move to the pin of the form")] = move;
    this.open(gettext("Change %(number)s", { number: short(incident.number) }), fields, () => {
      const asked: Record<string, unknown> = { kind: kind.value, priority: Number(priority.value), address: address.value.trim(), facts: facts.value.trim() };
      if (incident.caller_phone !== undefined) Object.assign(asked, { caller_phone: phone.value.trim(), caller_name: caller.value.trim() });
      const before = incident as unknown as Record<string, unknown>;
      const changes = Object.fromEntries(Object.entries(asked).filter(([name, value]) => before[name] !== value));
      return this.acts.amend(incident.number, move.checked && pin ? { ...changes, lat: pin.lat, lon: pin.lon } : changes, before);
    });
  }

  leave(): void {
    this.dialog.close();
  }

  /** Show a form of these fields; `act` is done when it is sent, and what it refuses is said. */
  open(title: string, fields: Record<string, Field>, act: () => Promise<Done>): void {
    this.act = act;
    need("act-title").textContent = title;
    need("act-fields").replaceChildren(...Object.entries(fields).map(([words, field]) => el("label", {}, el("span", {}, words), field)));
    this.dialog.showModal();
    Object.values(fields)[0]?.focus();
  }

  async send(): Promise<void> {
    const act = this.act;
    if (!act || !this.dialog.querySelector("form")!.reportValidity()) return;
    this.act = null; // a second Enter must not do it twice
    if (await this.acts.run(act)) this.dialog.close();
    else this.act = act;
  }
}
