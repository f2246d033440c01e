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

export function fileName(url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? "";
  return path.slice(path.lastIndexOf("/") + 1) || path;
}

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
    if (!response.body) return response;
    let loaded = 0;
    const reader = response.body.getReader();
    const counted = new ReadableStream<Uint8Array>({
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) return controller.close();
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

/** A checksum that does not match hides even a 404: ask once more without it, to say why. */
async function reason(original: typeof fetch, input: RequestInfo | URL): Promise<string> {
  try {
    const { ok, status } = await original(input);
    return ok ? "its content is not what the lock file says" : `HTTP ${status}`;
  } catch {
    return "no answer from the server";
  }
}
