// The socket on which a page watches: one for all its pictures. It acknowledges what it has taken, so that nothing piles up for it.

import { gettext } from "../i18n.js";
import { headOf, packetsOf } from "./packet.js";
import { Picture } from "./picture.js";
import { SceneSound } from "./scene_sound.js";

const AGAIN_MS = 1500; // after a lost connection
const ACKNOWLEDGE_MS = 200; // what was taken is said so often, for all sources at once
const ACKNOWLEDGE_BYTES = 128 * 1024; // or when so much was taken: a quarter of what may be under way

const FINAL = [4400, 4401, 4403, 4429]; // asking again helps nobody

const REFUSALS = (): Record<string, string> => ({
  not_taken_over: gettext("Who asked for this has left the screen."),
  too_many_stills: gettext("This browser can't draw this picture, and the station makes no more still pictures just now."),
  forbidden: gettext("This page may not watch any more."),
});

const SILENCES = (): Record<string, string> => ({
  not_taken_over: gettext("To listen, take the screen over: the officer is told who listens."),
  forbidden: gettext("You may not listen here."),
});

interface Said {
  type: string;
  source: number;
  code?: string;
  message?: string;
  count?: number; // of pictures that were left out
}

interface Why {
  incident?: string;
  reason?: string;
  by_hand?: boolean; // a person asked for it at a screen that they have taken over: it is their look
}

interface Open {
  picture: Picture;
  why: Why;
  sound: SceneSound | null; // while it is heard, too
}

export class Watching {
  private socket: WebSocket | null = null;
  private open = new Map<number, Open>();
  private taken: Record<number, number> = {}; // bytes by source, not said yet
  private saying = 0; // the timer after which it is
  private readonly asked = new Set<number>(); // what is to be watched, in a moment
  private stays = false; // connected, whether anything is watched or not

  /** Connect now and stay connected: what is watched later opens without waiting for that. */
  stay(): void {
    this.stays = true;
    if (!this.socket) this.connect();
  }

  /** Watch a source on a canvas, for a reason that goes on record. */
  watch(source: number, canvas: HTMLCanvasElement, why: Why): Picture {
    const picture = new Picture(canvas, () => this.ask(source));
    this.leave(source);
    this.open.set(source, { picture, why, sound: null });
    if (this.socket?.readyState === WebSocket.OPEN) this.ask(source);
    else if (!this.socket) this.connect();
    return picture;
  }

  /** Hear a source that is watched, or no more; whether it is heard now. From a key or a click. */
  listen(source: number, isOn: boolean): boolean {
    const held = this.open.get(source);
    if (!held) return false;
    held.sound?.close();
    held.sound = isOn ? new SceneSound(source) : null;
    held.picture.silence = "";
    this.say({ type: isOn ? "listen" : "mute", source });
    return isOn;
  }

  /** Watch it no more; with the last one the connection ends, unless it stays. */
  leave(source: number): void {
    const held = this.open.get(source);
    if (!held) return;
    held.picture.close();
    held.sound?.close();
    this.open.delete(source);
    this.say({ type: "leave", source });
    if (!this.isNeeded) {
      this.socket?.close();
      this.socket = null;
    }
  }

  private get isNeeded(): boolean {
    return this.stays || this.open.size > 0;
  }

  private connect(): void {
    const socket = (this.socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/pictures/`));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => [...this.open.keys()].forEach((source) => this.ask(source));
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.hear(JSON.parse(data) as Said);
      else for (const packet of packetsOf(data as ArrayBuffer)) this.take(packet);
    };
    socket.onclose = ({ code }) => {
      if (this.socket !== socket) return;
      this.socket = null;
      if (FINAL.includes(code)) this.open.forEach(({ picture }) => (picture.refusal = gettext("This page may not watch any more.")));
      else if (this.isNeeded) setTimeout(() => this.isNeeded && !this.socket && this.connect(), AGAIN_MS);
    };
  }

  /** Watch it, or go on with still pictures of it where this browser can't draw the stream: it is one watch. */
  private ask(source: number): void {
    if (!this.asked.size) queueMicrotask(() => this.askAll());
    this.asked.add(source);
  }

  /** Ask at once for all that was to be watched in a moment, in one message a reason: a scene opens as a whole. */
  askAll(): void {
    const asked = [...this.asked].filter((source) => this.open.has(source));
    this.asked.clear();
    const messages = new Map<string, { type: "watch"; sources: number[] }>();
    for (const source of asked) {
      const { why, picture } = this.open.get(source)!;
      const how = { ...why, stills: picture.isStills };
      const message = messages.get(JSON.stringify(how)) ?? { type: "watch", sources: [], ...how };
      message.sources.push(source);
      messages.set(JSON.stringify(how), message);
    }
    messages.forEach((message) => this.say(message));
    for (const source of asked) if (this.open.get(source)?.sound) this.say({ type: "listen", source });
  }

  private say(said: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(said));
  }

  private hear(said: Said): void {
    const held = this.open.get(said.source);
    if (!held) return;
    const { picture, sound } = held;
    if (said.type === "unheard") {
      sound?.close();
      held.sound = null;
      picture.silence = SILENCES()[said.code ?? ""] ?? gettext("Nothing is to be heard just now.");
    } else if (said.type === "refused") picture.refusal = REFUSALS()[said.code ?? ""] ?? (said.message || "–");
    else if (said.type === "dropped") picture.dropped = said.count ?? 0;
  }

  private take(packet: ArrayBuffer): void {
    const head = headOf(packet);
    if (!head) return;
    const { source } = head;
    const held = this.open.get(source);
    if (head.codec === "opus") {
      const bytes = held?.sound ? held.sound.take(packet) : packet.byteLength;
      return bytes ? this.say({ type: "ack", bytes: {}, sound: { [source]: bytes } }) : undefined;
    }
    held?.picture.take(packet);
    const bytes = (this.taken[source] = (this.taken[source] ?? 0) + packet.byteLength);
    if (bytes >= ACKNOWLEDGE_BYTES) this.acknowledge();
    else this.saying ||= window.setTimeout(() => this.acknowledge(), ACKNOWLEDGE_MS);
  }

  private acknowledge(): void {
    clearTimeout(this.saying);
    this.say({ type: "ack", bytes: this.taken });
    [this.taken, this.saying] = [{}, 0];
  }
}
