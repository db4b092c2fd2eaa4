// Sound of one source on its way to the ear: decoded, and left out where it comes too late.

import { payloadOf } from "../video/packet.js";
import type { ToEar } from "./worklet.js";

export const PIECE_MS = 20;
export const OPUS = { codec: "opus", sampleRate: 48_000, numberOfChannels: 1 };
const ACK_PACKETS = 5;
const OLD_MS = 1000; // what was under way so much longer than the quickest is not played

export class Hearing {
  private decoder = new AudioDecoder({ output: (data) => this.play(data), error: () => undefined });
  private quickest = Infinity; // ms between capture and arrival
  private untold = { packets: 0, bytes: 0 };

  constructor(
    private readonly source: number,
    private readonly isLoud: boolean,
    private readonly ear: () => MessagePort | null,
  ) {
    this.decoder.configure(OPUS);
  }

  /** Take a packet; the number of bytes to acknowledge now, or 0. */
  take(packet: ArrayBuffer, capturedUs: number): number {
    const way = performance.timeOrigin + performance.now() - capturedUs / 1000;
    this.quickest = Math.min(this.quickest, way);
    if (way - this.quickest <= OLD_MS && this.decoder.state === "configured")
      this.decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: capturedUs, data: payloadOf(packet) }));
    this.untold = { packets: this.untold.packets + 1, bytes: this.untold.bytes + packet.byteLength };
    if (this.untold.packets < ACK_PACKETS) return 0;
    const { bytes } = this.untold;
    this.untold = { packets: 0, bytes: 0 };
    return bytes;
  }

  end(): void {
    const over = () => this.ear()?.postMessage({ source: this.source, isEnded: true } satisfies ToEar);
    void this.decoder.flush().catch(() => undefined).then(() => (over(), this.decoder.state === "configured" && this.decoder.close())); // prettier-ignore
  }

  private play(data: AudioData): void {
    const samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
    const piece: ToEar = { source: this.source, isLoud: this.isLoud, samples, capturedMs: data.timestamp / 1000 };
    this.ear()?.postMessage(piece, [samples.buffer]);
    data.close();
  }
}
