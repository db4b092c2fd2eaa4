// A worker of the page: the line to the station. Sound goes from the mouth to the socket and from the socket to the ear past the page.

import { headOf, HEAD_BYTES, packed } from "../video/packet.js";
import { Hearing, OPUS, PIECE_MS } from "./hearing.js";
import type { Piece } from "./worklet.js";

const AGAIN_MS = 1500; // after a lost connection
const PING_MS = 10_000;
const SILENT_MS = 25_000; // nothing was heard of the station for so long: the connection is dead
const FINAL = [4401, 4403]; // signed out, not allowed: asking again helps nobody
const ENCODED = { ...OPUS, bitrate: 24_000, opus: { frameDuration: PIECE_MS * 1000, application: "voip", signal: "voice" } };

export interface TalkGroup {
  key: string;
  kind: "station" | "incident" | "all" | "officer" | "aloud";
  id: string;
  label: string; // "" for what is one's own
  may_speak: boolean;
}

export type Order =
  | { type: "start"; address: string }
  | { type: "ear" | "mouth"; port: MessagePort }
  | { type: "talk" | "join"; group: string }
  | { type: "release" | "groups" };
export type News =
  | { type: "state"; state: "connecting" | "connected" | "refused" }
  | { type: "groups"; groups: TalkGroup[] }
  | { type: "speaking"; group: string; source: number; name: string; seconds: number; own: boolean }
  | { type: "quiet"; group: string; source: number; dropped: number }
  | { type: "granted"; group: string; source: number; epoch: number; limit_s: number }
  | { type: "refused"; group: string; code: string; message: string; by?: string }
  | { type: "ended"; group: string; code: string; by: string };

/** What is said here in one turn. */
class Speaking {
  private sequence = 0;
  private encoder: AudioEncoder;

  constructor(
    private readonly source: number,
    private readonly epoch: number,
    send: (packet: Uint8Array<ArrayBuffer>) => void,
  ) {
    this.encoder = new AudioEncoder({ output: (chunk) => send(this.packet(chunk)), error: () => undefined });
    this.encoder.configure(ENCODED as AudioEncoderConfig);
  }

  take({ samples, capturedMs }: Piece): void {
    const timestamp = Math.round(capturedMs * 1000);
    const data = new AudioData({ format: "f32-planar", sampleRate: OPUS.sampleRate, numberOfFrames: samples.length, numberOfChannels: 1, timestamp, data: samples });
    if (this.encoder.state === "configured") this.encoder.encode(data);
    data.close();
  }

  async end(): Promise<void> {
    await this.encoder.flush().catch(() => undefined);
  }

  private packet(chunk: EncodedAudioChunk): Uint8Array<ArrayBuffer> {
    const head = { codec: "opus" as const, isKey: true, source: this.source, sequence: this.sequence++, epoch: this.epoch, durationMs: PIECE_MS, capturedUs: chunk.timestamp };
    const packet = packed(head, chunk.byteLength);
    chunk.copyTo(packet.subarray(HEAD_BYTES));
    return packet;
  }
}

class Line {
  ear: MessagePort | null = null;
  private socket: WebSocket | null = null;
  private heardAt = 0;
  private joined = "";
  private wanted = ""; // the group in which the button is held
  private speaking: Speaking | null = null;
  private releasing: Promise<void> = Promise.resolve();
  private readonly hearing = new Map<number, Hearing>();
  private readonly loud = new Set<number>();

  constructor(private readonly address: string) {
    this.connect();
    setInterval(() => this.look(), PING_MS);
  }

  async talk(group: string): Promise<void> {
    this.wanted = group;
    await this.releasing;
    if (this.wanted === group && !this.say({ type: "talk", group })) this.lost();
  }

  /** The button is up: what was said until now goes out before that is told. */
  release(): void {
    const spoken = this.speaking;
    [this.wanted, this.speaking] = ["", null];
    this.releasing = (spoken?.end() ?? Promise.resolve()).then(() => void this.say({ type: "release" }));
  }

  join(group: string): void {
    this.joined = group;
    this.say({ type: "join", group });
  }

  groups(): void {
    this.say({ type: "groups" });
  }

  take(piece: Piece): void {
    this.speaking?.take(piece);
  }

  private connect(): void {
    tell({ type: "state", state: "connecting" });
    const socket = (this.socket = new WebSocket(this.address));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.heardAt = performance.now();
      tell({ type: "state", state: "connected" });
      if (this.joined) this.join(this.joined);
    };
    socket.onmessage = ({ data }) => {
      this.heardAt = performance.now();
      if (typeof data === "string") this.hear(JSON.parse(data) as News);
      else this.sound(data as ArrayBuffer);
    };
    socket.onclose = ({ code }) => {
      for (const source of [...this.hearing.keys()]) this.quiet(source);
      if (this.wanted) this.lost();
      if (FINAL.includes(code)) tell({ type: "state", state: "refused" });
      else {
        tell({ type: "state", state: "connecting" });
        setTimeout(() => this.connect(), AGAIN_MS);
      }
    };
  }

  /** A connection that looks alive and is not is begun anew. */
  private look(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    if (performance.now() - this.heardAt > SILENT_MS) this.socket.close();
    else this.say({ type: "ping" });
  }

  private hear(said: News): void {
    if (said.type === "granted") {
      if (said.group !== this.wanted) return void this.say({ type: "release" }); // the button is up again
      this.speaking = new Speaking(said.source, said.epoch, (packet) => this.socket?.readyState === WebSocket.OPEN && this.socket.send(packet));
    } else if (said.type === "ended" || said.type === "refused") [this.speaking, this.wanted] = [null, ""];
    else if (said.type === "speaking" && said.group.startsWith("aloud:")) this.loud.add(said.source);
    else if (said.type === "quiet") this.quiet(said.source);
    tell(said);
  }

  private sound(packet: ArrayBuffer): void {
    const head = headOf(packet);
    if (head?.codec !== "opus") return;
    const { source } = head;
    const known = this.hearing.get(source) ?? new Hearing(source, this.loud.has(source), () => this.ear);
    this.hearing.set(source, known);
    const bytes = known.take(packet, head.capturedUs);
    if (bytes) this.say({ type: "ack", source, bytes });
  }

  private quiet(source: number): void {
    this.hearing.get(source)?.end();
    this.hearing.delete(source);
    this.loud.delete(source);
  }

  private lost(): void {
    const group = this.wanted;
    [this.speaking, this.wanted] = [null, ""];
    tell({ type: "ended", group, code: "lost", by: "" });
  }

  private say(said: object): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(said));
    return true;
  }
}

let line: Line | null = null;
const tell = (news: News) => postMessage(news);

onmessage = ({ data }: MessageEvent<Order>) => {
  if (data.type === "start") line = new Line(data.address);
  else if (data.type === "ear" && line) line.ear = data.port;
  else if (data.type === "mouth") data.port.onmessage = ({ data: piece }: MessageEvent<Piece>) => line?.take(piece);
  else if (data.type === "talk") void line?.talk(data.group);
  else if (data.type === "join") line?.join(data.group);
  else if (data.type === "release") line?.release();
  else if (data.type === "groups") line?.groups();
};
