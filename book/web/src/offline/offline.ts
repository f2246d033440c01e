/**
 * Entry of "Save this guide for offline use": downloads the site into the browser's storage, and keeps
 * a saved guide up to date. Loaded where the page has a place for it, and on every page of a
 * saved guide (page/site/saved-guide.ts).
 *
 * Modules of `offline/` import from `offline/` and `shared/`; of them, `page/` imports `registration` only.
 */

import { having } from "../shared/attributes";
import { forgetPython } from "../shared/remembered";
import { type Area, type Manifest, pythonCache, SAVING, Saved, type SavedState } from "../shared/saved";
import { register, withLock } from "./registration";

const ROOT = new URL("../../", import.meta.url).href;
const AT_ONCE = 6;

const PYTHON = pythonCache(ROOT);
const saved = new Saved(ROOT);

/** The site was published anew while its files were being saved. */
class SiteChanged extends Error {}

/** Service workers are switched off. */
class Unsupported extends Error {}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

async function fetchManifest(): Promise<Manifest> {
  const response = await fetch(`${ROOT}offline.json`, { cache: "no-store" });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.json()) as Manifest;
}

const bytesOf = (manifest: Manifest, areas: Area[]): number =>
  manifest.files.reduce((sum, [, , bytes, area]) => sum + (areas.includes(area) ? bytes : 0), 0);

/**
 * Put every file of `areas` into the cache of its version. Files that an older saved version
 * has unchanged, and Python's from an earlier run, are copied; every other one must have the hash
 * that the list gives.
 */
async function download(
  manifest: Manifest,
  areas: Area[],
  signal: AbortSignal,
  progress: (loaded: number) => void,
): Promise<void> {
  const cache = await saved.cacheOf(manifest.version);
  const state = await saved.read();
  const older = state && (await saved.cacheOf(state.current));
  const known = new Map<string, string>();
  if (older) {
    const list = await older.match(`${ROOT}offline.json`);
    for (const [path, hash] of list ? ((await list.json()) as Manifest).files : []) known.set(path, hash);
  }
  const waiting = manifest.files.filter(([, , , area]) => areas.includes(area));
  let loaded = 0;
  const next = async (): Promise<void> => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      const [path, hash, bytes] = file;
      const url = ROOT + path;
      signal.throwIfAborted();
      if (!(await cache.match(url))) {
        const unchanged = known.get(path) === hash ? await older?.match(url) : undefined;
        const response =
          unchanged ??
          (await keptByPython(url, hash)) ??
          (await fetch(url, {
            cache: "no-cache",
            headers: { [SAVING]: "1" },
            integrity: `sha256-${hash}`,
            signal,
          }));
        if (!response.ok) throw new Error(`HTTP ${response.status} for ${path}`);
        await cache.put(url, response);
      }
      loaded += bytes;
      progress(loaded);
    }
  };
  let failed: unknown = null;
  const lane = (): Promise<void> =>
    next().catch((error: unknown) => {
      failed ??= error;
      waiting.length = 0; // the others end with the file they are at
    });
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  if (failed) {
    const error = failed as Error;
    if (signal.aborted || error.name === "QuotaExceededError") throw error;
    // A file that is not what the list says fails like one that did not come.
    const present = await fetchManifest().catch(() => null);
    if (present && present.version !== manifest.version) throw new SiteChanged();
    throw error;
  }
  await cache.put(`${ROOT}offline.json`, new Response(JSON.stringify(manifest)));
}

/** Return one of Python's files, if it is here and undamaged. */
async function keptByPython(url: string, hash: string): Promise<Response | undefined> {
  const kept = await caches.match(url, { cacheName: PYTHON });
  if (!kept) return undefined;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await kept.clone().arrayBuffer()));
  return btoa(String.fromCharCode(...digest)) === hash ? kept : undefined;
}

/** Save the present version of the site. Resolves with what is saved then. */
async function save(
  areas: Area[],
  signal: AbortSignal,
  progress: (loaded: number, total: number) => void,
): Promise<SavedState> {
  const manifest = await fetchManifest();
  const total = bytesOf(manifest, areas);
  progress(0, total);
  await download(manifest, areas, signal, (loaded) => progress(loaded, total));
  const before = await saved.read();
  const { version } = manifest;
  const state: SavedState =
    before && before.current !== version
      ? { ...before, areas, ready: version }
      : { current: version, areas, ready: null };
  await saved.write(state);
  await saved.drop((other) => other !== state.current && other !== state.ready);
  // The saved guide has Python's files, and Python starts from those.
  await deletePython();
  return state;
}

// --- the box on the page ---------------------------------------------------------------------

const TEXT = {
  unsupported:
    "This browser offers no storage for a saved guide here. A private window is one reason; an address without https is another.",
  saving: "Saving",
  saved: (areas: Area[]) =>
    areas.includes("jupyterlite")
      ? "Saved on this device: the guide, Python and the notebooks work without a connection."
      : "Saved on this device: the guide and Python work without a connection.",
  cancelled: "Cancelled. Nothing was kept.",
  removing: "Removing. If Python is starting, this waits for it.",
  removed: "Removed from this device.",
  full: "There is not enough room on this device. Nothing was kept.",
  failed: "The connection broke off. Press Save again to go on where it stopped.",
  changed: "The site was updated in the meantime. Press Save again.",
  noList: "There is no connection. Try again later.",
};

class Box {
  private readonly status = document.createElement("p");
  private readonly bar = document.createElement("progress");
  private readonly count = document.createElement("span");
  private readonly progress = document.createElement("p");
  private readonly buttons = document.createElement("p");
  private readonly also = document.createElement("input");
  private readonly choice = document.createElement("label");

  constructor(place: HTMLElement) {
    this.status.setAttribute("role", "status");
    this.bar.setAttribute("aria-label", TEXT.saving);
    this.progress.append(this.bar, this.count);
    this.progress.hidden = true;
    this.also.type = "checkbox";
    this.choice.append(this.also);
    place.replaceChildren(this.choice, this.buttons, this.progress, this.status);
    place.hidden = false;
  }

  async show(said = ""): Promise<void> {
    this.progress.hidden = true;
    const state = await saved.read();
    if (state) {
      this.choice.hidden = true;
      this.status.textContent = said || TEXT.saved(state.areas);
      this.offer({ "Remove from this device": () => this.remove() });
      return;
    }
    const manifest = await fetchManifest().catch(() => null);
    this.status.textContent = said || (manifest ? "" : TEXT.noList);
    if (!manifest) return this.offer({ "Try again": () => this.show() });
    this.choice.hidden = false;
    this.choice.replaceChildren(
      this.also,
      ` The notebooks in JupyterLite, too (${megabytes(bytesOf(manifest, ["jupyterlite"]))} more)`,
    );
    const size = megabytes(bytesOf(manifest, ["guide"]));
    const actions: Record<string, () => unknown> = {
      [`Save this guide for offline use (${size})`]: () => this.save(),
    };
    if (await caches.has(PYTHON)) actions["Remove Python's files from this device"] = () => this.remove();
    this.offer(actions);
  }

  private offer(actions: Record<string, () => unknown>): void {
    const hadFocus = this.buttons.contains(document.activeElement);
    this.buttons.replaceChildren(
      ...Object.entries(actions).map(([label, act]) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "run-button";
        button.textContent = label;
        button.addEventListener("click", () => void act());
        return button;
      }),
    );
    if (hadFocus) this.buttons.querySelector("button")?.focus();
  }

  private async save(): Promise<void> {
    const areas: Area[] = this.also.checked ? ["guide", "jupyterlite"] : ["guide"];
    const abort = new AbortController();
    this.choice.hidden = true;
    this.progress.hidden = false;
    this.count.textContent = "";
    this.bar.removeAttribute("value");
    this.status.textContent = TEXT.saving;
    this.offer({ Cancel: () => abort.abort() });
    try {
      await withLock(ROOT, async () => {
        await register(ROOT);
        if (!(await navigator.serviceWorker.getRegistration(ROOT))) throw new Unsupported();
        void navigator.storage?.persist?.().catch(() => false);
        await save(areas, abort.signal, (loaded, total) => {
          this.bar.max = total;
          this.bar.value = loaded;
          this.count.textContent = `${megabytes(loaded)} of ${megabytes(total)}`;
        });
      });
      await navigator.serviceWorker.ready;
      await this.show();
    } catch (error) {
      const { name } = error as Error;
      const full = name === "QuotaExceededError";
      if (error instanceof Unsupported || name === "SecurityError") return this.refuse();
      if (abort.signal.aborted || full) await forget();
      const why = abort.signal.aborted
        ? TEXT.cancelled
        : error instanceof SiteChanged
          ? TEXT.changed
          : TEXT.failed;
      await this.show(full ? TEXT.full : why);
    }
  }

  private refuse(): void {
    this.progress.hidden = true;
    this.offer({});
    this.status.textContent = TEXT.unsupported;
  }

  private async remove(): Promise<void> {
    this.status.textContent = TEXT.removing;
    await forget();
    await deletePython();
    forgetPython();
    await this.show(TEXT.removed);
  }
}

/** Delete Python's files, but not while a tab is starting Python: that would put them back. */
async function deletePython(): Promise<void> {
  await navigator.locks.request(PYTHON, () => caches.delete(PYTHON));
}

/** Delete what was saved, and the worker that served it. */
async function forget(): Promise<void> {
  await saved.removeAll();
  const registration = await navigator.serviceWorker.getRegistration(ROOT);
  if (registration?.scope === ROOT) await registration.unregister();
}

// --- a new version ---------------------------------------------------------------------------

/** Save a newer version of a saved guide in the background; say when it is whole. */
async function update(): Promise<void> {
  let state = await saved.read();
  if (!state) return;
  const { connection } = navigator as Navigator & { connection?: { saveData?: boolean } };
  if (!state.ready && navigator.onLine && !connection?.saveData) {
    const { areas, current } = state;
    const newest = await fetchManifest().catch(() => null);
    if (!newest || newest.version === current) return;
    state = await withLock(ROOT, () => save(areas, new AbortController().signal, () => undefined));
  }
  if (state.ready) announce();
}

function announce(): void {
  const note = document.createElement("div");
  note.className = "new-version";
  note.setAttribute("role", "status");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "run-button";
  button.textContent = "Reload";
  button.addEventListener("click", async () => {
    const state = await saved.read();
    if (state) await saved.promote(state);
    location.reload();
  });
  note.append("A new version is ready. ", button);
  document.body.append(note);
}

const place = document.querySelector<HTMLElement>(having("offline"));
const supported = (): boolean => {
  try {
    return (
      isSecureContext && "serviceWorker" in navigator && Boolean(navigator.serviceWorker) && Boolean(caches)
    );
  } catch {
    return false; // storage is forbidden
  }
};

if (supported()) {
  if (place) {
    new Box(place).show().catch(() => (place.textContent = TEXT.unsupported));
  }
  update().catch(() => undefined); // the next visit tries again
} else if (place) {
  place.hidden = false;
  place.textContent = TEXT.unsupported;
}
