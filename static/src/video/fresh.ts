// Whether what is shown is live, by when it was captured: what stands, or comes again, is not. Pure.

export const LIVE_MS = 2000; // without a newly captured picture for so long it is not live
const OLD_MS = { film: 1000, still: 3000 }; // so much longer than the quickest was it under way: not drawn; stills come by narrow ways
const FORGET_MS = 30_000; // the quickest way is measured anew: clocks wander

export class Fresh {
  at = 0; // when the newest picture came that shows something new, ms; 0: none yet
  private epoch = -1;
  private captured = 0; // µs: the latest of the epoch that was drawn
  private quickest = Infinity; // ms between capture and arrival, the least of late
  private measuredAt = 0;

  /** A picture is there to be drawn at `now` (ms since `origin`, itself ms since 1970): whether it should be. */
  takes(epoch: number, capturedUs: number, now: number, origin: number, kind: keyof typeof OLD_MS = "film"): boolean {
    const way = origin + now - capturedUs / 1000;
    if (way < this.quickest || now - this.measuredAt > FORGET_MS) [this.quickest, this.measuredAt] = [way, now];
    if (way - this.quickest > OLD_MS[kind]) return false; // clocks differ, so what is too old is told from the quickest of late
    if (epoch !== this.epoch || capturedUs > this.captured) [this.epoch, this.captured, this.at] = [epoch, capturedUs, now];
    return true;
  }

  /** Whether something newly captured was drawn within LIVE_MS. */
  isLive(now: number): boolean {
    return this.at > 0 && now - this.at <= LIVE_MS;
  }
}
