// A worker of the terminal: takes the camera's pictures, encodes them, and sends them over a socket of its own. The page stays free.

import { packed } from "./packet.js";
import { Rate } from "./rate.js";

const KEY_MS = 2000; // a key picture so often: who comes later waits no longer
const TURN_MS = 200;
const AGAIN_MS = 1500; // after a lost connection
const FRAMES = 15; // a second
const SIZE = { width: 640, height: 360 };

export type Order = { type: "start"; pictures: ReadableStream<VideoFrame>; address: string } | { type: "stop" };
export type News = { type: "state"; state: "connecting" | "sending" | "refused" } | { type: "watchers"; names: string[] } | { type: "sent"; bits: number; delay: number };

interface Words {
  type: string;
  source?: number;
  epoch?: number;
  sequence?: number;
  names?: string[];
}

const FINAL = [4401, 4403, 4409]; // signed out, not allowed, sent from another page: asking again helps nobody

class Sending {
  private socket: WebSocket | null = null;
  private encoder: VideoEncoder | null = null;
  private rate = new Rate();
  private epoch = 0;
  private source = 0;
  private sequence = 0;
  private keyAt = 0;
  private isOver = false;
  private wantsKey = true;
  private timer = setInterval(() => this.turn(), TURN_MS);

  constructor(
    pictures: ReadableStream<VideoFrame>,
    private readonly address: string,
  ) {
    this.connect();
    void this.read(pictures.getReader());
  }

  stop(): void {
    this.isOver = true;
    clearInterval(this.timer);
    this.socket?.close();
    if (this.encoder?.state === "configured") this.encoder.close();
  }

  private connect(): void {
    tell({ type: "state", state: "connecting" });
    const socket = (this.socket = new WebSocket(this.address));
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => typeof data === "string" && this.hear(JSON.parse(data) as Words);
    socket.onclose = ({ code }) => {
      this.source = 0;
      if (this.isOver) return;
      if (FINAL.includes(code)) tell({ type: "state", state: "refused" });
      else setTimeout(() => !this.isOver && this.connect(), AGAIN_MS);
    };
  }

  private hear(said: Words): void {
    if (said.type === "started") {
      [this.source, this.epoch, this.sequence, this.rate] = [said.source ?? 0, said.epoch ?? 0, 0, new Rate()];
      this.begin();
      tell({ type: "state", state: "sending" });
    } else if (said.type === "ack") this.rate.acknowledged(said.sequence ?? -1);
    else if (said.type === "key") this.wantsKey = true;
    else if (said.type === "watchers") tell({ type: "watchers", names: said.names ?? [] });
  }

  /** A new encoder: what it makes begins with a key picture. */
  private begin(): void {
    if (this.encoder?.state === "configured") this.encoder.close();
    this.encoder = new VideoEncoder({ output: (chunk) => this.send(chunk), error: () => this.begin() });
    this.configure();
    this.wantsKey = true;
  }

  private configure(): void {
    this.encoder?.configure({
      codec: "avc1.42E01F", ...SIZE, bitrate: this.rate.bits, framerate: FRAMES, latencyMode: "realtime", bitrateMode: "variable", avc: { format: "annexb" },
    });
  }

  private async read(reader: ReadableStreamDefaultReader<VideoFrame>): Promise<void> {
    for (;;) {
      const { done, value: frame } = await reader.read();
      if (done || this.isOver) {
        frame?.close();
        return;
      }
      const now = performance.now();
      const encoder = this.encoder;
      if (this.source && encoder?.state === "configured" && !this.rate.isBlocked(now) && encoder.encodeQueueSize < 2) {
        const keyFrame = this.wantsKey || now - this.keyAt > KEY_MS;
        if (keyFrame) [this.keyAt, this.wantsKey] = [now, false];
        // the moment of capture, µs since 1970: what the viewers measure the age by
        const stamped = new VideoFrame(frame, { timestamp: Math.round((performance.timeOrigin + now) * 1000) });
        encoder.encode(stamped, { keyFrame });
        stamped.close();
      }
      frame.close();
    }
  }

  private send(chunk: EncodedVideoChunk): void {
    const socket = this.socket;
    if (!this.source || socket?.readyState !== WebSocket.OPEN) return;
    const sequence = this.sequence++;
    const head = { codec: "h264" as const, isKey: chunk.type === "key", source: this.source, sequence, epoch: this.epoch, durationMs: 0, capturedUs: chunk.timestamp };
    const packet = packed(head, chunk.byteLength);
    chunk.copyTo(packet.subarray(packet.length - chunk.byteLength));
    this.rate.goes(sequence, performance.now());
    socket.send(packet);
  }

  private turn(): void {
    const now = performance.now();
    if (this.source && this.rate.change(now) !== null && this.encoder?.state === "configured") this.configure();
    tell({ type: "sent", bits: this.rate.bits, delay: Math.round(this.rate.delay(now)) });
  }
}

let sending: Sending | null = null;
const tell = (news: News) => postMessage(news);

onmessage = ({ data }: MessageEvent<Order>) => {
  sending?.stop();
  sending = data.type === "start" ? new Sending(data.pictures, data.address) : null;
};
