// Four buttons for the priority, which comes with the kind and may be changed.

import { need } from "../dom.js";

export class Priority {
  private readonly buttons = [...need("priority").querySelectorAll<HTMLButtonElement>("button")];

  constructor(private readonly chosen: (level: number) => void) {
    this.buttons.forEach((button, at) => button.addEventListener("click", () => this.choose(at + 1)));
  }

  choose(level: number): void {
    this.show(level);
    this.chosen(level);
  }

  show(level: number): void {
    this.buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(at + 1 === level)));
  }
}
