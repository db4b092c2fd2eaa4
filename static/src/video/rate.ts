// How much a phone sends, by how long the station takes to acknowledge it: a film, and below what a film needs a still a second. Pure.

const LATE_MS = 250; // the oldest unacknowledged packet is older: send less
const STOP_MS = 400; // and now nothing new, until the way is free again
const EASY_MS = 120; // and now more may be tried
const LESS = 0.6;
const MORE = 1.2;
const CHANGE_MS = 1000; // the encoder is told no more often, but for a stop
const STILL_MS = 1000; // from one still to the next, and never two under way
const GOOD_MS = 300; // a still that was acknowledged within so long has come easily
const BACK = [5, 40]; // so many of these in a row, and a film is tried again; after each that failed twice as many
export const MOST = 900_000; // bit/s
export const LEAST = 60_000; // of a film

export class Rate {
  bits = 500_000;
  private changedAt = 0;
  private sent = new Map<number, number>(); // sequence → when it was sent, ms
  private stillAt = -Infinity;
  private good = 0; // stills in a row that came easily
  private wanted = BACK[0]!;

  /** `canFilm`: whether this browser encodes a film at all. `isStills`: whether stills are sent now. */
  constructor(
    private readonly canFilm = true,
    public isStills = !canFilm,
  ) {}

  /** A packet goes out. */
  goes(sequence: number, now: number): void {
    this.sent.set(sequence, now);
    if (this.isStills) this.stillAt = now;
  }

  /** The station has everything up to `sequence`. */
  acknowledged(sequence: number, now: number): void {
    for (const [one, at] of this.sent) {
      if (one > sequence) continue;
      this.sent.delete(one);
      this.good = now - at < GOOD_MS ? this.good + 1 : 0;
    }
  }

  /** How long the oldest packet has been under way, ms. */
  delay(now: number): number {
    const [oldest] = this.sent.values();
    return oldest === undefined ? 0 : now - oldest;
  }

  /** Whether the next picture should not even be encoded. */
  isBlocked(now: number): boolean {
    if (this.isStills) return this.sent.size > 0 || now - this.stillAt < STILL_MS;
    return this.delay(now) > STOP_MS;
  }

  /** The rate to encode a film at from now on, or null where it stays; `isStills` may be another afterwards. */
  change(now: number): number | null {
    if (now - this.changedAt < CHANGE_MS) return null;
    if (this.isStills) return this.back(now);
    const delay = this.delay(now);
    if (delay > STOP_MS && this.bits === LEAST) return this.down(now);
    const wanted = delay > LATE_MS ? this.bits * LESS : delay < EASY_MS ? this.bits * MORE : this.bits;
    const bits = Math.round(Math.min(MOST, Math.max(LEAST, wanted)));
    if (bits === this.bits) return null;
    [this.bits, this.changedAt] = [bits, now];
    return bits;
  }

  /** From a film to stills. */
  private down(now: number): null {
    [this.isStills, this.good, this.changedAt] = [true, 0, now];
    return null;
  }

  /** From stills to the least film, once the way has been easy for long enough. */
  private back(now: number): number | null {
    if (!this.canFilm || this.good < this.wanted) return null;
    this.wanted = Math.min(BACK[1]!, this.wanted * 2);
    [this.isStills, this.bits, this.changedAt] = [false, LEAST, now];
    return LEAST;
  }
}
