// Films of a scene as this phone keeps them: what each is, and its bytes in the pieces in which they came.

import { both, run } from "./vault.js";

export interface Film {
  id: string; // a UUID: its key at the station
  who: string; // user name; nobody else's session may send it
  incident: string; // whose scene it is, "" for none
  type: string; // as the recorder names it
  began: number; // Unix ms, by the phone's clock
  ended: number;
  bytes: number;
  pieces: number;
  hasSound: boolean;
  sha256: string; // of all of it; "" while it is being made, or where its page died meanwhile
}

/** The film with one more piece, on the disk. */
export async function addPiece(film: Film, piece: Blob): Promise<void> {
  const grown = { ...film, bytes: film.bytes + piece.size, pieces: film.pieces + 1, ended: Date.now() };
  await both(["films", "pieces"], (films, pieces) => {
    films.put(grown);
    pieces.put(piece, [film.id, film.pieces]);
  });
  Object.assign(film, grown);
}

export const putFilm = (film: Film): Promise<unknown> => run("films", "readwrite", (store) => store.put(film));

/** All films on this phone, the oldest first. */
export async function allFilms(): Promise<Film[]> {
  const found = await run("films", "readonly", (store) => store.getAll() as IDBRequest<Film[]>);
  return found.sort((one, other) => one.began - other.began);
}

const piecesOf = (id: string) => IDBKeyRange.bound([id, 0], [id, Infinity]);

/** All bytes of a film, which stay on the disk until they are read. */
export async function bytesOf(film: Film): Promise<Blob> {
  const pieces = await run("pieces", "readonly", (store) => store.getAll(piecesOf(film.id)) as IDBRequest<Blob[]>);
  return new Blob(pieces, { type: film.type });
}

/** Forget a film; only what the station has may be forgotten, or what holds nothing. */
export const dropFilm = (id: string): Promise<void> =>
  both(["films", "pieces"], (films, pieces) => {
    films.delete(id);
    pieces.delete(piecesOf(id));
  });

/** SHA-256 of bytes in hex, as sha256sum counts it. */
export async function sha256(bytes: Blob): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await bytes.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
