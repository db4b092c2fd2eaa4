// A field with a list of what it may mean. Arrows choose, Enter and Tab take; Enter never does so while an input
// method composes.

import { el, set } from "../dom.js";

export interface Options<T> {
  /** What fits the words; may take a while. */
  find(words: string, signal: AbortSignal): T[] | Promise<T[]>;
  draw(item: T): (Node | string)[];
  /** `item` was chosen, or null when nothing fits what was typed. */
  chosen(item: T | null): void;
  /** Enter was pressed: the choice may still be under way, the hand moves on at once. */
  entered(choice: Promise<void>): void;
  edited(): void;
  delay: number; // ms to wait for more letters
}

export class Combo<T> {
  private items: T[] = [];
  private at = 0;
  private timer = 0;
  private searching: AbortController | null = null;
  private open = false; // typed, and not yet chosen from

  constructor(
    readonly input: HTMLInputElement,
    private readonly list: HTMLElement,
    private readonly options: Options<T>,
  ) {
    set(input, { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false", autocomplete: "off" });
    set(list, { role: "listbox" });
    input.addEventListener("input", (event) => (event as InputEvent).isComposing || this.typed());
    input.addEventListener("compositionend", () => this.typed());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => (this.list.hidden = true));
  }

  /** Offer what fits what stands in the field. */
  async offer(): Promise<void> {
    await this.search();
  }

  /** What stands in the field is settled, by other means than the list. */
  settle(): void {
    clearTimeout(this.timer);
    this.searching?.abort();
    this.open = false;
    this.show([]);
  }

  /** Take the marked one, waiting for the answer where it is under way. */
  async take(): Promise<void> {
    if (!this.open && !this.items.length) return;
    if (this.timer || this.searching) await this.search();
    this.choose(this.items[this.at] ?? null);
  }

  private typed(): void {
    this.open = this.input.value.trim() !== "";
    this.options.edited();
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.search(), this.options.delay);
  }

  private async search(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = 0;
    this.searching?.abort();
    const mine = (this.searching = new AbortController());
    const found = await Promise.resolve(this.options.find(this.input.value.trim(), mine.signal)).catch(() => []);
    if (mine.signal.aborted) return;
    this.searching = null;
    this.show(found);
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === 229 || event.altKey || event.ctrlKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.move(event);
    else if (event.key === "Enter") {
      event.preventDefault();
      this.options.entered(this.take());
    } else if (event.key === "Tab" && !event.shiftKey && this.open) void this.take();
    else if (event.key === "Escape" && !this.list.hidden) {
      event.stopPropagation();
      this.list.hidden = true;
    }
  }

  private move(event: KeyboardEvent): void {
    event.preventDefault();
    if (!this.items.length) return void this.search();
    const step = event.key === "ArrowDown" ? 1 : this.items.length - 1;
    this.at = (this.at + step) % this.items.length;
    this.mark();
  }

  private choose(item: T | null): void {
    this.settle();
    this.options.chosen(item);
  }

  private show(items: T[]): void {
    this.items = items;
    this.at = 0;
    this.list.replaceChildren(...items.map((item, at) => this.option(item, at)));
    this.list.hidden = !items.length || document.activeElement !== this.input;
    this.mark();
  }

  private option(item: T, at: number): HTMLElement {
    const option = el("li", { role: "option", id: `${this.list.id}-${at}` }, ...this.options.draw(item));
    option.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.choose(item);
      this.options.entered(Promise.resolve());
    });
    return option;
  }

  private mark(): void {
    [...this.list.children].forEach((option, at) => set(option, { "aria-selected": String(at === this.at) }));
    const isShown = !this.list.hidden;
    set(this.input, { "aria-expanded": String(isShown), "aria-activedescendant": isShown ? `${this.list.id}-${this.at}` : null });
    if (isShown) this.list.children[this.at]?.scrollIntoView({ block: "nearest" });
  }
}
