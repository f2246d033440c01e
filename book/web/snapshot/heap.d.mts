export const HEAP_PAGE: number;
export function zeroFreeMemory(Module: unknown): void;
export function changedPages(heap: Uint8Array, initial: Uint8Array): { runs: number[]; pages: Uint8Array };
