// The service worker of /terminal/: the page opens without a network, and never shows an old one where a new one can be had.
// The station puts a line before this script that names the version and the files (dispatch/terminal_pages.py).

interface Shell {
  version: string;
  page: string;
  files: string[];
}
interface Lasting extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface Fetching extends Lasting {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Scope {
  SHELL: Shell;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  addEventListener(kind: string, listener: (event: never) => void): void;
}

const scope = self as unknown as Scope;
const { version, page, files } = scope.SHELL;
const CACHE = `terminal-${version}`;
const TILES = "terminal-tiles"; // a tile's address names the version of its map
const FONTS = "terminal-fonts"; // and a font's its content
const TILE_LIMIT = 600;
const PATIENCE_MS = 3000; // then an old page is better than none

scope.addEventListener("install", (event: Lasting) => event.waitUntil(install()));
scope.addEventListener("activate", (event: Lasting) => event.waitUntil(activate()));
scope.addEventListener("fetch", (event: Fetching) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  const answer = answered(request, address);
  if (answer) event.respondWith(answer);
});

function answered(request: Request, { pathname, search }: URL): Promise<Response> | null {
  if (request.mode === "navigate") return pathname === page ? networkFirst(request, page) : null;
  if (pathname === "/jsi18n/" || pathname === "/api/v1/maps/") return networkFirst(request, pathname);
  if (files.includes(pathname + search)) return kept(CACHE, request);
  if (pathname.startsWith("/tiles/")) return kept(TILES, request);
  if (pathname.startsWith("/static/fonts/")) return kept(FONTS, request);
  return null;
}

/** Take all files, then the page; a worker that lacks a file is no worker, and the old one goes on. */
async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(files);
  const answer = await fetch(page, { credentials: "same-origin" }).catch(() => null);
  if (answer && isWhole(answer)) await cache.put(page, answer);
  void scope.skipWaiting();
}

async function activate(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith("terminal-") && ![CACHE, TILES, FONTS].includes(name));
  await Promise.all(old.map((name) => caches.delete(name)));
  await scope.clients.claim();
}

/** Whether an answer may stand for its address: it is all there, and no sign-in stood in its way. */
const isWhole = (answer: Response): boolean => answer.ok && !answer.redirected;

async function networkFirst(request: Request, key: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  const known = await cache.match(key);
  const asked = fetch(request).then(async (answer) => {
    if (isWhole(answer)) await cache.put(key, answer.clone());
    return answer.status >= 500 && known ? known.clone() : answer;
  });
  if (!known) return asked;
  const late = new Promise<Response>((done) => setTimeout(() => done(known.clone()), PATIENCE_MS));
  return Promise.race([asked.catch(() => known.clone()), late]);
}

async function kept(name: string, request: Request): Promise<Response> {
  const cache = await caches.open(name);
  const known = await cache.match(request);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok) {
    await cache.put(request, answer.clone());
    if (name === TILES) await thin(cache);
  }
  return answer;
}

/** Keep no more tiles than a phone bears; the oldest go first. */
async function thin(cache: Cache): Promise<void> {
  const known = await cache.keys();
  await Promise.all(known.slice(0, Math.max(0, known.length - TILE_LIMIT)).map((request) => cache.delete(request)));
}
