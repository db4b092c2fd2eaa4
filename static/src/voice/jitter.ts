// Sound of one turn that comes by a network, made even: it waits a little before it is played, and never grows old. Pure.

const RATE = 48; // samples a millisecond
const START_MS = 60; // so much waits before the first sound is heard
const MOST_MS = 160; // more has come late, all at once: the oldest of it is not played
const EASY_MS = 60; // for a while there was never less waiting: some may go
const LOOK_MS = 240;

interface Piece {
  samples: Float32Array;
  capturedMs: number; // since 1970
}

export class Jitter {
  dropped = 0; // pieces that came too late to be heard
  isEnded = false; // nothing more will come: what is left is played without waiting
  private pieces: Piece[] = [];
  private at = 0; // the next sample of the first piece
  private waits = true;
  private least = Infinity;
  private looked = 0; // samples since the least was measured

  /** Take a piece of sound. */
  put(samples: Float32Array, capturedMs: number): void {
    this.pieces.push({ samples, capturedMs });
    if (this.waitingMs() > MOST_MS) while (this.waitingMs() > START_MS) this.drop();
  }

  /** Add what is to be heard now to `out`; `begins` is told of each piece that begins. False once nothing is left of an ended turn. */
  take(out: Float32Array, gain: number, begins: (capturedMs: number) => void): boolean {
    if (this.waits && (this.waitingMs() >= START_MS || this.isEnded)) this.waits = false;
    if (!this.waits) this.play(out, gain, begins);
    this.look(out.length);
    return this.pieces.length > 0 || !this.isEnded;
  }

  private play(out: Float32Array, gain: number, begins: (capturedMs: number) => void): void {
    for (let to = 0; to < out.length; ) {
      const piece = this.pieces[0];
      if (!piece) {
        this.waits = true;
        return;
      }
      if (this.at === 0) begins(piece.capturedMs);
      const count = Math.min(out.length - to, piece.samples.length - this.at);
      for (let one = 0; one < count; one++) out[to + one]! += piece.samples[this.at + one]! * gain;
      to += count;
      this.at += count;
      if (this.at === piece.samples.length) this.next();
    }
  }

  /** Where more waits than is needed, let a piece go: who listens comes nearer to who speaks. */
  private look(samples: number): void {
    this.least = Math.min(this.least, this.waitingMs());
    this.looked += samples;
    if (this.looked < LOOK_MS * RATE) return;
    if (this.least > EASY_MS && !this.waits) this.drop();
    [this.least, this.looked] = [Infinity, 0];
  }

  private waitingMs(): number {
    return (this.pieces.reduce((sum, piece) => sum + piece.samples.length, 0) - this.at) / RATE;
  }

  private drop(): void {
    this.dropped++;
    this.next();
  }

  private next(): void {
    this.pieces.shift();
    this.at = 0;
  }
}
