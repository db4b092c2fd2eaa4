// How much a phone sends, by how long the station takes to acknowledge it. Pure.

const LATE_MS = 250; // the oldest unacknowledged packet is older: send less
const STOP_MS = 400; // and now nothing new, until the way is free again
const EASY_MS = 120; // and now more may be tried
const LESS = 0.6;
const MORE = 1.2;
const CHANGE_MS = 1000; // the encoder is told no more often, but for a stop
export const MOST = 900_000; // bit/s
export const LEAST = 60_000;

export class Rate {
  bits = 500_000;
  private changedAt = 0;
  private sent = new Map<number, number>(); // sequence → when it was sent, ms

  /** A packet goes out. */
  goes(sequence: number, now: number): void {
    this.sent.set(sequence, now);
  }

  /** The station has everything up to `sequence`. */
  acknowledged(sequence: number): void {
    for (const one of this.sent.keys()) if (one <= sequence) this.sent.delete(one);
  }

  /** How long the oldest packet has been under way, ms. */
  delay(now: number): number {
    const [oldest] = this.sent.values();
    return oldest === undefined ? 0 : now - oldest;
  }

  /** Whether the next picture should not even be encoded. */
  isBlocked(now: number): boolean {
    return this.delay(now) > STOP_MS;
  }

  /** The rate to encode at from now on, or null where it stays. */
  change(now: number): number | null {
    if (now - this.changedAt < CHANGE_MS) return null;
    const delay = this.delay(now);
    const wanted = delay > LATE_MS ? this.bits * LESS : delay < EASY_MS ? this.bits * MORE : this.bits;
    const bits = Math.round(Math.min(MOST, Math.max(LEAST, wanted)));
    if (bits === this.bits) return null;
    [this.bits, this.changedAt] = [bits, now];
    return bits;
  }
}
