/** Tells which code has tasks to draw. Knows nothing of the page. */

/** Matches what gives a cell tasks that run before it ends. */
const RUNS =
  /\b(?:await|async (?:with|for)|asyncio\.run|asyncio\.Runner|run_until_complete|create_task|ensure_future)\b/;
const DEFINES = /^(\s*)(?:async\s+)?(?:def|class)\b/;

/**
 * Return whether a cell awaits something itself, not only in functions that it defines.
 *
 * Goes by indentation. A wrong guess costs a button too many or too few; Python decides.
 */
export function runsTasks(source: string): boolean {
  let inside: number | null = null; // how far the function is indented whose body this is
  for (const line of source.split("\n")) {
    const code = line.replace(/#.*$/, "");
    if (!code.trim() || /^\s*[)\]}]/.test(code)) continue;
    const indent = code.length - code.trimStart().length;
    if (inside !== null && indent > inside) continue;
    const defines = DEFINES.exec(code);
    inside = defines ? (defines[1] ?? "").length : null;
    if (inside === null && RUNS.test(code)) return true;
  }
  return false;
}
