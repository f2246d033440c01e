import { beforeEach, expect, test, vi } from "vitest";
import { Saved, type SavedState } from "../src/shared/saved";

/** The browser's storage: what each cache has, by address. */
let stored: Map<string, Map<string, Response>>;
beforeEach(() => {
  stored = new Map();
  const open = async (name: string) => {
    const files = stored.get(name) ?? new Map<string, Response>();
    stored.set(name, files);
    return { put: async (address: string, response: Response) => void files.set(address, response) };
  };
  const match = async (address: string, { cacheName }: { cacheName: string }) =>
    stored.get(cacheName)?.get(address)?.clone();
  vi.stubGlobal("caches", { open, match });
});

const saved = new Saved("https://example.org/overlap/");
const STATE: SavedState = { current: "a", areas: ["guide"], ready: null };

test("what is saved is found again", async () => {
  expect(await saved.read()).toBeNull();
  await saved.write(STATE);
  expect(await saved.read()).toEqual(STATE);
});

test("a guide that was saved before areas had this name still counts", async () => {
  const { areas, ...rest } = STATE;
  await saved.write({ ...rest, parts: areas } as unknown as SavedState);
  expect(await saved.read()).toEqual(STATE);
});
