// What runs where sound is made: the mouth cuts the microphone's sound into pieces of 20 ms, the ear plays what others say.

import { Jitter } from "./jitter.js";

// Not among TypeScript's own; see the W3C's webaudio
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, made: new () => AudioWorkletProcessor): void;

export const PIECE = 960; // samples: 20 ms at 48 kHz
const TOLD = 25; // pieces: so often the ear tells how late they were
const LOUD = 2; // what is said aloud, for those who stand around
const BESIDE_LOUD = 0.25; // and what is said elsewhere meanwhile

/** A piece of sound from the mouth, or to the ear. `capturedMs` since 1970. */
export interface Piece {
  samples: Float32Array<ArrayBuffer>;
  capturedMs: number;
}
export type ToEar = ({ source: number; isLoud: boolean } & Piece) | { source: number; isEnded: true };
export interface Heard {
  delays: number[]; // ms from captured to played
  dropped: number; // pieces that came too late
}

/** Messages go to the port that the page hands over: the worker's, past the page. */
abstract class Wired extends AudioWorkletProcessor {
  protected line: MessagePort | null = null;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<MessagePort>) => {
      this.line = data;
      data.onmessage = ({ data: said }) => this.hear(said as ToEar);
    };
  }

  protected hear(_: ToEar): void {
    // the mouth is told nothing
  }
}

class Mouth extends Wired {
  private samples = new Float32Array(PIECE);
  private filled = 0;
  private capturedMs = 0;

  process([input]: Float32Array[][]): boolean {
    const heard = input?.[0];
    for (let from = 0; heard && from < heard.length; ) {
      if (!this.filled) this.capturedMs = Date.now();
      const count = Math.min(heard.length - from, PIECE - this.filled);
      this.samples.set(heard.subarray(from, from + count), this.filled);
      from += count;
      this.filled += count;
      if (this.filled === PIECE) this.send();
    }
    return true;
  }

  private send(): void {
    const piece: Piece = { samples: this.samples, capturedMs: this.capturedMs };
    this.line?.postMessage(piece, [this.samples.buffer]);
    [this.samples, this.filled] = [new Float32Array(PIECE), 0];
  }
}

class Ear extends Wired {
  private turns = new Map<number, { jitter: Jitter; isLoud: boolean }>();
  private delays: number[] = [];
  private dropped = 0;

  protected override hear(said: ToEar): void {
    const known = this.turns.get(said.source);
    if ("isEnded" in said) {
      if (known) known.jitter.isEnded = true;
      return;
    }
    const turn = known ?? { jitter: new Jitter(), isLoud: said.isLoud };
    this.turns.set(said.source, turn);
    turn.jitter.put(said.samples, said.capturedMs);
  }

  process(_: Float32Array[][], [output]: Float32Array[][]): boolean {
    const out = output?.[0];
    if (!out) return true;
    const isLoud = [...this.turns.values()].some((turn) => turn.isLoud);
    for (const [source, turn] of this.turns) {
      const gain = turn.isLoud ? LOUD : isLoud ? BESIDE_LOUD : 1;
      if (turn.jitter.take(out, gain, (capturedMs) => this.begins(capturedMs))) continue;
      this.dropped += turn.jitter.dropped;
      this.turns.delete(source);
    }
    if (this.turns.size > 1 || isLoud) for (let one = 0; one < out.length; one++) out[one] = Math.tanh(out[one]!);
    for (const other of output.slice(1)) other.set(out);
    return true;
  }

  private begins(capturedMs: number): void {
    this.delays.push(Date.now() - capturedMs);
    if (this.delays.length < TOLD) return;
    this.port.postMessage({ delays: this.delays, dropped: this.dropped } satisfies Heard);
    this.delays = [];
  }
}

registerProcessor("mouth", Mouth);
registerProcessor("ear", Ear);
