// The command line: `/` from anywhere, Tab completes, Enter does, the result stands beside it in words.

import { need, say } from "../dom.js";
import { short } from "../format.js";
import { gettext } from "../i18n.js";
import type { Live } from "../live.js";
import { get } from "../rest.js";
import type { Acts } from "./acts.js";
import { completions, read } from "./commands.js";
import type { Row } from "./incidents.js";

export class Line {
  private readonly input = need<HTMLInputElement>("command");
  private choices: string[] = [];
  private at = 0;
  private completing: Promise<void> = Promise.resolve(); // keys are faster than requests
  private said: string[] = []; // earlier lines, newest last

  constructor(
    private readonly live: Live,
    private readonly acts: Acts,
  ) {
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    acts.onSaid((words, ok) => this.result(words, ok));
    setInterval(() => this.undoable(), 250);
    need("undo").addEventListener("click", () => void acts.undo());
  }

  /** `/`, or a line begun with it. */
  start(line = "/"): void {
    this.input.value = line;
    this.input.focus();
    this.typed();
  }

  private typed(): void {
    this.choices = [];
    void this.hint();
  }

  private async hint(): Promise<void> {
    const line = this.input.value;
    const what = line ? (await read(line, this.live.store, ended)).words : "";
    if (this.input.value === line) say(need("command-hint"), what);
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter") void this.run();
    else if (event.key === "Tab" && !event.shiftKey && this.input.value.trim()) this.completing = this.complete();
    else if (event.key === "ArrowUp" && this.said.length) this.start(this.said.at(-1));
    else if (event.key === "Escape") this.leave();
    else return;
    event.preventDefault();
  }

  private async complete(): Promise<void> {
    if (!this.choices.length) {
      const line = this.input.value;
      const found = await completions(line, this.live.store, search).catch(() => []);
      if (this.input.value !== line) return;
      [this.choices, this.at] = [found, -1];
    }
    this.at = (this.at + 1) % Math.max(1, this.choices.length);
    const choice = this.choices[this.at];
    if (choice === undefined) return this.acts.say(gettext("Nothing completes that."), false);
    this.input.value = choice;
    if (this.choices.length === 1) this.choices = [];
    void this.hint();
  }

  private async run(): Promise<void> {
    await this.completing;
    const line = this.input.value;
    if (line.replace("/", "").trim() === "") return this.leave();
    const what = await read(line, this.live.store, ended);
    const { verb, args } = what;
    if (!verb || !what.ready) return this.acts.say(what.words, false);
    this.input.value = ""; // at once: what is typed while this one runs is the next command
    say(need("command-hint"), "");
    if (await this.acts.run(() => verb.act(this.acts, args))) this.said.push(line);
    else if (!this.input.value) this.input.value = line;
  }

  private leave(): void {
    this.input.value = "";
    say(need("command-hint"), "");
    this.input.blur();
  }

  private result(words: string, ok: boolean): void {
    const place = need("result");
    say(place, words);
    place.className = ok ? "done" : "refused";
  }

  private undoable(): void {
    const seconds = this.acts.undoable();
    const button = need("undo");
    button.hidden = seconds === 0;
    say(button, gettext("Z undo %(seconds)s s", { seconds }));
  }
}

/** Ended incidents by their last digits, places or roads by name. */
async function search(slot: "ended" | "place" | "road", begun: string): Promise<string[]> {
  if (slot === "ended") return (await endedBy(begun)).map((number) => short(number));
  const found = await get<{ results: { kind: string; name: string }[] }>(`places/?q=${encodeURIComponent(begun)}&limit=20`);
  const fit = found.results.filter((hit) => slot === "place" || hit.kind === "crossing" || hit.kind === "street");
  return [...new Set(fit.map((hit) => hit.name))].slice(0, 8);
}

/** An ended incident by its last four digits: the newest of them. */
async function ended(digits: string): Promise<string | null> {
  const numbers = await endedBy(digits).catch(() => []);
  return numbers.filter((number) => number.endsWith(digits)).at(-1) ?? null;
}

/** Numbers of ended incidents whose last four digits begin or end so, oldest first. */
async function endedBy(digits: string): Promise<string[]> {
  const found = await get<{ results: Row[] }>(`incidents/?state=all&q=${encodeURIComponent(digits)}`);
  const over = found.results.filter((row) => row.state !== "open").map((row) => row.number);
  return over.filter((number) => short(number).startsWith(digits) || number.endsWith(digits)).sort();
}
