/** Finds one sentence about a classic mistake, and where the guide teaches it. The hints are in hints.json. */

import type { RunResult } from "../shared/protocol";
import hints from "./hints.json";

/** A hint holds when one of its patterns matches; a pattern is for one source. `error` and `traceback` go together. */
export interface Hint {
  id: string;
  /** Of an exception: "Type: message", also of those in its group and those it came from. */
  error?: string;
  /** Of the traceback as the page shows it, for a message that alone says too little. */
  traceback?: string;
  /** Of what was printed on stderr. */
  stderr?: string;
  /** Of the text of a value that was displayed. */
  result?: string;
  /** `time.sleep` held up other tasks; `{held}` in the sentence is how long. */
  held?: boolean;
  /** The sentence. Code stands in backticks, as in `title`. */
  say: string;
  /** A page of the site and the place on it, and that place's heading. */
  page: string;
  title: string;
}

/** Traces of a run that a hint can go by. */
export interface Traces {
  error: RunResult["error"];
  stderr: string;
  results: string[];
  held: number;
}

/** Return the hint that fits best: of the error if there is one, else of what the run said and did. */
export function findHint({ error, stderr, results, held }: Traces): Hint | null {
  const all: Hint[] = hints;
  for (const { type, message } of error?.all ?? []) {
    const hint = all.find(
      (each) =>
        each.error &&
        new RegExp(each.error, "s").test(`${type}: ${message}`) &&
        new RegExp(each.traceback ?? "").test(error?.text ?? ""),
    );
    if (hint) return hint;
  }
  return (
    all.find(
      (each) =>
        (each.stderr && new RegExp(each.stderr).test(stderr)) ||
        (each.result && results.some((text) => new RegExp(each.result ?? "").test(text))) ||
        (each.held && held > 0),
    ) ?? null
  );
}
