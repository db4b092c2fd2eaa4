// Sheets that come up from below, where a thumb reaches.

import { need } from "../dom.js";

/** Open a sheet by its id. */
export function open(id: string): void {
  need<HTMLDialogElement>(id).showModal();
}

/** Let sheets be closed by their button, and by a touch beside them. */
export function closes(...ids: string[]): void {
  for (const id of ids) {
    const sheet = need<HTMLDialogElement>(id);
    sheet.querySelector(".close")?.addEventListener("click", () => sheet.close());
    sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  }
}
