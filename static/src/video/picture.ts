// One source drawn on a canvas. What is shown carries its age: a picture that has stopped is never taken for a live one.

import { gettext } from "../i18n.js";
import { headOf, payloadOf, type Head } from "./packet.js";

const LIVE_MS = 2000; // without a new picture for so long it is not live
const OLD_MS = 1000; // a picture that was under way so much longer than the quickest is not drawn
const FORGET_MS = 30_000; // the quickest way is measured anew: clocks wander
const CODEC: Record<string, string> = { h264: "avc1.42E01F", vp8: "vp8" };

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
    if (head.isKey) this.prepare(head);
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

  close(): void {
    if (this.decoder?.state === "configured") this.decoder.close();
  }

  private prepare(head: Head): void {
    const wanted = `${head.codec} ${head.epoch}`;
    if (this.decodes === wanted && this.decoder?.state === "configured") return;
    this.close();
    this.decoder = new VideoDecoder({
      output: (frame) => this.draw(frame, frame.timestamp),
      error: () => (this.waitsForKey = true),
    });
    this.decoder.configure({ codec: CODEC[head.codec]!, optimizeForLatency: true });
    this.decodes = wanted;
  }

  private async still(head: Head, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const image = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" })).catch(() => null);
    if (image) this.draw(image, head.capturedUs);
  }

  private draw(frame: VideoFrame | ImageBitmap, capturedUs: number): void {
    if (this.isOld(capturedUs)) this.late++;
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
  private isOld(capturedUs: number): boolean {
    const now = performance.now();
    const way = performance.timeOrigin + now - capturedUs / 1000;
    if (way < this.quickest || now - this.measuredAt > FORGET_MS) [this.quickest, this.measuredAt] = [way, now];
    return way - this.quickest > OLD_MS;
  }
}
