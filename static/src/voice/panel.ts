// What a page shows of talk: who speaks, the group, the button that is held.

import { el, keyed, need, say, set } from "../dom.js";
import { elapsed, short } from "../format.js";
import { gettext } from "../i18n.js";
import { Voice } from "./voice.js";
import type { TalkGroup } from "./worker.js";

const ORDER = ["incident", "station", "all", "officer", "aloud"];

interface Asked {
  preferred: () => string | null; // the group that the page is about
  mayTalk?: () => boolean;
}

export class Panel {
  readonly voice: Voice;
  private preferred = "";
  private could = true;
  private readonly groups = need<HTMLSelectElement>("voice-group");
  private readonly button = need<HTMLButtonElement>("voice-talk");

  constructor(private readonly asked: Asked) {
    const { worker, worklet } = need("voice").dataset;
    this.voice = new Voice({ worker: worker!, worklet: worklet! });
    this.groups.addEventListener("change", () => this.voice.choose(this.groups.value));
    held(this.button, () => void this.voice.press(), () => this.voice.release()); // prettier-ignore
    this.voice.onChange(() => this.draw());
    setInterval(() => this.draw(), 500);
    this.draw();
  }

  draw(): void {
    const { voice } = this;
    const may = this.asked.mayTalk?.() ?? true;
    if (may !== this.could) voice.refresh();
    if (!may && this.could) voice.release();
    this.could = may;
    this.choose();
    const there = voice.groups.filter((one) => one.may_speak);
    this.button.hidden = this.groups.hidden = !may || (!there.length && !voice.lack);
    this.button.dataset.turn = voice.turn;
    this.button.setAttribute("aria-pressed", String(voice.turn === "talking"));
    say(need("voice-word"), { none: gettext("Hold to talk"), asking: gettext("Wait …"), talking: gettext("Speak now") }[voice.turn]);
    say(need("voice-words"), this.words());
    need("voice").hidden = voice.state === "off" && !voice.lack;
    this.options(there);
    this.said();
  }

  private words(): string {
    const { voice } = this;
    if (voice.lack || voice.trouble) return voice.lack || voice.trouble;
    if (voice.state === "connecting") return gettext("Talk: the station can't be reached; it is tried again.");
    if (voice.state === "refused") return gettext("Talk: you are signed out, or may not take part.");
    return voice.isHeard && !voice.isArmed ? gettext("Sound is off: you don't hear it.") : "";
  }

  /** What the page is about is spoken of, until somebody chooses another group. */
  private choose(): void {
    const { voice } = this;
    const known = (key: string) => voice.groups.some((one) => one.key === key && one.may_speak);
    const preferred = this.asked.preferred() ?? "";
    if (preferred && preferred !== this.preferred && known(preferred)) voice.choose(preferred);
    if (!preferred || known(preferred)) this.preferred = preferred;
    if (known(voice.chosen) || voice.turn !== "none") return;
    const home = voice.groups.find((one) => one.kind === "station" && one.may_speak);
    if (home) voice.choose(home.key);
  }

  private options(groups: TalkGroup[]): void {
    const sorted = [...groups].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
    keyed(
      this.groups,
      sorted,
      (one) => one.key,
      (one) => el("option", { value: one.key }),
      (option, one) => say(option, groupWord(one)),
    );
    if (this.groups.value !== this.voice.chosen) this.groups.value = this.voice.chosen;
  }

  private said(): void {
    const now = performance.now();
    keyed(
      need("voice-speaking"),
      this.voice.speaking,
      (one) => String(one.source),
      (one) => el("li", {}, el("b", {}, one.name), " ", el("span"), " ", el("time")),
      (item, one) => {
        set(item, { "data-own": one.own ? "yes" : null, "data-kind": one.group.split(":")[0]! });
        say(item.querySelector("span")!, this.wordOf(one.group));
        say(item.querySelector("time")!, elapsed(now - one.since));
      },
    );
  }

  private wordOf(key: string): string {
    const group = this.voice.groups.find((one) => one.key === key);
    return group ? groupWord(group) : "";
  }
}

/** A group as people call it. */
export function groupWord(group: TalkGroup): string {
  if (group.kind === "incident") return gettext("Incident %(number)s", { number: short(group.id) });
  if (group.kind === "all") return gettext("Everybody of %(name)s", { name: group.label });
  if (group.kind === "officer") return group.label ? gettext("Private: %(name)s", { name: group.label }) : gettext("Private");
  if (group.kind === "aloud") return group.label ? gettext("Aloud at %(name)s", { name: group.label }) : gettext("Aloud");
  return group.label;
}

/** A button that acts while it is held, by touch, mouse or key; whatever takes it away lets it go. */
export function held(button: HTMLElement, begin: () => void, end: () => void): void {
  button.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    button.setPointerCapture(event.pointerId); // a thumb that slides still holds
    begin();
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture", "blur", "keyup"]) button.addEventListener(kind, end);
  button.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    begin();
  });
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  for (const kind of ["blur", "pagehide"]) addEventListener(kind, end);
}
