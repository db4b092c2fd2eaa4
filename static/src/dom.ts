// Making and keeping elements. People's words only ever become text nodes.

type Child = Node | string | null;

export interface Attributes {
  [name: string]: string | number | boolean | null;
}

/** A new element; `class` may be part of the tag as in "b.num". */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]) {
  const made = document.createElement(tag);
  set(made, attributes);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Set attributes; null and false remove one. */
export function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value === true ? "" : value))
      element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Set the text only when it differs, so that screen readers and the layout stay calm. */
export function say(element: Element, words: string): void {
  if (element.textContent !== words) element.textContent = words;
}

/** The element with this id; throws when the template lacks it. */
export function need<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`expected an element with the id '${id}' on this page`);
  return found as T;
}

/** Make `parent` hold exactly one element per item, in order, keeping those that are there already, and the focus where it was. */
export function keyed<T, E extends HTMLElement>(
  parent: HTMLElement,
  items: T[],
  key: (item: T) => string,
  make: (item: T) => E,
  update: (element: E, item: T) => void,
): void {
  const held = parent.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
  const before = new Map(([...parent.children] as E[]).map((child) => [child.dataset.key ?? "", child]));
  items.forEach((item, at) => {
    const name = key(item);
    const element = before.get(name) ?? make(item);
    before.delete(name);
    element.dataset.key = name;
    update(element, item);
    if (parent.children[at] !== element) parent.insertBefore(element, parent.children[at] ?? null);
  });
  for (const gone of before.values()) gone.remove();
  if (held?.isConnected && held !== document.activeElement) held.focus({ preventScroll: true }); // what is moved loses the focus
}

/** Call `draw` once for all that asks for it at a time: soon, and also while the page draws slowly or stands behind others. */
export function soon(draw: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    queueMicrotask(() => {
      asked = false;
      draw();
    });
  };
}

const PART = 4; // a picture may take this part of the time, the rest is for hands and lists
const SLOWEST_MS = 1000;

/** Call `draw` at most once a frame, and less often where frames are slow. */
export function paced(draw: () => void): () => void {
  let [asked, last, pause] = [false, 0, 0];
  const frame = () => {
    const began = performance.now();
    requestAnimationFrame(() => {
      asked = false;
      draw();
      last = performance.now();
      pause = Math.min(SLOWEST_MS, Math.max(0, (last - began - 34) * PART)); // two frames are a healthy wait
    });
  };
  return () => {
    if (asked) return;
    asked = true;
    const wait = last + pause - performance.now();
    if (wait > 0) setTimeout(frame, wait);
    else frame();
  };
}
