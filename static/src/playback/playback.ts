// Several recordings in step: one clock, which all films and still pictures follow; gaps are seen, and skipped only where all have one.

import { el, need, say, set } from "../dom.js";
import { date, ms, time, useZone } from "../format.js";
import { gettext } from "../i18n.js";
import { get } from "../rest.js";
import { kindOf, type File } from "./pieces.js";
import { Track } from "./track.js";

interface Answer {
  id: number;
  since: string;
  until: string;
  recordings: File[];
}

interface Facts {
  id: number;
  sources: Record<string, string>;
  zone: string;
}

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16];
const KEPT = " kept";
const WAIT_MS = 3000; // for a picture that is not there yet, before the others go on

export async function startPlayback(): Promise<void> {
  const facts = JSON.parse(need("facts").textContent || "{}") as Facts;
  useZone(facts.zone);
  const answer = await get<Answer>(`playbacks/${facts.id}/`).catch((lost: Error) => void say(need("said"), lost.message));
  if (!answer) return;
  const hasFilms = answer.recordings.some((one) => kindOf(one) === "film");
  if (hasFilms && !("MediaSource" in window)) return say(need("said"), gettext("This browser can't play recordings; they can be exported."));
  new Playback(facts, answer).start();
}

class Playback {
  private readonly began: number;
  private readonly length: number;
  private readonly tracks = new Map<string, Track>(); // by the source's number, " kept" behind it for what its phone kept
  private second = 0;
  private speed = 1;
  private isPlaying = false;
  private before = performance.now();
  private waitsSince = 0;

  constructor(
    private readonly facts: Facts,
    answer: Answer,
  ) {
    this.began = ms(answer.since);
    this.length = (ms(answer.until) - this.began) / 1000;
    for (const source of Object.keys(facts.sources)) {
      const files = answer.recordings.filter((one) => String(one.source) === source);
      const kept = files.filter((one) => one.kept);
      if (kept.length < files.length || !kept.length) this.tracks.set(source, this.track(files.filter((one) => !one.kept)));
      if (kept.length) this.tracks.set(source + KEPT, this.track(kept));
    }
  }

  private readonly address = (file: File): string => `/api/v1/playbacks/${this.facts.id}/recordings/${file.id}/`;

  private track(files: File[]): Track {
    return new Track(files, this.began, this.address);
  }

  start(): void {
    need("tiles").append(...[...this.tracks].map(([source, track]) => this.tile(source, track)));
    need("rows").append(...[...this.tracks].map(([source, track]) => this.row(source, track)));
    set(need("line"), { "aria-valuemax": Math.round(this.length) });
    need("play").addEventListener("click", () => this.play(!this.isPlaying));
    set(need("play"), { disabled: false }); // pressed before, it would do nothing
    need("back").addEventListener("click", () => this.step(-1));
    need("forth").addEventListener("click", () => this.step(1));
    need("still").addEventListener("click", () => this.still());
    need<HTMLSelectElement>("speed").addEventListener("change", (event) => (this.speed = Number((event.target as HTMLSelectElement).value)));
    need("line").addEventListener("click", (event) => this.seek(((event.clientX - this.rail().left) / this.rail().width) * this.length));
    addEventListener("keydown", (event) => this.key(event));
    const first = Math.min(...[...this.tracks.values()].map((track) => (track.at(0) ? 0 : track.next(0))));
    if (first === Infinity) say(need("said"), gettext("Nothing was recorded in this time."));
    this.seek(first === Infinity ? 0 : first);
    need("player").focus();
    const frame = () => {
      this.tick();
      requestAnimationFrame(frame);
    };
    frame();
  }

  private rail(): DOMRect {
    return need("rows").getBoundingClientRect();
  }

  private tile(name: string, track: Track): HTMLElement {
    const words = el("p", {}, el("b", {}, this.label(name)), " ", el("span"));
    if (name.endsWith(KEPT)) {
      if (track.video) words.append(" ", soundOf(track.video));
      words.append(" ", el("a", { class: "plain", hidden: "" }, gettext("Save the film")));
    }
    return el("li", { "data-source": name }, ...track.faces, words);
  }

  private label(name: string): string {
    const source = this.facts.sources[name.replace(KEPT, "")] ?? "";
    return name.endsWith(KEPT) ? gettext("%(name)s, kept on the phone", { name: source }) : source;
  }

  private row(name: string, track: Track): HTMLElement {
    const share = (second: number) => `${(100 * Math.max(0, Math.min(this.length, second))) / this.length}%`;
    const bars = track.pieces.map((one) => {
      const bar = el("i", { class: one.file.gone ? "gone" : one.file.cut_off ? "cut" : "" });
      bar.style.left = share(one.from);
      bar.style.width = `calc(${share(one.to)} - ${share(one.from)})`;
      return bar;
    });
    return el("li", { "aria-label": this.label(name) }, ...bars);
  }

  private tick(): void {
    const now = performance.now();
    const passed = (now - this.before) / 1000;
    this.before = now;
    if (this.isPlaying && !this.waits(now)) this.go(this.second + passed * this.speed);
    for (const [source, track] of this.tracks) {
      track.show(this.second, this.speed, this.isPlaying);
      this.told(source, track);
    }
    const at = this.began + this.second * 1000;
    say(need("at"), `${date(at)} ${time(at)}.${String(Math.floor(at % 1000)).padStart(3, "0")}`);
    need("cursor").style.left = `${(100 * this.second) / this.length}%`;
    set(need("line"), { "aria-valuenow": Math.round(this.second), "aria-valuetext": time(at) });
  }

  /** All wait for a picture that is on its way, but not for ever. */
  private waits(now: number): boolean {
    const isReady = [...this.tracks.values()].every((track) => track.isReady(this.second));
    if (isReady) this.waitsSince = 0;
    else this.waitsSince ||= now;
    return !isReady && now - this.waitsSince < WAIT_MS;
  }

  private go(second: number): void {
    const tracks = [...this.tracks.values()];
    const next = tracks.some((track) => track.at(second)) ? second : Math.min(...tracks.map((track) => track.next(second)));
    if (next >= this.length) this.play(false);
    else this.second = next;
  }

  private told(source: string, track: Track): void {
    const item = document.querySelector<HTMLElement>(`#tiles [data-source="${source}"]`);
    if (!item) return;
    const piece = track.at(this.second);
    const failed = track.failed(this.second);
    const kind = piece ? kindOf(piece.file) : "gap";
    const words = { film: "", stills: gettext("still pictures"), gap: gettext("not recorded") };
    item.dataset.shown = failed ? "failed" : kind;
    const waits = !failed && track.waits(this.second, performance.now());
    item.toggleAttribute("data-waits", waits);
    say(item.querySelector("span")!, failed || (waits ? gettext("loading …") : words[kind]));
    const film = item.querySelector("a");
    if (film) film.hidden = !piece;
    if (film && piece) film.href = this.address(piece.file);
  }

  private play(on: boolean): void {
    this.isPlaying = on;
    const button = need("play");
    set(button, { "aria-pressed": String(on) });
    button.firstChild!.textContent = `${on ? gettext("Pause") : gettext("Play")} `;
  }

  private seek(second: number): void {
    this.second = Math.max(0, Math.min(this.length - 0.001, second));
  }

  /** One picture on or back, by the source whose next comes first. */
  private step(way: number): void {
    this.play(false);
    const found = [...this.tracks.values()].map((track) => track.stepped(this.second, way)).filter((one) => one !== null);
    if (found.length) this.seek(way > 0 ? Math.min(...found) : Math.max(...found));
  }

  private pace(way: number): void {
    const at = SPEEDS.indexOf(this.speed) + way;
    this.speed = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at))]!;
    need<HTMLSelectElement>("speed").value = String(this.speed);
  }

  private still(): void {
    const shown = [...this.tracks].flatMap(([source, track]) => {
      const picture = track.picture(this.second);
      return picture ? [{ source, picture }] : [];
    });
    for (const { source, picture } of shown) {
      const name = `${source.replace(" ", "-")}-${new Date(this.began + this.second * 1000).toISOString().replace(/[:.]/g, "")}.png`;
      picture.toBlob((blob) => {
        if (!blob) return;
        const link = el("a", { href: URL.createObjectURL(blob), download: name });
        link.click();
        URL.revokeObjectURL(link.href);
      });
    }
    say(need("said"), shown.length ? gettext("Stills saved: %(count)s", { count: shown.length }) : gettext("There is no picture at this time."));
  }

  private key(event: KeyboardEvent): void {
    const on = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || ["SELECT", "INPUT", "A"].includes(on.tagName)) return;
    const far = event.shiftKey ? 60 : 5;
    const acts: Record<string, () => void> = {
      " ": () => this.play(!this.isPlaying),
      ArrowLeft: () => this.seek(this.second - far),
      ArrowRight: () => this.seek(this.second + far),
      Home: () => this.seek(0),
      ",": () => this.step(-1),
      ".": () => this.step(1),
      "+": () => this.pace(1),
      "-": () => this.pace(-1),
      s: () => this.still(),
    };
    const act = acts[event.key];
    if (!act || (event.key === " " && on.tagName === "BUTTON")) return;
    event.preventDefault();
    act();
  }
}

/** The button by which a film is heard; at first it is silent, as all are. */
function soundOf(video: HTMLVideoElement): HTMLElement {
  const button = el("button", { type: "button", class: "plain", "aria-pressed": "false" }, gettext("Sound"));
  button.addEventListener("click", () => {
    video.muted = !video.muted;
    set(button, { "aria-pressed": String(!video.muted) });
  });
  return button;
}
