// What a phone hears that shows the scene, through this page's loudspeaker.

import { need } from "../dom.js";
import { Hearing, OPUS } from "../voice/hearing.js";
import type { Heard } from "../voice/worklet.js";
import { headOf } from "./packet.js";

const DELAYS = 100;

export class SceneSound {
  delays: number[] = []; // ms from the microphone to the ear, by the clocks of both; the newest hundred
  private readonly context = new AudioContext({ sampleRate: OPUS.sampleRate, latencyHint: "interactive" });
  private readonly hearing: Hearing;
  private ear: MessagePort | null = null;

  /** From a key or a click, or browsers keep silent. */
  constructor(source: number) {
    this.hearing = new Hearing(source, false, () => this.ear);
    this.wire(need("voice").dataset.worklet!).catch((lost: unknown) => {
      if (this.context.state !== "closed") throw lost; // otherwise nobody listens any more
    });
  }

  /** Whether this browser can play it at all: sound needs a secure address. */
  static get can(): boolean {
    return "AudioDecoder" in window && "AudioWorkletNode" in window;
  }

  /** Take a packet as it came; the number of bytes to acknowledge now, or 0. */
  take(packet: ArrayBuffer): number {
    const head = headOf(packet);
    return head ? this.hearing.take(packet, head.capturedUs) : 0;
  }

  close(): void {
    this.hearing.end();
    void this.context.close();
  }

  private async wire(worklet: string): Promise<void> {
    await this.context.audioWorklet.addModule(worklet);
    await this.context.resume();
    const ear = new AudioWorkletNode(this.context, "ear", { numberOfInputs: 0, outputChannelCount: [1] });
    const { port1, port2 } = new MessageChannel();
    ear.port.postMessage(port1, [port1]);
    ear.port.onmessage = ({ data }: MessageEvent<Heard>) => (this.delays = [...this.delays, ...data.delays].slice(-DELAYS));
    ear.connect(this.context.destination);
    this.ear = port2;
  }
}
