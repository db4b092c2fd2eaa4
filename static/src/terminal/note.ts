// A note to the incident: words, and photos from camera or gallery.

import { el, need, say } from "../dom.js";
import { short } from "../format.js";
import { gettext } from "../i18n.js";
import type { Acts } from "./acts.js";
import { closes, open } from "./sheet.js";
import { shrunk } from "./shrink.js";
import type { Situation } from "./situation.js";

const MOST = 10; // photos of one note; the station takes no more

/** Let the note's sheet work. */
export function showNote(situation: Situation, acts: Acts): void {
  const button = need<HTMLButtonElement>("note-open");
  const draw = () => (button.disabled = !situation.known.incident);
  situation.onChange(draw);
  draw();
  button.addEventListener("click", () => {
    say(need("note-number"), short(situation.known.incident?.number ?? ""));
    open("note");
  });
  closes("note");
  const shots = new Shots();
  need("note-send").addEventListener("click", (event) => {
    event.preventDefault(); // the sheet stays until all of it is kept
    void send(acts, shots);
  });
}

async function send(acts: Acts, shots: Shots): Promise<void> {
  const field = need<HTMLTextAreaElement>("note-text");
  const text = field.value.trim();
  const close = () => need<HTMLDialogElement>("note").close();
  if (!text && !shots.taken.length) return close();
  try {
    await acts.note(text, shots.taken);
  } catch {
    return say(need("note-trouble"), gettext("This phone has no room for the photo."));
  }
  field.value = "";
  shots.clear();
  close();
}

/** The photos that the note will carry. */
class Shots {
  taken: ArrayBuffer[] = [];
  private readonly list = need("note-shots");
  private working = 0;

  constructor() {
    for (const id of ["note-camera", "note-gallery"]) {
      const field = need<HTMLInputElement>(id);
      field.addEventListener("change", () => {
        const files = [...(field.files ?? [])];
        field.value = ""; // the same photo may be chosen again
        void this.add(files);
      });
    }
  }

  clear(): void {
    this.taken = [];
    this.forget(...this.list.children);
    say(need("note-trouble"), "");
  }

  private async add(files: File[]): Promise<void> {
    const room = MOST - this.taken.length;
    say(need("note-trouble"), files.length > room ? gettext("A note carries %(count)s photos at most.", { count: MOST }) : "");
    this.busy(1);
    for (const file of files.slice(0, room)) {
      try {
        this.show(await shrunk(file));
      } catch (trouble) {
        say(need("note-trouble"), trouble instanceof Error ? trouble.message : String(trouble));
      }
    }
    this.busy(-1);
  }

  private busy(more: number): void {
    this.working += more;
    need<HTMLButtonElement>("note-send").disabled = this.working > 0;
  }

  private show(photo: ArrayBuffer): void {
    this.taken.push(photo);
    const picture = el("img", { src: URL.createObjectURL(new Blob([photo], { type: "image/jpeg" })), alt: gettext("Photo %(number)s", { number: this.taken.length }) });
    const away = el("button", { type: "button", class: "plain", "aria-label": gettext("Take photo %(number)s away", { number: this.taken.length }) }, "×");
    const item = el("li", {}, picture, away);
    away.addEventListener("click", () => {
      this.taken = this.taken.filter((one) => one !== photo);
      this.forget(item);
      need("note-text").focus();
    });
    this.list.append(item);
  }

  private forget(...items: Element[]): void {
    for (const item of items) {
      URL.revokeObjectURL(item.querySelector("img")?.src ?? "");
      item.remove();
    }
  }
}
