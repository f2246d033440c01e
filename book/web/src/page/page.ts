/** Declares what the page's entry has, and gives to the code that it loads late. Types only. */
import type { KernelState } from "../shared/contract";
import type { CellView } from "./cell";

export interface Page {
  cells: CellView[];
  /** The version of Python's files that the page was published with. */
  version: string;
  setKernel(state: KernelState): void;
  /** Say something in the page's toolbar. */
  tell(message: string): void;
  /** Show the button that restarts Python. */
  offerRestart(): void;
  /** Modules of the entry: importing them would split it into more requests. */
  edits: Pick<typeof import("./edits"), "rememberEdit" | "forgetEdit" | "fingerprint">;
  chunks: CellView["chunks"];
}
