// The live picture by plain requests, for as long as no socket can be had.

import type { Cursor, Told } from "./live.js";

const EVERY_MS = 2000;

export class Poll {
  running = false;
  private timer = 0;
  private whole = false;

  constructor(
    private readonly hear: (told: Told) => void,
    private readonly cursor: () => Cursor | null,
    private readonly signIn: () => void,
  ) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    void this.ask();
  }

  stop(): void {
    this.running = false;
    clearTimeout(this.timer);
  }

  private async ask(): Promise<void> {
    try {
      const answer = await fetch(this.address(), { signal: AbortSignal.timeout(4000), cache: "no-store" });
      if (answer.status === 401) return this.signIn();
      if (answer.ok && this.running) this.take((await answer.json()) as Told);
    } catch {
      // Still cut off: the page says so by itself, and asks again.
    }
    if (this.running) this.timer = window.setTimeout(() => void this.ask(), EVERY_MS);
  }

  private take(told: Told): void {
    this.whole = told.type === "events" && told.fixes === undefined; // events may come without positions
    this.hear(told);
  }

  private address(): string {
    const cursor = this.whole ? null : this.cursor();
    const since = Object.entries(cursor ?? {}).map(([station, number]) => `${station}:${number}`);
    return since.length ? `/api/v1/live/?since=${encodeURIComponent(since.join(","))}` : "/api/v1/live/";
  }
}
