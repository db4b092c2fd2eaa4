// What must survive a restart of the browser: one IndexedDB with positions and acts not yet sent, films, and what was last known.

export interface StoredFix {
  device: number;
  time: string; // ISO 8601, by the phone's clock
  at: number; // the same as Unix ms
  lat: number;
  lon: number;
  speed: number | null; // m/s
  course: number | null; // degrees
  altitude: number | null; // m
  accuracy: number | null; // m
  battery: number | null; // 0..1
}

/** Something that was done here and is to be told to the station, once. */
export interface StoredAct {
  id: string; // a UUID: its Idempotency-Key
  order: number; // Unix ms, ever larger: the order in which they are sent
  who: string; // user name; nobody else's session may send it
  what: string;
  method: "POST" | "PATCH";
  path: string; // below /api/v1/
  body: Record<string, unknown>;
  subject: string; // what it concerns, for the page: an incident's number or ""
  after?: string; // the act that must have been taken before: a photo's note
  refused?: string; // the station's words, where it will never take it
}

const NAME = "terminal";
type Store = "fixes" | "acts" | "kept" | "photos" | "films" | "pieces";

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 3);
    asked.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) {
        asked.result.createObjectStore("fixes", { keyPath: ["device", "at"] }).createIndex("at", "at");
        asked.result.createObjectStore("acts", { keyPath: "id" }).createIndex("order", "order");
        asked.result.createObjectStore("kept");
      }
      if (oldVersion < 2) asked.result.createObjectStore("photos"); // the bytes of photos by the id of the act that sends them
      asked.result.createObjectStore("films", { keyPath: "id" }); // see films.ts
      asked.result.createObjectStore("pieces"); // the bytes of films by [film, number]
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => {
        asked.result.close(); // or a newer page in another window would wait for this one
        opened = null;
      };
      done(asked.result);
    };
    asked.onerror = () => failed(asked.error ?? new Error("expected a database in this browser, found none"));
  });
  return opened;
}

/** Run one request in a transaction of its own; done once the transaction is. */
export async function run<T>(name: Store, mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  return new Promise((done, failed) => {
    const transaction = database.transaction(name, mode);
    const asked = ask(transaction.objectStore(name));
    transaction.oncomplete = () => done(asked.result);
    transaction.onerror = transaction.onabort = () => failed(transaction.error ?? new Error(`${name}: the transaction failed`));
  });
}

export const putFix = (fix: StoredFix): Promise<unknown> => run("fixes", "readwrite", (store) => store.put(fix));

export const countFixes = (): Promise<number> => run("fixes", "readonly", (store) => store.count());

/** The newest positions, newest first, at most `limit`, all of the device of the newest. */
export async function newestFixes(limit: number): Promise<StoredFix[]> {
  const database = await open();
  return new Promise((done, failed) => {
    const found: StoredFix[] = [];
    const asked = database.transaction("fixes").objectStore("fixes").index("at").openCursor(null, "prev");
    asked.onerror = () => failed(asked.error);
    asked.onsuccess = () => {
      const cursor = asked.result;
      if (!cursor || found.length >= limit) return done(found);
      const fix = cursor.value as StoredFix;
      if (!found[0] || found[0].device === fix.device) found.push(fix);
      cursor.continue();
    };
  });
}

/** Forget positions that the station has taken. */
export async function dropFixes(fixes: StoredFix[]): Promise<void> {
  const database = await open();
  return new Promise((done, failed) => {
    const transaction = database.transaction("fixes", "readwrite");
    for (const { device, at } of fixes) transaction.objectStore("fixes").delete([device, at]);
    transaction.oncomplete = () => done();
    transaction.onerror = transaction.onabort = () => failed(transaction.error);
  });
}

export const putAct = (act: StoredAct): Promise<unknown> => run("acts", "readwrite", (store) => store.put(act));

/** Keep acts and the photos that belong to some of them, all or none. */
export const putActs = (acts: StoredAct[], photos: Map<string, ArrayBuffer>): Promise<void> =>
  both(["acts", "photos"], (kept, bytes) => {
    for (const act of acts) kept.put(act);
    for (const [id, photo] of photos) bytes.put(photo, id);
  });

/** Forget acts and their photos. */
export const dropActs = (ids: string[]): Promise<void> =>
  both(["acts", "photos"], (kept, bytes) => {
    for (const id of ids) {
      kept.delete(id);
      bytes.delete(id);
    }
  });

/** Change two stores, all or nothing; what is kept is on the disk then. */
export async function both(names: [Store, Store], change: (one: IDBObjectStore, other: IDBObjectStore) => void): Promise<void> {
  const database = await open();
  return new Promise((done, failed) => {
    const transaction = database.transaction(names, "readwrite", { durability: "strict" });
    change(transaction.objectStore(names[0]), transaction.objectStore(names[1]));
    transaction.oncomplete = () => done();
    transaction.onerror = transaction.onabort = () => failed(transaction.error ?? new Error("expected room on this phone, found none"));
  });
}

/** The bytes of a photo that waits, undefined where there is none. */
export const photoOf = (id: string): Promise<ArrayBuffer | undefined> =>
  run("photos", "readonly", (store) => store.get(id) as IDBRequest<ArrayBuffer | undefined>);

/** All acts that wait, in the order in which they were done. */
export const allActs = (): Promise<StoredAct[]> => run("acts", "readonly", (store) => store.index("order").getAll());

/** What was kept under a name, undefined where nothing was. */
export const recall = <T>(name: string): Promise<T | undefined> =>
  run("kept", "readonly", (store) => store.get(name) as IDBRequest<T | undefined>);

export const keep = (name: string, value: unknown): Promise<unknown> => run("kept", "readwrite", (store) => store.put(value, name));

export const forget = (name: string): Promise<unknown> => run("kept", "readwrite", (store) => store.delete(name));

/** Names under which something is kept. */
export const keptNames = (): Promise<string[]> => run("kept", "readonly", (store) => store.getAllKeys() as IDBRequest<string[]>);

/** The devices of positions that are not yet sent. */
export async function fixDevices(): Promise<number[]> {
  const keys = await run("fixes", "readonly", (store) => store.getAllKeys());
  return [...new Set((keys as [number, number][]).map(([device]) => device))];
}

/** Whether this browser was ever a terminal; asking makes it none. */
export async function isThere(): Promise<boolean> {
  return (await indexedDB.databases()).some((one) => one.name === NAME);
}
