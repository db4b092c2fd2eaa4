// Requests to the REST interface with the session's cookie and the token against forged requests.

import { gettext } from "./i18n.js";

/** An answer that is not 2xx. `code` is for the program, `message` for people, `fields` says which were wrong. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: Record<string, string | string[]>,
    readonly facts: Record<string, unknown>,
  ) {
    super(message);
  }
}

/** Whether a question that was not answered may be answered if it is asked again. */
export const isPassing = (lost: unknown) => lost instanceof Refusal && (lost.status === 0 || lost.status === 429 || lost.status >= 500);

/** What became of a question that was not answered, in words. */
export const whyNot = (lost: unknown): string => (lost instanceof Refusal ? lost.message : gettext("No answer: try again."));

const ROOT = "/api/v1/";
const PATIENCE_MS = 10_000;
const PHOTO_PATIENCE_MS = 90_000; // 900 KB over 10 KB/s

/** GET a path below /api/v1/. */
export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return ask<T>("GET", path, undefined, undefined, signal);
}

/** GET a path, and one header of its answer ("" without it). */
export async function getWith<T>(path: string, header: string, signal?: AbortSignal): Promise<[T, string]> {
  const answer = await answered("GET", path, undefined, undefined, signal);
  return [(await answer.json()) as T, answer.headers.get(header) ?? ""];
}

/** POST below /api/v1/; the same `key` makes a repeated one harmless. */
export function post<T>(path: string, body: unknown = {}, key: string = uuid()): Promise<T> {
  return ask<T>("POST", path, body, key);
}

/** POST a photo (image/jpeg) below /api/v1/; it may take as long as a slow network needs, until `signal` calls it off. */
export async function postPhoto(path: string, photo: ArrayBuffer, key: string, signal: AbortSignal): Promise<void> {
  await carried("POST", path, photo, { "Content-Type": "image/jpeg", "Idempotency-Key": key }, signal);
}

/** PATCH with bytes below /api/v1/, as slowly as a photo. */
export async function patchBytes<T>(path: string, bytes: Blob, signal: AbortSignal): Promise<T> {
  const answer = await carried("PATCH", path, bytes, { "Content-Type": "application/octet-stream" }, signal);
  return (await answer.json()) as T;
}

async function carried(method: string, path: string, body: BodyInit, about: Record<string, string>, signal: AbortSignal): Promise<Response> {
  const headers = { Accept: "application/json", "X-CSRFToken": csrf(), ...about };
  const limits = AbortSignal.any([AbortSignal.timeout(PHOTO_PATIENCE_MS), signal]);
  const answer = await fetch(ROOT + path, { method, headers, body, signal: limits, cache: "no-store" }).catch(cutOff);
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

function cutOff(): never {
  throw new Refusal(0, "cut_off", gettext("The server can't be reached; nothing is lost, try again."), {}, {});
}

/** PATCH below /api/v1/. */
export function patch<T>(path: string, body: unknown): Promise<T> {
  return ask<T>("PATCH", path, body);
}

/** A random UUID; randomUUID itself exists only on secure origins. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 15) | 64;
  bytes[8] = ((bytes[8] ?? 0) & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

async function ask<T>(method: string, path: string, body?: unknown, key?: string, signal?: AbortSignal): Promise<T> {
  const answer = await answered(method, path, body, key, signal);
  return (answer.status === 204 ? null : await answer.json()) as T;
}

async function answered(method: string, path: string, body?: unknown, key?: string, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-CSRFToken"] = csrf();
  if (method !== "GET") headers["X-Clock"] = new Date().toISOString(); // what is told late is reckoned from this
  if (key) headers["Idempotency-Key"] = key;
  const limits = [AbortSignal.timeout(PATIENCE_MS), ...(signal ? [signal] : [])];
  const sent: RequestInit = { method, headers, signal: AbortSignal.any(limits), cache: "no-store" };
  if (body !== undefined) sent.body = JSON.stringify(body);
  const answer = await fetch(ROOT + path, sent).catch((lost: unknown) => {
    if (signal?.aborted) throw lost;
    return cutOff();
  });
  if (answer.ok) return answer;
  throw await refusal(answer);
}

/** What an answer that is not 2xx says. */
export async function refusal(answer: Response): Promise<Refusal> {
  const said = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  const message = typeof said.message === "string" ? said.message : gettext("The server refused (%(status)s).", { status: answer.status });
  const fields = (said.fields ?? {}) as Record<string, string | string[]>;
  return new Refusal(answer.status, String(said.code ?? "failed"), message, fields, said);
}

/** The token that a write of this session must carry. */
export function csrf(): string {
  return cookie("csrftoken");
}

function cookie(name: string): string {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
