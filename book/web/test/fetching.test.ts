import { expect, test, vi } from "vitest";
import { countedFetch, fetchJson, fileName } from "../src/worker/fetching";

function recorder() {
  const seen: [string, number][] = [];
  const failed: string[] = [];
  return {
    seen,
    failed,
    report: {
      bytes: (file: string, loaded: number) => void seen.push([file, loaded]),
      failed: (file: string, why: string) => void failed.push(`${file}: ${why}`),
    },
  };
}

test("a file's name is the end of its path", () => {
  expect(fileName("https://a.example/x/y-1.whl?v=2#z")).toBe("y-1.whl");
});

test("bytes are counted as they arrive and the content is untouched", async () => {
  const { report, seen } = recorder();
  const chunks = [new TextEncoder().encode("PK".padEnd(10)), new Uint8Array(32)];
  const body = new ReadableStream({
    pull: (c) => (chunks.length ? c.enqueue(chunks.shift()) : c.close()),
  });
  const fetched = countedFetch(async () => new Response(body), report);
  const response = await fetched("https://a.example/lite/python_stdlib.zip");
  expect((await response.arrayBuffer()).byteLength).toBe(42);
  expect(seen).toEqual([
    ["python_stdlib.zip", 10],
    ["python_stdlib.zip", 42],
  ]);
});

test("WebAssembly gets its type from any server", async () => {
  const wrong = new Response("", { headers: { "content-type": "text/plain" } });
  const response = await countedFetch(async () => wrong, recorder().report)("a/x.wasm");
  expect(response.headers.get("content-type")).toBe("application/wasm");
});

test("a missing file is named with its status", async () => {
  const { report, failed } = recorder();
  const fetched = countedFetch(async () => new Response("", { status: 404 }), report);
  await expect(fetched("x/pyodide-lock.json")).rejects.toThrow(
    "pyodide-lock.json could not be loaded (HTTP 404)",
  );
  expect(failed).toEqual(["pyodide-lock.json: HTTP 404"]);
});

test("a connection that fails once is tried again", async () => {
  let calls = 0;
  const flaky = async () => {
    calls += 1;
    if (calls === 1) throw new TypeError("Failed to fetch");
    return new Response("PK ok");
  };
  const { report, failed } = recorder();
  const response = await countedFetch(flaky, report)("x/y.whl");
  expect(await response.text()).toBe("PK ok");
  expect(failed).toEqual([]);
});

test("a server that does not answer is named so", async () => {
  const dead = async () => Promise.reject(new TypeError("Failed to fetch"));
  await expect(countedFetch(dead, recorder().report)("x/y.whl")).rejects.toThrow(
    "y.whl could not be loaded (no answer from the server)",
  );
});

test("a checksum that does not match is told apart from no answer", async () => {
  const strict = async (_: unknown, init?: RequestInit) => {
    if (init?.integrity) throw new TypeError("Failed to fetch");
    return new Response("changed");
  };
  await expect(
    countedFetch(strict, recorder().report)("x/y.whl", { integrity: "sha256-abc" }),
  ).rejects.toThrow("its content is not what the lock file says");
});

test("a download that breaks off is named", async () => {
  const { report, failed } = recorder();
  const body = new ReadableStream({ pull: (c) => c.error(new Error("reset")) });
  const response = await countedFetch(async () => new Response(body), report)("x/y.whl");
  await expect(response.text()).rejects.toThrow("y.whl could not be loaded (the connection broke off)");
  expect(failed).toEqual(["y.whl: the connection broke off"]);
});

test.each(["python_stdlib.zip", "kernel.json", "pyodide.asm.wasm"])(
  "a page in the place of %s is not taken for it",
  async (file) => {
    const { report, failed } = recorder();
    const headers = { "content-type": "text/html; charset=utf-8" };
    const portal = async () => new Response("<h1>Sign in</h1>", { headers });
    await expect(countedFetch(portal, report)("x/" + file)).rejects.toThrow(
      `${file} could not be loaded (not the expected content)`,
    );
    expect(failed).toEqual([`${file}: not the expected content`]);
  },
);

test("an archive that is none is named, whatever type the server gives it", async () => {
  const headers = { "content-type": "application/octet-stream" };
  const response = await countedFetch(
    async () => new Response("<html>", { headers }),
    recorder().report,
  )("x/y.zip");
  await expect(response.text()).rejects.toThrow("y.zip could not be loaded (not the expected content)");
});

test("a JSON file that is none is named", async () => {
  vi.stubGlobal("fetch", async () => new Response("<html>"));
  await expect(fetchJson("x/kernel.json")).rejects.toThrow(
    "kernel.json could not be loaded (not the expected content)",
  );
  vi.unstubAllGlobals();
});
