// The one socket for state. It hears, acknowledges, notices silence, comes back by itself and goes on where it was.

import { Clock } from "./clock.js";
import { config } from "./config.js";
import { useZone } from "./format.js";
import { Poll } from "./poll.js";
import { Store } from "./store.js";
import type { FixRow, Topics } from "./topics.js";

export type Cursor = Record<string, number>;
export type State = "connecting" | "live" | "cut" | "polling" | "forbidden";

export interface Told {
  type: string;
  seq?: number;
  now?: number;
  tick?: number;
  code?: string;
  version?: string;
  degraded?: boolean;
  zone?: string;
  cursor?: Cursor;
  through?: Cursor;
  topics?: Partial<{ [T in keyof Topics]: Topics[T][] }>;
  items?: { topic: string; id: string; payload: unknown }[];
  fixes?: FixRow[];
}

const SILENCE_MS = 4500; // what is shown must say so within 5 s
const BACK_OFF_MS = [200, 500, 1000, 2000];
const POLL_AFTER = 2; // sockets refused in a row before asking by plain requests

export class Live {
  readonly store = new Store();
  readonly clock = new Clock();
  state: State = "connecting";
  degraded = false;
  heardAt = 0; // by this machine's own clock
  private version: string | undefined; // of the code that served this page
  private cursor: Cursor | null = null;
  private socket: WebSocket | null = null;
  private refused = 0;
  private listeners: (() => void)[] = [];
  private readonly poll = new Poll((told) => this.hear(told), () => this.cursor, () => this.signIn());

  /** Call `listener` whenever the connection's state changes. */
  onState(listener: () => void): void {
    this.listeners.push(listener);
  }

  start(): void {
    this.connect();
    setInterval(() => this.watch(), 250); // with the silence together less than the 5 s
    addEventListener("online", () => this.again(0));
  }

  /** Unix ms by the server's clock when something was last heard. */
  asOf(): number {
    return this.heardAt + this.clock.offset;
  }

  private connect(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/live/`);
    this.socket = socket;
    const patience = setTimeout(() => socket.close(), 5000);
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", cursor: this.cursor }));
    socket.onmessage = (message: MessageEvent<string>) => {
      clearTimeout(patience);
      if (socket === this.socket) this.frame(socket, JSON.parse(message.data) as Told);
    };
    socket.onclose = (end) => {
      clearTimeout(patience);
      if (socket === this.socket) this.closed(end.code);
    };
  }

  private frame(socket: WebSocket, told: Told): void {
    this.refused = 0;
    this.poll.stop();
    this.hear(told);
    if (told.seq !== undefined) socket.send(JSON.stringify({ type: "ack", seq: told.seq }));
    if (told.tick !== undefined) socket.send(JSON.stringify({ type: "ack", tick: told.tick }));
    if (told.type !== "bye") this.become("live");
  }

  /** Take what was told, by socket or by request. */
  hear(told: Told): void {
    this.heardAt = Date.now();
    if (told.version !== undefined && this.isOutdated(told.version)) return location.reload();
    if (told.now !== undefined) this.clock.heard(told.now);
    if (told.zone) useZone(told.zone);
    if (told.degraded !== undefined && told.degraded !== this.degraded) {
      this.degraded = told.degraded;
      this.tell();
    }
    if (told.type === "snapshot") {
      this.store.replace(told.topics ?? {}, told.fixes ?? []);
      this.cursor = told.cursor ?? null;
    } else if (told.type === "events") {
      this.store.apply(told.items ?? []);
      this.cursor = { ...this.cursor, ...told.through };
      this.store.take(told.fixes ?? []);
    } else if (told.type === "fixes") this.store.take(told.fixes ?? []);
    if (this.poll.running) this.become("polling");
  }

  /** Whether the station runs other code than when this page was loaded. What is being typed is kept by the desk. */
  private isOutdated(version: string): boolean {
    this.version ??= version;
    return version !== this.version;
  }

  private closed(code: number): void {
    this.socket = null;
    if (code === 4401) return this.signIn();
    if (code === 4403) return this.become("forbidden");
    this.refused += 1;
    if (this.refused > POLL_AFTER) this.poll.start();
    this.again(BACK_OFF_MS[Math.min(this.refused - 1, BACK_OFF_MS.length - 1)] ?? 2000);
  }

  private again(wait: number): void {
    setTimeout(() => {
      if (!this.socket && this.state !== "forbidden") this.connect();
    }, wait * (0.8 + 0.2 * Math.random()));
  }

  private watch(): void {
    if (this.state === "forbidden") return;
    const silent = this.heardAt > 0 && Date.now() - this.heardAt > SILENCE_MS;
    if (!silent) return;
    this.become("cut");
    if (this.socket?.readyState === WebSocket.OPEN) this.drop();
  }

  /** Give up a socket that says nothing: its own closing may take a minute on a dead line. */
  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.again(0);
  }

  private become(state: State): void {
    if (state === this.state) return;
    this.state = state;
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }

  /** To the sign-in; a screen that has been revoked, to its next code. */
  private signIn(): void {
    const isScreen = config().me.kind === "screen";
    location.assign(isScreen ? "/screen/" : `/sign-in/?next=${encodeURIComponent(location.pathname)}`);
  }
}
