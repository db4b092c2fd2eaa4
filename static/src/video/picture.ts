// One source drawn on a canvas. What is shown carries its age: a picture that has stopped is never taken for a live one.

import { gettext } from "../i18n.js";
import { headOf, payloadOf, type Head } from "./packet.js";

const LIVE_MS = 2000; // without a new picture for so long it is not live
const OLD_MS = 1000; // a picture that was under way so much longer than the quickest is not drawn
const OLD_STILL_MS = 3000; // nor such a still: those come by a way so narrow that each takes its time
const FORGET_MS = 30_000; // the quickest way is measured anew: clocks wander
const CODEC: Record<string, (key: Uint8Array) => string> = { h264: formatOf, h265: () => "hev1.1.6.L153.B0", vp8: () => "vp8" };

/** H.264 as RFC 6381 names it: profile, constraints and level stand in the sequence parameter set, which comes before each key picture. */
function formatOf(key: Uint8Array): string {
  for (let at = 0; at + 6 < Math.min(key.length, 4096); at++) {
    if (key[at] || key[at + 1] || key[at + 2] !== 1 || (key[at + 3]! & 31) !== 7) continue;
    return `avc1.${[4, 5, 6].map((far) => key[at + far]!.toString(16).padStart(2, "0")).join("")}`;
  }
  return "avc1.42e01f";
}

export type Shown = "waiting" | "live" | "stale" | "refused";

export class Picture {
  drawn = 0;
  late = 0; // pictures that came too late to be shown
  delays: number[] = []; // ms from capture to drawn, by the clocks of both; the newest hundred
  refusal = "";
  private decoder: VideoDecoder | null = null;
  private decodes = "";
  private waitsForKey = true;
  private drawnAt = 0;
  private quickest = Infinity; // ms between capture and arrival, the least of late
  private measuredAt = 0;

  constructor(readonly canvas: HTMLCanvasElement) {}

  /** Take a packet as it came. */
  take(packet: ArrayBuffer): void {
    const head = headOf(packet);
    if (!head) return;
    if (head.codec === "jpeg") return void this.still(head, payloadOf(packet));
    if (!(head.codec in CODEC) || !("VideoDecoder" in window)) {
      this.refusal = gettext("This browser can't draw this picture (%(codec)s).", { codec: head.codec });
      return;
    }
    if (head.isKey) this.prepare(head, payloadOf(packet));
    else if (this.waitsForKey) return;
    this.waitsForKey = false;
    try {
      this.decoder?.decode(new EncodedVideoChunk({ type: head.isKey ? "key" : "delta", timestamp: head.capturedUs, data: payloadOf(packet) }));
    } catch {
      this.waitsForKey = true;
    }
  }

  /** What is to be said of it now. */
  shown(now = performance.now()): Shown {
    if (this.refusal) return "refused";
    if (!this.drawnAt) return "waiting";
    return now - this.drawnAt > LIVE_MS ? "stale" : "live";
  }

  /** How long ago the shown picture was drawn, ms. */
  age(now = performance.now()): number {
    return this.drawnAt ? now - this.drawnAt : 0;
  }

  /** Of the newest hundred pictures that share came no later than so many ms after it was captured, by the clocks of both. */
  delay(share: number): number {
    const sorted = [...this.delays].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  }

  close(): void {
    if (this.decoder?.state === "configured") this.decoder.close();
  }

  private prepare(head: Head, key: Uint8Array): void {
    const codec = CODEC[head.codec]!(key);
    const wanted = `${codec} ${head.epoch}`;
    if (this.decodes === wanted && this.decoder?.state === "configured") return;
    this.close();
    this.decoder = new VideoDecoder({
      output: (frame) => this.draw(frame, frame.timestamp),
      error: (wrong) => {
        this.waitsForKey = true;
        if (wrong.name === "NotSupportedError") this.refusal = gettext("This browser can't draw this picture (%(codec)s).", { codec });
      },
    });
    this.decoder.configure({ codec, optimizeForLatency: true });
    this.decodes = wanted;
  }

  private async still(head: Head, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const image = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" })).catch(() => null);
    if (image) this.draw(image, head.capturedUs, OLD_STILL_MS);
  }

  private draw(frame: VideoFrame | ImageBitmap, capturedUs: number, oldMs = OLD_MS): void {
    if (this.isOld(capturedUs, oldMs)) this.late++;
    else {
      const [width, height] = "displayWidth" in frame ? [frame.displayWidth, frame.displayHeight] : [frame.width, frame.height];
      if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
      this.canvas.getContext("2d")?.drawImage(frame, 0, 0);
      this.drawn++;
      this.drawnAt = performance.now();
      this.delays.push(performance.timeOrigin + this.drawnAt - capturedUs / 1000);
      if (this.delays.length > 100) this.delays.shift();
    }
    frame.close();
  }

  /** Clocks differ, so what is too old is told from the quickest that came of late. */
  private isOld(capturedUs: number, oldMs: number): boolean {
    const now = performance.now();
    const way = performance.timeOrigin + now - capturedUs / 1000;
    if (way < this.quickest || now - this.measuredAt > FORGET_MS) [this.quickest, this.measuredAt] = [way, now];
    return way - this.quickest > oldMs;
  }
}
