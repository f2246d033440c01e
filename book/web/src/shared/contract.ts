/**
 * What the Python and the TypeScript of this project must agree on. Each fact stands once, in
 * `contract.json`; `book/contract` reads the same file for Python. Its keys are the types.
 */
import contract from "../../../contract/overlap_contract/contract.json";

export type CellState = keyof typeof contract.cell_states;
export type KernelState = keyof typeof contract.kernel_states;
export type Match = keyof typeof contract.matches;

/** Attribute names. */
export const ATTRIBUTES = contract.attributes;
export const PRACTICE = contract.practice;
export const CELL_FILE_PREFIX = contract.cell_file_prefix;
