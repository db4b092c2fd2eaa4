// The wall's modes, as tabs of its top bar. The address keeps the mode, so that a wall that loads anew comes back to it.

import { need } from "../dom.js";

export type Mode = "overview" | "assist";

const MODES: readonly Mode[] = ["overview", "assist"];
const NAMED = "mode";

/** Whether the wall is about one incident. */
export const isAssisting = (): boolean => document.body.dataset.mode === "assist";

export class Modes {
  current: Mode = "overview";
  private readonly listeners: (() => void)[] = [];

  constructor() {
    for (const mode of MODES) need(`mode-${mode}`).addEventListener("click", () => this.set(mode));
    const asked = new URLSearchParams(location.search).get(NAMED);
    this.show(MODES.find((mode) => mode === asked) ?? "overview");
  }

  set(mode: Mode): void {
    if (mode === this.current) return;
    this.show(mode);
    history.replaceState(null, "", mode === "overview" ? location.pathname : `?${NAMED}=${mode}`);
    for (const listener of this.listeners) listener();
  }

  /** Call `listener` after each change. */
  on(listener: () => void): void {
    this.listeners.push(listener);
  }

  private show(mode: Mode): void {
    this.current = mode;
    document.body.dataset.mode = mode;
    for (const one of MODES) need(`mode-${one}`).setAttribute("aria-pressed", String(one === mode));
  }
}
