/**
 * Entry of the site's one service worker. It serves a guide that the reader saved for offline use, and
 * is the practice server of cells that want one. Nothing else depends on it.
 *
 * JupyterLite has a service worker of its own for `lite/`; its first line imports this file
 * (book/extension/offline.py), because pages under `lite/` never ask this one.
 */

import { PRACTICE } from "../shared/contract";
import { SAVING, Saved, type SavedState } from "../shared/saved";
import { PracticeServer } from "./practice";

interface WorkerEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface RequestEvent extends WorkerEvent {
  request: Request;
  respondWith(response: Response | Promise<Response>): void;
}
interface PageEvent extends WorkerEvent {
  ports: readonly MessagePort[];
}
interface Worker {
  location: Location;
  /** Where the site's root is, for the worker that imports this one. */
  overlapRoot?: string;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void>; matchAll(options: object): Promise<unknown[]> };
  addEventListener(type: "install" | "activate", act: (event: WorkerEvent) => void): void;
  addEventListener(type: "fetch", act: (event: RequestEvent) => void): void;
  addEventListener(type: "message", act: (event: PageEvent) => void): void;
}
const worker = self as unknown as Worker;

const root = new URL(worker.overlapRoot ?? "./", worker.location.href).href;
const saved = new Saved(root);
const practice = new PracticeServer();

/** What JupyterLite's own worker answers. */
const OF_JUPYTERLITE = /\/api\/(drive|stdin\/|service-worker-heartbeat)/;

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

/** A page asks, so that its Python, which may have started before this worker, can reach it. */
worker.addEventListener("message", (event) =>
  event.waitUntil(worker.clients.claim().then(() => event.ports[0]?.postMessage("claimed"))),
);

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (!request.url.startsWith(root)) return;
  const path = request.url.slice(root.length).replace(/[?#].*/s, "");
  // The list of files is asked for to learn whether there is a newer version.
  if (request.method !== "GET" || path === "offline.json" || request.headers.has(SAVING)) return;
  if (OF_JUPYTERLITE.test(path)) return;
  event.stopImmediatePropagation();
  if (path.startsWith(PRACTICE.path)) {
    const { response, over } = practice.answer(path, new URL(request.url).searchParams);
    event.waitUntil(over); // else the browser may end this worker before the answer
    return event.respondWith(response);
  }
  event.respondWith(answer(request, path));
});

async function answer(request: Request, path: string): Promise<Response> {
  const state = await stateFor(request);
  const found = state && (await fromSaved(state, path));
  if (found) return found;
  try {
    return await fetch(request);
  } catch (error) {
    if (state && request.mode === "navigate") return notSaved(state, path);
    throw error;
  }
}

async function stateFor(request: Request): Promise<SavedState | null> {
  const state = await saved.read().catch(() => null);
  if (!state?.ready || request.mode !== "navigate") return state;
  // The page that the reader leaves is still there; in another one, a change of version would mix two.
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  return pages.length > 1 ? state : saved.promote(state);
}

async function fromSaved(state: SavedState, path: string): Promise<Response | undefined> {
  const cache = await saved.cacheOf(state.current);
  const file = path === "" || path.endsWith("/") ? `${path}index.html` : path;
  return cache.match(root + file);
}

/** Without a network: the saved page for what does not exist, or why this one is missing. */
async function notSaved(state: SavedState, path: string): Promise<Response> {
  if (!path.startsWith("lite/")) return (await fromSaved(state, "404.html")) ?? Response.error();
  const page =
    "<!doctype html><meta charset=utf-8><title>Not saved</title><h1>JupyterLite is not saved on this device</h1>" +
    `<p>There is no connection, and only the guide was saved. <a href="${root}">Back to the guide</a></p>`;
  return new Response(page, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}
