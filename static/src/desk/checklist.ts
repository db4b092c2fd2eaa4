// The checklist of the chosen incident: each line is ticked by itself, and the log tells who did.

import { may } from "../config.js";
import { el, keyed, need, say } from "../dom.js";
import { ms, time } from "../format.js";
import { gettext } from "../i18n.js";
import { lineWord } from "../words.js";
import type { Acts } from "./acts.js";
import type { Detail } from "./incident.js";

export interface ChecklistLine {
  id: number;
  text_zh: string;
  text_en: string;
  ticked_at: string | null;
  ticked_by: string | null;
}

export class Checklist {
  private readonly holder = need("checklist");
  private readonly list = need("checklist-lines");

  constructor(private readonly acts: Acts) {}

  show(detail: Detail): void {
    const { checklist, number } = detail;
    this.holder.hidden = checklist.length === 0;
    const done = checklist.filter((line) => line.ticked_at).length;
    say(need("checklist-count"), gettext("%(done)s of %(count)s", { done, count: checklist.length }));
    const isFixed = (detail.state ?? "open") !== "open" || !may("note");
    keyed(this.list, checklist, (line) => `${number} ${line.id}`, (line) => this.line(number, line), (item, line) => update(item, line, isFixed));
  }

  /** The first line that is not done gets the focus; Space ticks it. */
  focus(): void {
    const boxes = [...this.list.querySelectorAll("input")];
    (boxes.find((box) => !box.checked) ?? boxes[0])?.focus();
  }

  private line(number: string, line: ChecklistLine): HTMLElement {
    const box = el("input", { type: "checkbox" });
    box.addEventListener("change", () => void this.tick(number, line.id, box));
    box.addEventListener("keydown", (event) => this.key(event));
    return el("li", {}, el("label", {}, box, el("span"), el("small", { class: "quiet" })));
  }

  private async tick(number: string, id: number, box: HTMLInputElement): Promise<void> {
    const done = box.checked;
    if (!(await this.acts.run(() => this.acts.tick(number, id, done)))) box.checked = !done;
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const boxes = [...this.list.querySelectorAll("input")];
    const at = boxes.indexOf(event.target as HTMLInputElement) + (event.key === "ArrowDown" ? 1 : -1);
    boxes[at]?.focus();
    event.preventDefault();
  }
}

function update(item: HTMLElement, line: ChecklistLine, isFixed: boolean): void {
  const [box, words, by] = [item.querySelector("input")!, item.querySelector("span")!, item.querySelector("small")!];
  box.checked = Boolean(line.ticked_at);
  box.disabled = isFixed;
  say(words, lineWord(line.text_zh, line.text_en));
  say(by, line.ticked_at ? [time(ms(line.ticked_at)), line.ticked_by].filter(Boolean).join(" ") : "");
}
