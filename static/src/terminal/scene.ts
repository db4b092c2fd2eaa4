// Showing the scene: this phone's camera to the room, for as long as the officer wants, and kept here meanwhile with its sound.
// Who watches is told beside it.

import { need, say } from "../dom.js";
import { list } from "../format.js";
import { gettext } from "../i18n.js";
import type { News, Order } from "../video/encoder.js";
import { Keeper } from "./keeper.js";
import type { Phone } from "./phone.js";
import type { Situation } from "./situation.js";
import type { Uploads } from "./uploads.js";

// Not yet among TypeScript's own; see the W3C's mediacapture-transform
declare const MediaStreamTrackProcessor: new <Data>(of: { track: MediaStreamTrack }) => { readable: ReadableStream<Data> };

type State = "off" | "asking" | "connecting" | "sending" | "refused" | "denied" | "cannot";

const KEPT = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } };
const SHOWN = { width: 640, height: 360, frameRate: { max: 15 } };
const WORDS: Record<State, () => string> = {
  off: () => "",
  asking: () => gettext("Asking for the camera …"),
  connecting: () => gettext("The station can't be reached; it is tried again."),
  sending: () => gettext("The room can see the scene."),
  refused: () => gettext("The station does not take this picture: it comes from another page, or you are signed out."),
  denied: () => gettext("This page may not use the camera: allow it in the browser."),
  cannot: () => gettext("This browser can't send pictures."),
};

interface Parts {
  phone: Phone;
  situation: Situation;
  keeper: Keeper;
  uploads: Uploads;
}

export class Scene {
  private state: State = "off";
  private names: string[] = [];
  private listeners: string[] = [];
  private isStills = false;
  private camera: MediaStream | null = null;
  private worker: Worker | null = null;
  private shown: MediaStreamTrack | null = null;

  constructor(private readonly parts: Parts) {
    need("scene-show").addEventListener("click", () => void (this.camera ? this.stop() : this.start()));
    parts.phone.onChange(() => this.draw());
    this.draw();
  }

  private async start(): Promise<void> {
    const { keeper, uploads, situation } = this.parts;
    this.become("asking");
    const camera = await opened();
    const track = camera?.getVideoTracks()[0];
    if (!camera || !track) return this.become("denied");
    this.camera = camera;
    track.addEventListener("ended", () => this.stop());
    uploads.hold();
    await keeper.start(camera, () => situation.known.incident?.number ?? "");
    if (this.camera === camera) await this.show(track);
  }

  /** What the room sees is a smaller copy: what is kept stays as the camera gives it. */
  private async show(track: MediaStreamTrack): Promise<void> {
    if (!("MediaStreamTrackProcessor" in window)) return this.become("cannot");
    const shown = (this.shown = track.clone());
    await shown.applyConstraints(SHOWN).catch(() => undefined);
    if (this.shown !== shown) return shown.stop(); // stopped meanwhile
    const pictures = new MediaStreamTrackProcessor<VideoFrame>({ track: shown }).readable;
    const [microphone] = "AudioEncoder" in window ? (this.camera?.getAudioTracks() ?? []) : [];
    const sound = microphone ? new MediaStreamTrackProcessor<AudioData>({ track: microphone }).readable : null;
    const order: Order = { type: "start", pictures, sound, address: `${location.origin.replace(/^http/, "ws")}/pictures/send/` };
    this.worker = new Worker(need("scene").dataset.worker!);
    this.worker.onmessage = ({ data }: MessageEvent<News>) => this.hear(data);
    this.worker.postMessage(order, sound ? [pictures, sound] : [pictures]);
    this.become("connecting");
    need("scene").scrollIntoView({ block: "center" }); // below it will stand who watches
  }

  private stop(): void {
    const { keeper, uploads } = this.parts;
    const camera = this.camera;
    this.end();
    this.camera = null;
    void keeper.stop().then(() => uploads.release());
    for (const track of camera?.getTracks() ?? []) track.stop();
    this.become("off");
  }

  /** Show nothing more; what is kept goes on. */
  private end(): void {
    this.worker?.postMessage({ type: "stop" } satisfies Order);
    this.worker?.terminate();
    this.shown?.stop();
    [this.worker, this.shown, this.names, this.listeners, this.isStills] = [null, null, [], [], false];
  }

  private hear(news: News): void {
    if (news.type === "watchers") this.names = news.names;
    else if (news.type === "listeners") this.listeners = news.names;
    else if (news.type === "sent") this.isStills = news.isStills;
    else {
      if (news.state === "refused") this.end();
      this.state = news.state;
    }
    this.draw();
  }

  private become(state: State): void {
    this.state = state;
    this.draw();
  }

  private draw(): void {
    const isOn = this.camera !== null;
    need("scene").hidden = !this.parts.phone.bearer.unit && !isOn;
    need("scene").dataset.state = this.state;
    need("scene").dataset.mode = this.isStills ? "stills" : "film";
    say(need("scene-show"), isOn ? gettext("Stop showing") : gettext("Show the scene"));
    const watched = this.names.length ? gettext("Watched by %(names)s.", { names: list(this.names) }) : gettext("Nobody watches.");
    const heard = this.listeners.length ? gettext("Heard by %(names)s.", { names: list(this.listeners) }) : "";
    const stills = this.isStills ? gettext("The network is bad: stills, at most one a second.") : "";
    say(need("scene-words"), [WORDS[this.state](), ...(this.state === "sending" ? [stills, watched, heard] : [])].filter(Boolean).join(" "));
  }
}

/** The camera with the microphone, without it where that is refused; null without a camera. */
async function opened(): Promise<MediaStream | null> {
  const { mediaDevices } = navigator;
  const video = Keeper.can ? KEPT : { ...SHOWN, facingMode: "environment" };
  return mediaDevices.getUserMedia({ video, audio: true }).catch(() => mediaDevices.getUserMedia({ video }).catch(() => null));
}
