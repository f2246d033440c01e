/**
 * Gives what the Python and the TypeScript of this project must agree on. Each fact stands once, in
 * `contract.json`; `book/contract` reads the same file for Python. Its keys are the types.
 *
 * The names are imported one by one: so a bundle has only those that it uses.
 */
import {
  attributes,
  cell_file_prefix,
  type cell_states,
  drawing,
  give_back_after_minutes,
  type kernel_states,
  type matches,
  type outputs,
  practice,
  type runs,
} from "../../../contract/overlap_contract/contract.json";

export type CellState = keyof typeof cell_states;
export type KernelState = keyof typeof kernel_states;
export type Match = keyof typeof matches;
export type Runs = keyof typeof runs;
export type OutputKind = keyof typeof outputs;

/** Attribute names. */
export const ATTRIBUTES = attributes;
export const DRAWING = drawing;
/** So long may a tab be in the background before a Python that does nothing is ended. */
export const GIVE_BACK_AFTER_MINUTES = give_back_after_minutes;
export const PRACTICE = practice;
export const CELL_FILE_PREFIX = cell_file_prefix;
