// One source drawn on a canvas. What is shown carries its age: a picture that has stopped is never taken for a live one.

import { gettext, ngettext } from "../i18n.js";
import { imageOf } from "../image.js";
import { Fresh } from "./fresh.js";
import { headOf, payloadOf, type Head } from "./packet.js";

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
  came = 0; // packets
  drawn = 0;
  late = 0; // pictures that came too late to be shown
  dropped = 0; // pictures that the station left out, since this page was behind
  isStills = false; // the station makes still pictures of the stream, since this browser can't draw it
  delays: number[] = []; // ms from capture to drawn, by the clocks of both; the newest hundred
  refusal = "";
  silence = ""; // why it is not to be heard, where somebody wanted to
  private decoder: VideoDecoder | null = null;
  private decodes = "";
  private waitsForKey = true;
  private next: { frame: VideoFrame; epoch: number } | null = null; // decoded, and not drawn yet
  private readonly fresh = new Fresh();
  private stills = 0; // JPEGs that came, and the newest of them that was drawn: they are not ready in their order
  private still = 0;

  /** `cannot` is called, once, when this browser can't draw the stream. */
  constructor(
    readonly canvas: HTMLCanvasElement,
    private readonly cannot: () => void,
  ) {}

  /** Take a packet as it came. */
  take(packet: ArrayBuffer): void {
    const head = headOf(packet);
    if (!head) return;
    this.came++;
    if (head.codec === "jpeg") return void this.drawStill(head, payloadOf(packet));
    if (this.isStills) return; // it was under way
    if (!(head.codec in CODEC) || !("VideoDecoder" in window)) return this.giveUp();
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
    if (!this.fresh.at) return "waiting";
    return this.fresh.isLive(now) ? "live" : "stale";
  }

  /** How long ago the shown picture was drawn, ms. */
  age(now = performance.now()): number {
    return this.fresh.at ? now - this.fresh.at : 0;
  }

  /** What else somebody should know who looks at it; "" mostly. */
  remarks(): string {
    const left = this.dropped + this.late;
    const out = left ? ngettext("%(count)s picture left out", "%(count)s pictures left out", left) : "";
    return [this.isStills ? gettext("still pictures") : "", out].filter(Boolean).join(" · ");
  }

  /** Of the newest hundred pictures that share came no later than so many ms after it was captured, by the clocks of both. */
  delay(share: number): number {
    const sorted = [...this.delays].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  }

  close(): void {
    if (this.decoder?.state === "configured") this.decoder.close();
    this.next?.frame.close();
    this.next = null;
  }

  private prepare(head: Head, key: Uint8Array): void {
    const codec = CODEC[head.codec]!(key);
    const wanted = `${codec} ${head.epoch}`;
    if (this.decodes === wanted && this.decoder?.state === "configured") return;
    this.close();
    this.decoder = new VideoDecoder({
      output: (frame) => this.hold(frame, head.epoch),
      error: () => (this.waitsForKey = true),
    });
    this.decodes = wanted;
    const config = { codec, optimizeForLatency: true };
    this.decoder.configure(config);
    // what the decoder says of a codec that it lacks is another thing in each browser: asked, all say the same
    VideoDecoder.isConfigSupported(config).then(({ supported }) => supported || this.giveUp(), () => this.giveUp()); // prettier-ignore
  }

  /** Draw it with the page's next frame; of several that come meanwhile the newest: a page that draws slowly stays behind no one. */
  private hold(frame: VideoFrame, epoch: number): void {
    if (this.next) {
      this.next.frame.close();
      if (!document.hidden) this.late++;
    } else requestAnimationFrame(() => this.drawNext());
    this.next = { frame, epoch };
  }

  private drawNext(): void {
    if (!this.next) return;
    const { frame, epoch } = this.next;
    this.next = null;
    this.draw(frame, frame.displayWidth, frame.displayHeight, epoch, frame.timestamp);
    frame.close();
  }

  private giveUp(): void {
    if (this.isStills) return;
    this.isStills = true;
    this.close();
    this.cannot();
  }

  private async drawStill(head: Head, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const number = ++this.stills;
    const image = await imageOf(new Blob([bytes], { type: "image/jpeg" }));
    if (image && number < this.still) this.late++;
    if (!image || number < this.still) return;
    this.still = number;
    this.draw(image, image.naturalWidth, image.naturalHeight, head.epoch, head.capturedUs);
  }

  private draw(shown: VideoFrame | HTMLImageElement, width: number, height: number, epoch: number, capturedUs: number): void {
    const now = performance.now();
    const kind = shown instanceof HTMLImageElement ? "still" : "film";
    if (!this.fresh.takes(epoch, capturedUs, now, performance.timeOrigin, kind)) return void this.late++;
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.canvas.getContext("2d")?.drawImage(shown, 0, 0);
    this.drawn++;
    this.delays.push(performance.timeOrigin + now - capturedUs / 1000);
    if (this.delays.length > 100) this.delays.shift();
  }
}
