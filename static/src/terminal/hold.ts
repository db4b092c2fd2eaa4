// A button that must be held: a touch by mistake does nothing, and keys do as fingers do.

/** Call `done` once the button has been held for `ms`; its attribute data-held tells the style that it is. */
export function hold(button: HTMLElement, ms: number, done: () => void): void {
  let timer = 0;
  const begin = () => {
    if (timer) return;
    button.dataset.held = "yes";
    timer = window.setTimeout(() => {
      end();
      done();
    }, ms);
  };
  const end = () => {
    clearTimeout(timer);
    timer = 0;
    delete button.dataset.held;
  };
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId); // a thumb that slides still holds
    begin();
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) button.addEventListener(kind, end);
  button.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    begin();
  });
  button.addEventListener("keyup", end);
  button.addEventListener("contextmenu", (event) => event.preventDefault());
}
