// The server's time on this machine: a message can only arrive later than it was sent, so the largest offset is nearest.

const KEPT = 30;

export class Clock {
  offset = 0; // ms to add to this machine's time
  private seen: number[] = [];

  /** Take the server's Unix ms from a message that just arrived. */
  heard(now: number): void {
    this.seen.push(now - Date.now());
    if (this.seen.length > KEPT) this.seen.shift();
    this.offset = Math.max(...this.seen);
  }

  /** Unix ms by the server's clock. */
  now(): number {
    return Date.now() + this.offset;
  }
}
