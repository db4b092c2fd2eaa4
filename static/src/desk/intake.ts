// The form of a new call. From F2 to a unit on its way without the mouse; nothing typed is lost when a request fails.

import { need, say } from "../dom.js";
import { elapsed, short } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import type { Area } from "../map/hole.js";
import { post, Refusal, uuid } from "../rest.js";
import type { IncidentPayload } from "../topics.js";
import { type Kind, kindOf, kindWord } from "../words.js";
import type { Acts } from "./acts.js";
import { AdviceList } from "./advice.js";
import type { Combo } from "./combo.js";
import { CallsThere } from "./doubles.js";
import { type Draft, empty, keep, type Place, taken } from "./draft.js";
import { markExpected } from "./expected.js";
import { kindField } from "./kind.js";
import { needsWords, sendFrom, showNeeded } from "./needed.js";
import { Offer } from "./offer.js";
import { placeField, written } from "./place.js";
import { Priority } from "./priority.js";

const WORDS = ["kind", "place", "caller_phone", "caller_name", "facts"];

/** Whom a call that is opened sends: nobody, the first of the list, or as many as its kind asks for. */
type Sends = "nobody" | "first" | "all";

export interface Around {
  middle(): { lat: number; lon: number } | null;
  showPin(place: Place | null): void;
  showHole(area: Area | null, look: boolean): void;
  opened(number: string): void;
}

export class Intake {
  readonly advice = new AdviceList(need("advice-list"), () => void this.submit("first"), (area, look) => this.around.showHole(area, look));
  private draft: Draft = taken();
  private kinds: Kind[] = [];
  private readonly form = need<HTMLFormElement>("intake");
  private readonly priority = new Priority((level) => this.change({ priority: level }));
  private readonly offer: Offer;
  private readonly kind: Combo<Kind>;
  private readonly place: Combo<unknown>;
  private readonly there = new CallsThere((number) => void this.noteIn(number));
  private placing: Promise<void> = Promise.resolve();
  private sending = false;

  constructor(
    private readonly live: Live,
    private readonly acts: Acts,
    private readonly around: Around,
  ) {
    this.offer = new Offer(acts, () => this.start());
    this.kind = kindField(this.field("kind"), need("kind-list"), () => this.kinds, {
      edited: () => {
        this.change({ kind: "" });
        this.showAsked();
      },
      chosen: (kind) => this.take(kind),
      entered: (choice) => void choice.then(() => this.draft.kind && this.field("place").focus()),
    });
    this.place = placeField(this.field("place"), need("place-list"), around.middle,
      () => this.locate(null),
      (place) => this.found(place),
      (choice) => this.leavePlace(choice)); // prettier-ignore
    this.listen();
    this.restore();
  }

  /** Who would be sent if the call were opened now, and where to. */
  get candidate(): { unit: string; to: Place } | null {
    const [first, to] = [this.advice.first, this.draft.place];
    return first && to ? { unit: first.unit, to } : null;
  }

  /** The kinds that can be chosen. */
  know(kinds: Kind[]): void {
    this.kinds = kinds;
    const kind = kinds.find((one) => one.slug === this.draft.kind);
    if (kind) this.field("kind").value = kindWord(kind.slug);
    this.showAsked();
  }

  /** What a call of this kind should be asked for, and whom it needs. */
  private showAsked(): void {
    markExpected(this.form, this.draft.kind);
    showNeeded(need("advice-needs"), needsWords(this.draft.kind));
  }

  /** F2: the kind's field, with what was typed before still there. */
  start(): void {
    this.offer.leave();
    const field = this.field("kind");
    field.focus();
    field.select();
    if (!this.draft.kind) void this.kind.offer();
  }

  /** A pin on the map stands for an address. */
  pin(lat: number, lon: number): void {
    this.field("place").value = written(lat, lon);
    this.place.settle();
    this.locate({ lat, lon, address: "" });
    this.field("facts").focus();
  }

  choosePriority(level: number): void {
    this.priority.choose(level);
  }

  focusPlace(): void {
    this.field("place").focus();
  }

  /** Open the incident, and then, as a second request, send the chosen unit; of several, each as one request. */
  async submit(send: Sends): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    this.form.setAttribute("aria-busy", "true");
    try {
      await Promise.all([this.kind.take(), this.placing]);
      if (this.isComplete()) await this.open(send);
    } catch (refused) {
      this.showRefused(refused);
    } finally {
      this.sending = false;
      this.form.removeAttribute("aria-busy");
    }
  }

  private async open(send: Sends): Promise<void> {
    const shown = this.advice.shown;
    const count = kindOf(this.draft.kind)?.needs.count ?? 1;
    const incident = await this.post();
    this.draft = empty();
    this.restore();
    void this.there.at(null);
    this.around.opened(incident.number);
    if (send === "all" && shown.items.length) await this.acts.run(() => sendFrom(this.acts, incident.number, shown, count));
    else if (send !== "nobody") await this.offer.send(incident.number, shown);
    else this.acts.say(gettext("%(number)s opened, nobody sent", { number: short(incident.number) }), true);
    if (!this.offer.isOpen) this.field("kind").focus();
  }

  private post(): Promise<IncidentPayload> {
    const { kind, priority, place, words, began } = this.draft;
    const said = Object.fromEntries(["caller_phone", "caller_name", "facts"].map((name) => [name, (words[name] ?? "").trim()]));
    const full = { kind, priority, lat: place?.lat, lon: place?.lon, address: place?.address ?? "", ...said };
    const body = JSON.stringify(full);
    if (this.draft.body !== body) Object.assign(this.draft, { body, key: uuid() });
    keep(this.draft);
    const called = began ? { called_at: new Date(began).toISOString() } : {};
    return post<IncidentPayload>("incidents/", { ...full, ...called }, this.draft.key);
  }

  private isComplete(): boolean {
    this.clearErrors();
    if (!this.draft.kind) return this.missing("kind", gettext("Which kind of call? Initials, name or digit."));
    if (!this.draft.place) return this.missing("place", gettext("Where? No such place is on the map: choose from the list, or F4 for a pin."));
    return true;
  }

  private missing(name: string, words: string): false {
    this.showError(name, words);
    this.field(name).focus();
    this.acts.say(words, false);
    return false;
  }

  private showRefused(refused: unknown): void {
    this.acts.refuse(refused);
    if (!(refused instanceof Refusal)) return;
    for (const [name, words] of Object.entries(refused.fields)) this.showError(name === "lat" || name === "lon" || name === "address" ? "place" : name, [words].flat().join(" "));
  }

  private showError(name: string, words: string): void {
    const place = document.getElementById(`${name}-error`);
    if (place) say(place, words);
    this.form.querySelector(`[name="${name}"]`)?.setAttribute("aria-invalid", "true");
  }

  private clearErrors(): void {
    for (const place of this.form.querySelectorAll(".error")) say(place, "");
    for (const field of this.form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  }

  private take(kind: Kind | null): void {
    if (!kind) return this.showError("kind", gettext("No kind fits that."));
    this.clearErrors();
    this.field("kind").value = kindWord(kind.slug);
    this.change({ kind: kind.slug, priority: kind.priority });
    this.priority.show(kind.priority);
    void this.advice.at(this.draft.place, kind.slug);
    this.showAsked();
  }

  private found(place: Place | null): void {
    if (place) this.clearErrors();
    else this.showError("place", gettext("Nothing of that name is on the map. F4: a pin."));
    this.locate(place);
  }

  private locate(place: Place | null): void {
    this.change({ place });
    this.around.showPin(place);
    void this.advice.at(place, this.draft.kind);
    void this.there.at(place);
  }

  /** The call is of something that is open already: what was typed is noted there, and the form is empty again. */
  private async noteIn(number: string): Promise<void> {
    const said = ["facts", "caller_name", "caller_phone"].map((name) => this.field(name).value.trim()).filter(Boolean).join(" · ");
    if (!(await this.acts.run(() => this.acts.note(number, said || gettext("Called in again."))))) return;
    this.draft = empty();
    this.restore();
    void this.there.at(null);
    this.around.opened(number);
  }

  private leavePlace(choice: Promise<void>): void {
    this.placing = choice;
    this.field("facts").focus();
  }

  private change(what: Partial<Draft>): void {
    Object.assign(this.draft, what);
    this.draft.began ||= this.live.clock.now();
    for (const name of WORDS) this.draft.words[name] = this.field(name).value;
    keep(this.draft);
  }

  private restore(): void {
    for (const name of WORDS) this.field(name).value = this.draft.words[name] ?? "";
    this.kind?.settle();
    this.place?.settle();
    this.priority.show(this.draft.priority);
    this.clearErrors();
    this.showAsked();
    void this.advice.at(this.draft.place, this.draft.kind);
    this.around.showPin(this.draft.place);
    keep(this.draft);
  }

  private listen(): void {
    for (const name of ["caller_phone", "caller_name", "facts"]) this.field(name).addEventListener("input", () => this.change({}));
    this.form.addEventListener("keydown", (event) => this.key(event));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    need("open-only").addEventListener("click", () => void this.submit("nobody"));
    need("clear-intake").addEventListener("click", () => this.clear());
    setInterval(() => say(need("draft-age"), this.draft.began ? gettext("draft kept · %(time)s", { time: elapsed(this.live.clock.now() - this.draft.began) }) : ""), 1000);
  }

  private clear(): void {
    this.draft = empty();
    this.restore();
    this.start();
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === 229) return; // Enter that ends a composition never sends
    const field = event.target as HTMLElement;
    const name = field.getAttribute("name");
    if (event.altKey && event.key === "Enter") void this.submit("all");
    else if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) this.advice.step(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key !== "Enter" || event.shiftKey) return;
    else if (event.ctrlKey) void this.submit("nobody");
    else if (name === "facts") void this.submit("first");
    else if (name === "caller_phone" || name === "caller_name") this.field("facts").focus();
    else return;
    event.preventDefault();
  }

  private field(name: string): HTMLInputElement {
    return this.form.elements.namedItem(name) as HTMLInputElement;
  }
}
