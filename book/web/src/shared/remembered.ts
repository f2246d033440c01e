/** Remembers, between visits, that this browser has Python's files; saving and removing them says so, too. */

const KEY = "overlap:python";

/** Return whether this browser has started Python from the files of this version before. */
export function hasPython(version: string): boolean {
  try {
    return version !== "" && localStorage.getItem(KEY) === version;
  } catch {
    return false;
  }
}

/** Remember that Python started from the files of this version. */
export function rememberPython(version: string): void {
  try {
    localStorage.setItem(KEY, version);
  } catch {
    // No storage: on the next page Python starts when it is asked for.
  }
}

/** Forget it: the files were removed. */
export function forgetPython(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Nothing was remembered.
  }
}
