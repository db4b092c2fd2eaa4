// Talk, as a page has it: the groups, who speaks, and the button. Sound itself passes by in the worker and the worklet.

import { gettext } from "../i18n.js";
import type { News, Order, TalkGroup } from "./worker.js";
import type { Heard } from "./worklet.js";

const KEPT_MS = 30_000; // the microphone stays open so long after a turn: the next one begins at once
const DELAYS = 500;

export interface Said {
  group: string;
  name: string;
  source: number;
  own: boolean;
  since: number; // by performance.now()
}

export type Tone = "granted" | "refused";

export class Voice {
  groups: TalkGroup[] = [];
  speaking: Said[] = [];
  state: "off" | "connecting" | "connected" | "refused" = "off";
  turn: "none" | "asking" | "talking" = "none";
  trouble = ""; // why there is no turn, in words
  chosen = "";
  delays: number[] = []; // ms from captured to played, the newest DELAYS
  private context: AudioContext | null = null;
  private worklets: Promise<void> | null = null;
  private worker: Worker | null = null;
  private ear: AudioWorkletNode | null = null;
  private opening: Promise<boolean> | null = null;
  private microphone: MediaStream | null = null;
  private mouth: AudioNode[] = [];
  private isHeld = false;
  private closing = 0;
  private listeners: (() => void)[] = [];
  private tones: ((tone: Tone) => void)[] = [];

  /** `files`: where worker and worklet are. */
  constructor(private readonly files: { worker: string; worklet: string }) {}

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  onTone(listener: (tone: Tone) => void): void {
    this.tones.push(listener);
  }

  /** Why this browser can't talk, in words; "" where it can. */
  get lack(): string {
    if (!isSecureContext) return gettext("Talk needs a secure connection (HTTPS): open the station by its https address.");
    if (!("AudioEncoder" in window) || !("AudioWorkletNode" in window)) return gettext("This browser can't talk: it lacks Opus.");
    return "";
  }

  get isArmed(): boolean {
    return this.context?.state === "running";
  }

  /** Whether anybody else is heard here now. */
  get isHeard(): boolean {
    return this.speaking.some((one) => !one.own);
  }

  /** Connect: from now on it is known who speaks. Sound is heard once it is armed. */
  start(): void {
    if (this.worker || this.lack) return;
    this.state = "connecting";
    this.worker = new Worker(this.files.worker);
    this.worker.onmessage = ({ data }: MessageEvent<News>) => this.hear(data);
    this.order({ type: "start", address: `${location.origin.replace(/^http/, "ws")}/pictures/talk/` });
    if (this.chosen) this.order({ type: "join", group: this.chosen });
    this.tell();
    if (this.context) void this.listen(this.context);
  }

  stop(): void {
    this.release();
    this.worker?.terminate();
    this.closeMicrophone();
    this.ear?.disconnect();
    [this.worker, this.state, this.speaking, this.groups] = [null, "off", [], []];
    this.tell();
  }

  /** Let others be heard; from a key or a click, or browsers keep silent. */
  async arm(): Promise<void> {
    if (this.lack) return;
    const context = await this.sound();
    await context.resume();
    this.tell();
  }

  async disarm(): Promise<void> {
    await this.context?.suspend();
    this.tell();
  }

  /** The group in which the button speaks, and which is heard besides the own ones. */
  choose(group: string): void {
    if (group === this.chosen) return;
    this.chosen = group;
    this.trouble = "";
    this.order({ type: "join", group });
    this.tell();
  }

  /** Which groups there are may have changed. */
  refresh(): void {
    this.order({ type: "groups" });
  }

  /** The button is held: ask for the floor, and speak once it is granted. */
  async press(): Promise<void> {
    if (this.isHeld) return;
    this.isHeld = true;
    clearTimeout(this.closing);
    const why = this.lack || (this.state === "connected" ? "" : gettext("The station can't be reached; nobody would hear you."));
    if (why || !this.chosen) return this.fail(why || gettext("Choose a talk group first."));
    [this.turn, this.trouble] = ["asking", ""];
    this.tell();
    const isArmed = await this.arm().then(() => true, () => false); // prettier-ignore
    if (!isArmed) return this.fail(gettext("The sound could not be loaded from the station. Press again."));
    if (!(await this.open())) return this.fail(gettext("This page may not use the microphone: allow it in the browser."));
    if (this.isHeld) this.order({ type: "talk", group: this.chosen });
  }

  /** The button is up. */
  release(): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    if (this.turn !== "none") this.order({ type: "release" });
    this.turn = "none";
    this.closing = window.setTimeout(() => this.closeMicrophone(), KEPT_MS);
    this.tell();
  }

  private async sound(): Promise<AudioContext> {
    if (!this.context) {
      const context = (this.context = new AudioContext({ sampleRate: 48_000, latencyHint: "interactive" }));
      this.worklets = context.audioWorklet.addModule(this.files.worklet).catch((lost) => {
        this.context = null; // the next press tries anew
        void context.close();
        throw lost;
      });
      if (this.worker) await this.listen(context);
      return context;
    }
    await this.worklets;
    return this.context;
  }

  private async listen(context: AudioContext): Promise<void> {
    await this.worklets;
    const ear = new AudioWorkletNode(context, "ear", { numberOfInputs: 0, outputChannelCount: [1] });
    ear.port.onmessage = ({ data }: MessageEvent<Heard>) => (this.delays = [...this.delays, ...data.delays].slice(-DELAYS));
    this.wire(ear, "ear");
    ear.connect(context.destination);
    this.ear = ear;
  }

  private open(): Promise<boolean> {
    this.opening ??= this.openOnce().finally(() => (this.opening = null)); // two presses while one is asked are one
    return this.opening;
  }

  private async openOnce(): Promise<boolean> {
    if (this.microphone) return true;
    const wanted = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const microphone = await navigator.mediaDevices.getUserMedia({ audio: wanted }).catch(() => null);
    if (!microphone) return false;
    const context = await this.sound();
    const [from, mouth] = [context.createMediaStreamSource(microphone), new AudioWorkletNode(context, "mouth", { numberOfOutputs: 0 })];
    this.wire(mouth, "mouth");
    from.connect(mouth);
    [this.microphone, this.mouth] = [microphone, [from, mouth]];
    return true;
  }

  /** A line between worklet and worker that the page has no part in. */
  private wire(node: AudioWorkletNode, type: "ear" | "mouth"): void {
    const { port1, port2 } = new MessageChannel();
    node.port.postMessage(port1, [port1]);
    this.worker?.postMessage({ type, port: port2 } satisfies Order, [port2]);
  }

  private closeMicrophone(): void {
    for (const track of this.microphone?.getTracks() ?? []) track.stop();
    for (const node of this.mouth) node.disconnect();
    [this.microphone, this.mouth] = [null, []];
  }

  private hear(news: News): void {
    if (news.type === "state") this.became(news.state);
    else if (news.type === "groups") this.groups = news.groups;
    else if (news.type === "speaking") this.speaking = [...this.without(news.source), { ...news, since: performance.now() - news.seconds * 1000 }];
    else if (news.type === "quiet") this.speaking = this.without(news.source);
    else if (news.type === "granted" && this.isHeld) {
      this.turn = "talking";
      this.sing("granted");
    } else if (news.type === "refused") this.fail(refusal(news));
    else if (news.type === "ended") this.fail(ending(news));
    this.tell();
  }

  private became(state: "connecting" | "connected" | "refused"): void {
    this.state = state;
    if (state !== "connected") this.speaking = [];
  }

  private without(source: number): Said[] {
    return this.speaking.filter((one) => one.source !== source);
  }

  private fail(why: string): void {
    [this.turn, this.trouble] = ["none", why];
    this.sing("refused");
    this.tell();
  }

  private order(order: Order): void {
    this.worker?.postMessage(order);
  }

  private sing(tone: Tone): void {
    for (const listener of this.tones) listener(tone);
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

function refusal({ code, message, by }: { code: string; message: string; by?: string }): string {
  if (code === "held") return by ? gettext("%(name)s is speaking.", { name: by }) : gettext("Somebody is speaking.");
  if (code === "nobody_there") return gettext("Nobody is on this channel; the room opens it.");
  if (code === "not_taken_over") return gettext("Take the screen over first.");
  return message || gettext("The station can't take it now; try again.");
}

function ending({ code, by }: { code: string; by: string }): string {
  if (code === "taken") return by ? gettext("%(name)s took the floor.", { name: by }) : gettext("Somebody took the floor.");
  if (code === "limit") return gettext("A turn lasts a minute at most; press again.");
  if (code === "silence") return gettext("Nothing was heard of you, so your turn is over.");
  if (code === "lost") return gettext("The connection was lost.");
  return gettext("You may no longer speak here.");
}
