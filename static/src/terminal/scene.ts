// Showing the scene: this phone's camera to the room, for as long as the officer wants. Who watches is told beside it.

import { need, say } from "../dom.js";
import { list } from "../format.js";
import { gettext } from "../i18n.js";
import type { News, Order } from "../video/encoder.js";
import type { Phone } from "./phone.js";

// Not yet among TypeScript's own; see the W3C's mediacapture-transform
declare const MediaStreamTrackProcessor: new (of: { track: MediaStreamTrack }) => { readable: ReadableStream<VideoFrame> };

type State = "off" | "asking" | "connecting" | "sending" | "refused" | "denied" | "cannot";

const WORDS: Record<State, () => string> = {
  off: () => "",
  asking: () => gettext("Asking for the camera …"),
  connecting: () => gettext("The station can't be reached; it is tried again."),
  sending: () => gettext("The room can see the scene."),
  refused: () => gettext("The station does not take this picture: it comes from another page, or you are signed out."),
  denied: () => gettext("This page may not use the camera: allow it in the browser."),
  cannot: () => gettext("This browser can't send pictures."),
};

export class Scene {
  private state: State = "off";
  private names: string[] = [];
  private camera: MediaStream | null = null;
  private worker: Worker | null = null;

  constructor(private readonly phone: Phone) {
    need("scene-show").addEventListener("click", () => void (this.camera ? this.stop() : this.start()));
    phone.onChange(() => this.draw());
    this.draw();
  }

  private async start(): Promise<void> {
    if (!("MediaStreamTrackProcessor" in window) || !("VideoEncoder" in window)) return this.become("cannot");
    this.become("asking");
    const wanted = { video: { facingMode: "environment", width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 15, max: 15 } } };
    const camera = await navigator.mediaDevices.getUserMedia(wanted).catch(() => null);
    const track = camera?.getVideoTracks()[0];
    if (!camera || !track) return this.become("denied");
    this.camera = camera;
    track.addEventListener("ended", () => this.stop());
    const pictures = new MediaStreamTrackProcessor({ track }).readable;
    const order: Order = { type: "start", pictures, address: `${location.origin.replace(/^http/, "ws")}/pictures/send/` };
    this.worker = new Worker(need("scene").dataset.worker!);
    this.worker.onmessage = ({ data }: MessageEvent<News>) => this.hear(data);
    this.worker.postMessage(order, [pictures]);
    this.become("connecting");
  }

  private stop(): void {
    this.worker?.postMessage({ type: "stop" } satisfies Order);
    this.worker?.terminate();
    for (const track of this.camera?.getTracks() ?? []) track.stop();
    [this.worker, this.camera, this.names] = [null, null, []];
    this.become("off");
  }

  private hear(news: News): void {
    if (news.type === "watchers") this.names = news.names;
    else if (news.type === "state") {
      if (news.state === "refused") this.stop();
      this.state = news.state;
    }
    this.draw();
  }

  private become(state: State): void {
    this.state = state;
    this.draw();
  }

  private draw(): void {
    need("scene").hidden = !this.phone.bearer.unit && !this.camera;
    need("scene").dataset.state = this.state;
    say(need("scene-show"), this.camera ? gettext("Stop showing") : gettext("Show the scene"));
    const watched = this.names.length ? gettext("Watched by %(names)s.", { names: list(this.names) }) : gettext("Nobody watches.");
    say(need("scene-words"), [WORDS[this.state](), this.state === "sending" ? watched : ""].filter(Boolean).join(" "));
  }
}
