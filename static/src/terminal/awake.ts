// The screen stays on while one is on duty and wants it so: only then can the page ring and know where it is.

import { csrf } from "../rest.js";

const SHELF = "terminal-awake";
const IN_USE_MS = 60_000;

export class Awake {
  private lock: WakeLockSentinel | null = null;
  private isOnDuty = false;
  private listeners: (() => void)[] = [];

  start(): void {
    document.addEventListener("visibilitychange", () => void this.hold());
    // A terminal that locked itself would not ring: in front of somebody on duty it is in use (docs/decisions/terminal-in-use.md)
    setInterval(() => this.tellInUse(), IN_USE_MS);
  }

  get isWanted(): boolean {
    return localStorage.getItem(SHELF) !== "off";
  }

  get isHeld(): boolean {
    return this.lock !== null;
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  want(on: boolean): void {
    localStorage.setItem(SHELF, on ? "on" : "off");
    void this.hold();
  }

  onDuty(isOnDuty: boolean): void {
    if (isOnDuty === this.isOnDuty) return;
    this.isOnDuty = isOnDuty;
    if (isOnDuty) this.tellInUse();
    void this.hold();
  }

  private async hold(): Promise<void> {
    const wanted = this.isOnDuty && this.isWanted && document.visibilityState === "visible";
    if (wanted && !this.lock) {
      this.lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
      this.lock?.addEventListener("release", () => this.released());
    } else if (!wanted) await this.lock?.release();
    for (const listener of this.listeners) listener();
  }

  private released(): void {
    this.lock = null;
    for (const listener of this.listeners) listener();
  }

  private tellInUse(): void {
    if (!this.isOnDuty || document.visibilityState !== "visible") return;
    fetch("/account/active/", { method: "POST", headers: { "X-CSRFToken": csrf() } }).catch(() => undefined);
  }
}
