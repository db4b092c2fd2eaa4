// A worker of the terminal: takes the camera's pictures, encodes them, and sends them over a socket of its own. The page stays free.

import { configOf, type Film, filmOf, stillOf } from "./codec.js";
import { type CodecName, packed } from "./packet.js";
import { Rate } from "./rate.js";
import { SoundEncoder } from "./sound_encoder.js";

const KEY_MS = 2000; // a key picture so often: who comes later waits no longer
const TURN_MS = 200;
const SOUND_WAITS = 32_000; // bytes that wait in the browser: sound that comes behind them is old
const AGAIN_MS = 1500; // after a lost connection
const LOST_MS = 8000; // without an acknowledgement: a network that is gone closes no connection

export type Order = { type: "start"; pictures: ReadableStream<VideoFrame>; sound: ReadableStream<AudioData> | null; address: string } | { type: "stop" };
export type News = { type: "state"; state: "connecting" | "sending" | "refused" } | { type: "watchers"; names: string[] } | { type: "listeners"; names: string[] } | { type: "sent"; bits: number; delay: number; isStills: boolean };

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
  private film: Film | null = null; // what this browser encodes; null: stills only
  private rate = new Rate();
  private epoch = 0;
  private source = 0;
  private sequence = 0;
  private sounds = 0; // packets of sound
  private sound: SoundEncoder | null = null;
  private keyAt = 0;
  private isOver = false;
  private wantsKey = true;
  private wasSilent = false; // the connection before was lost for want of answers: this one begins with little
  private timer = setInterval(() => this.turn(), TURN_MS);

  constructor(
    pictures: ReadableStream<VideoFrame>,
    sound: ReadableStream<AudioData> | null,
    private readonly address: string,
  ) {
    if (sound) this.sound = new SoundEncoder(sound, (chunk, capturedUs) => this.sendSound(chunk, capturedUs));
    void filmOf(this.rate.bits).then((film) => {
      this.film = film;
      this.connect();
    });
    void this.read(pictures.getReader());
  }

  stop(): void {
    this.isOver = true;
    clearInterval(this.timer);
    this.socket?.close();
    if (this.encoder?.state === "configured") this.encoder.close();
  }

  private connect(): void {
    if (this.isOver) return;
    tell({ type: "state", state: "connecting" });
    const socket = (this.socket = new WebSocket(this.address));
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => socket === this.socket && typeof data === "string" && this.hear(JSON.parse(data) as Words);
    socket.onclose = ({ code }) => socket === this.socket && this.lost(code);
  }

  private lost(code: number): void {
    [this.source, this.socket] = [0, null];
    if (this.isOver) return;
    if (FINAL.includes(code)) return tell({ type: "state", state: "refused" });
    tell({ type: "state", state: "connecting" });
    setTimeout(() => this.connect(), AGAIN_MS);
  }

  private hear(said: Words): void {
    if (said.type === "started") {
      [this.source, this.epoch, this.sequence, this.rate] = [said.source ?? 0, said.epoch ?? 0, 0, new Rate(this.film !== null, this.film === null || this.wasSilent)];
      [this.wasSilent, this.sounds] = [false, 0];
      if (this.sound) this.sound.isWanted = false; // until somebody listens to this connection
      this.begin();
      tell({ type: "state", state: "sending" });
    } else if (said.type === "ack") this.rate.acknowledged(said.sequence ?? -1, performance.now());
    else if (said.type === "key") this.wantsKey = true;
    else if (said.type === "watchers" || said.type === "listeners") tell({ type: said.type, names: said.names ?? [] });
    if (said.type === "listeners" && this.sound) this.sound.isWanted = Boolean(said.names?.length);
  }

  /** A new encoder: what it makes begins with a key picture. */
  private begin(): void {
    const film = this.film;
    if (this.encoder?.state === "configured") this.encoder.close();
    if (!film) return;
    const output = (chunk: EncodedVideoChunk) => this.send(film, chunk.type === "key", chunk.timestamp, chunk.byteLength, (to) => chunk.copyTo(to));
    this.encoder = new VideoEncoder({ output, error: () => this.begin() });
    this.configure();
    this.wantsKey = true;
  }

  private configure(): void {
    if (this.film) this.encoder?.configure(configOf(this.film, this.rate.bits));
  }

  private async read(reader: ReadableStreamDefaultReader<VideoFrame>): Promise<void> {
    for (;;) {
      const { done, value: frame } = await reader.read();
      if (done || this.isOver) {
        frame?.close();
        return;
      }
      const now = performance.now();
      const capturedUs = Math.round((performance.timeOrigin + now) * 1000); // µs since 1970: what the viewers measure the age by
      if (this.source && !this.rate.isBlocked(now)) {
        if (this.rate.isStills) await this.still(frame, capturedUs);
        else this.encode(frame, capturedUs, now);
      }
      frame.close();
    }
  }

  private encode(frame: VideoFrame, timestamp: number, now: number): void {
    const encoder = this.encoder;
    if (encoder?.state !== "configured" || encoder.encodeQueueSize >= 2) return;
    const keyFrame = this.wantsKey || now - this.keyAt > KEY_MS;
    if (keyFrame) [this.keyAt, this.wantsKey] = [now, false];
    const stamped = new VideoFrame(frame, { timestamp });
    encoder.encode(stamped, { keyFrame });
    stamped.close();
  }

  private async still(frame: VideoFrame, capturedUs: number): Promise<void> {
    const bytes = await stillOf(frame);
    this.send("jpeg", true, capturedUs, bytes.length, (to) => to.set(bytes));
  }

  private send(codec: CodecName, isKey: boolean, capturedUs: number, bytes: number, write: (to: Uint8Array<ArrayBuffer>) => void): void {
    const socket = this.socket;
    if (!this.source || socket?.readyState !== WebSocket.OPEN) return;
    const sequence = this.sequence++;
    const packet = packed({ codec, isKey, source: this.source, sequence, epoch: this.epoch, durationMs: 0, capturedUs }, bytes);
    write(packet.subarray(packet.length - bytes));
    this.rate.goes(sequence, performance.now());
    socket.send(packet);
  }

  /** Sound has numbers of its own, and is not acknowledged to the phone: it is little, and goes before pictures. */
  private sendSound(chunk: EncodedAudioChunk, capturedUs: number): void {
    const socket = this.socket;
    if (!this.source || socket?.readyState !== WebSocket.OPEN || socket.bufferedAmount > SOUND_WAITS) return;
    const head = { codec: "opus" as const, isKey: true, source: this.source, sequence: this.sounds++, epoch: this.epoch, durationMs: 20, capturedUs };
    const packet = packed(head, chunk.byteLength);
    chunk.copyTo(packet.subarray(packet.length - chunk.byteLength));
    socket.send(packet);
  }

  private turn(): void {
    const now = performance.now();
    if (this.source && this.rate.delay(now) > LOST_MS) {
      const dead = this.socket;
      this.wasSilent = true;
      this.lost(0);
      dead?.close();
    }
    const wereStills = this.rate.isStills;
    if (this.source && this.rate.change(now) !== null && this.encoder?.state === "configured") this.configure();
    if (wereStills && !this.rate.isStills) this.wantsKey = true;
    tell({ type: "sent", bits: this.rate.bits, delay: Math.round(this.rate.delay(now)), isStills: this.rate.isStills });
  }
}

let sending: Sending | null = null;
const tell = (news: News) => postMessage(news);

onmessage = ({ data }: MessageEvent<Order>) => {
  sending?.stop();
  sending = data.type === "start" ? new Sending(data.pictures, data.sound, data.address) : null;
};
