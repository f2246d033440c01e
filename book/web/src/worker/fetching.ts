/** Counts the bytes of everything this worker fetches, and names the file that fails. */

export interface FetchReport {
  bytes(file: string, loaded: number): void;
  failed(file: string, why: string): void;
}

/** Thrown when a file did not arrive. The message names the file. */
export class FileError extends Error {
  constructor(
    readonly file: string,
    why = "",
  ) {
    super(`${file} could not be loaded${why && ` (${why})`}`);
    this.name = "FileError";
  }
}

/** Something answered in the place of the file: the sign-in page of a network, say. */
const NOT_EXPECTED = "not the expected content";

/** Fetch a JSON file; the error names it. */
export async function fetchJson(url: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  try {
    return JSON.parse(await response.text());
  } catch (error) {
    if (error instanceof SyntaxError) throw new FileError(fileName(url), NOT_EXPECTED);
    throw error;
  }
}

export function fileName(url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? "";
  return path.slice(path.lastIndexOf("/") + 1) || path;
}

const ZIP_STARTS_WITH = "P".charCodeAt(0); // of "PK", its authors' mark
const RETRY_AFTER = 400;

/** Wrap `original`; every response is counted as it streams, one quiet retry included. */
export function countedFetch(original: typeof fetch, report: FetchReport): typeof fetch {
  return async (input, init) => {
    const file = fileName(input instanceof Request ? input.url : String(input));
    const failed = (why: string): FileError => {
      report.failed(file, why);
      return new FileError(file, why);
    };
    let response: Response;
    try {
      response = await original(input, init).catch(async () => {
        await new Promise((resume) => setTimeout(resume, RETRY_AFTER));
        return original(input, init);
      });
    } catch {
      throw failed(await reason(original, input));
    }
    if (!response.ok) throw failed(`HTTP ${response.status}`);
    // None of our files is HTML.
    if (/^text\/html\b/i.test(response.headers.get("content-type") ?? "")) throw failed(NOT_EXPECTED);
    if (!response.body) return response;
    if (response.headers.get("content-type") === "application/wasm") {
      // The browser keeps compiled code by the response as it came; one made here is compiled anew.
      void count(response.clone(), (loaded) => report.bytes(file, loaded));
      return response;
    }
    let loaded = 0;
    const reader = response.body.getReader();
    const zip = /\.(zip|whl)$/.test(file);
    const counted = new ReadableStream<Uint8Array>({
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) return controller.close();
          if (zip && loaded === 0 && value[0] !== ZIP_STARTS_WITH) {
            void reader.cancel();
            return controller.error(failed(NOT_EXPECTED));
          }
          loaded += value.byteLength;
          report.bytes(file, loaded);
          controller.enqueue(value);
        } catch {
          controller.error(failed("the connection broke off"));
        }
      },
      cancel: (reason) => reader.cancel(reason),
    });
    const headers = new Headers(response.headers);
    // Some servers do not know the type, and streaming compilation insists on it.
    if (file.endsWith(".wasm")) headers.set("content-type", "application/wasm");
    return new Response(counted, { status: response.status, headers });
  };
}

async function count(response: Response, report: (loaded: number) => void): Promise<void> {
  let loaded = 0;
  const reader = response.body!.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      loaded += value.byteLength;
      report(loaded);
    }
  } catch {
    // Whoever uses the response hears of it.
  }
}

/** Ask once more without the checksum, to say why: one that does not match hides even a 404. */
async function reason(original: typeof fetch, input: RequestInfo | URL): Promise<string> {
  try {
    const { ok, status } = await original(input);
    return ok ? "its content is not what the lock file says" : `HTTP ${status}`;
  } catch {
    return "no answer from the server";
  }
}
