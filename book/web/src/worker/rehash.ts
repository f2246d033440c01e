/**
 * Gives a restored Python a hash seed of its own.
 *
 * Python draws a seed when it starts. The hash of every text depends on it, and so does the
 * text's place in every dict and set. A snapshot therefore holds no such hash and no such
 * place: snapshot/hashes.mjs takes them out and lists the tables. Here each key gets its place
 * again, as CPython would choose it.
 *
 * Written for CPython 3.14 with addresses of 32 bits. What is where in memory is said by its
 * Include/internal/pycore_dict.h, Include/cpython/setobject.h and
 * Include/internal/pycore_hashtable.h.
 */

/** Addresses of the tables whose order depends on the seed. */
export interface HashTables {
  /** Keys of dicts that are all of type str; one that once had another key keeps hashes beside them. */
  texts: number[];
  /** Keys of other dicts. */
  mixed: number[];
  /** Sets and frozensets; one whose hash is needed to fill another comes before it. */
  sets: number[];
  /** Tables that CPython keeps for itself, such as that of the interned names. */
  internal: number[];
}

/** The parts of Emscripten's module that are used here. */
export interface Memory {
  HEAP8: Int8Array;
  HEAP16: Int16Array;
  HEAP32: Int32Array;
  HEAPU8: Uint8Array;
  HEAPU32: Uint32Array;
  wasmTable: WebAssembly.Table;
  /** Where the seed is. */
  __Py_HashSecret: number;
  /** Computes a hash, or returns the one that the object keeps. */
  _PyObject_Hash(object: number): number;
}

/** A key of a table, and the address where the table keeps the key's hash. */
export interface Entry {
  key: number;
  at: number;
}

/** sizeof(_Py_HashSecret_t) */
export const SEED_BYTES = 24;
/** Stands for "not computed yet": no object has this hash. */
export const NO_HASH = -1;

// Offsets in bytes, sizes in words of 4.

/** The hash that a str, bytes or tuple keeps. */
export const HASH_AT = 12;

export const DICT_KEYS = { log2Size: 4, log2IndexBytes: 5, kind: 6, usable: 12, count: 16, indices: 20 };
const KIND_MIXED = 0;
export const MIXED_ENTRY_WORDS = 3; // hash, key, value
const TEXT_ENTRY_WORDS = 2; // key, value
/** What a slot holds that was never used. */
export const FREE = -1;
const PERTURB_SHIFT = 5;

export const SET = { fill: 8, used: 12, mask: 16, table: 20, hash: 24 };
const SET_ENTRY_WORDS = 2; // key, hash
const LINEAR_PROBES = 9;

export const INTERNAL = { count: 0, buckets: 4, table: 8, hashFunction: 16 };
const INTERNAL_ENTRY = { next: 0, hash: 4, key: 8 };

/** Write the seed, and put every key in its place. To be called before Python runs. */
export function rehash(memory: Memory, tables: HashTables, seed: Uint8Array): void {
  memory.HEAPU8.set(seed, memory.__Py_HashSecret);
  for (const keys of tables.texts) placeDict(memory, keys);
  for (const table of tables.internal) placeInternal(memory, table);
  // From here on hashing may run Python.
  for (const set of tables.sets) placeSet(memory, set);
  for (const keys of tables.mixed) placeDict(memory, keys);
}

function hashOf(memory: Memory, object: number): number {
  const hash = memory._PyObject_Hash(object);
  if (hash === NO_HASH) throw new Error(`The object at ${object} has no hash.`);
  return hash;
}

/** The table of a dict: the numbers of its entries are in slots[firstSlot] and following. */
export function dictKeys({ HEAP8, HEAP16, HEAP32, HEAPU8 }: Memory, keys: number) {
  const log2Size = HEAPU8[keys + DICT_KEYS.log2Size]!;
  const log2Bytes = HEAPU8[keys + DICT_KEYS.log2IndexBytes]!;
  const width = log2Bytes - log2Size;
  return {
    count: HEAP32[(keys + DICT_KEYS.count) >> 2]!,
    mask: (1 << log2Size) - 1,
    slots: width === 0 ? HEAP8 : width === 1 ? HEAP16 : HEAP32,
    firstSlot: (keys + DICT_KEYS.indices) >> width,
    firstEntry: keys + DICT_KEYS.indices + (1 << log2Bytes),
  };
}

/** Does this dict keep a hash beside each key, as it does for keys that are not all str? */
export function isMixed({ HEAPU8 }: Memory, keys: number): boolean {
  return HEAPU8[keys + DICT_KEYS.kind] === KIND_MIXED;
}

/** The first of the slots that CPython tries for a hash that holds this number, or is free. */
export function findSlot(
  { slots, firstSlot, mask }: ReturnType<typeof dictKeys>,
  hash: number,
  number: number,
): number {
  let perturb = hash >>> 0;
  let slot = hash & mask;
  while (slots[firstSlot + slot] !== FREE && slots[firstSlot + slot] !== number) {
    perturb >>>= PERTURB_SHIFT;
    slot = (slot * 5 + perturb + 1) & mask;
  }
  return firstSlot + slot;
}

/** The entries of a dict, and their numbers. */
export function dictEntries(memory: Memory, keys: number): (Entry & { number: number })[] {
  const { count, firstEntry } = dictKeys(memory, keys);
  const mixed = isMixed(memory, keys);
  const found = [];
  for (let number = 0; number < count; number++) {
    const word = (firstEntry >> 2) + number * (mixed ? MIXED_ENTRY_WORDS : TEXT_ENTRY_WORDS);
    const key = memory.HEAPU32[mixed ? word + 1 : word]!;
    if (key) found.push({ key, at: mixed ? word * 4 : key + HASH_AT, number });
  }
  return found;
}

function placeDict(memory: Memory, keys: number): void {
  const entries = dictEntries(memory, keys);
  for (const { key, at } of entries) {
    const hash = hashOf(memory, key);
    memory.HEAP32[at >> 2] = hash; // the view is asked for late: Python may have got more memory
  }
  const table = dictKeys(memory, keys); // all its slots are free: hashes.mjs has emptied it
  for (const { at, number } of entries)
    table.slots[findSlot(table, memory.HEAP32[at >> 2]!, number)] = number;
}

export function setEntries({ HEAP32, HEAPU32 }: Memory, set: number): Entry[] {
  const first = HEAPU32[(set + SET.table) >> 2]! >> 2;
  const size = HEAP32[(set + SET.mask) >> 2]! + 1;
  const found = [];
  for (let word = first; word < first + size * SET_ENTRY_WORDS; word += SET_ENTRY_WORDS) {
    // An element that was removed left a dummy, with no hash.
    if (HEAPU32[word] && HEAP32[word + 1] !== NO_HASH)
      found.push({ key: HEAPU32[word]!, at: (word + 1) * 4 });
  }
  return found;
}

export function placeSet(memory: Memory, set: number): void {
  const elements = setEntries(memory, set).map(({ key }) => ({ key, hash: hashOf(memory, key) }));
  const { HEAP32, HEAPU32 } = memory;
  const first = HEAPU32[(set + SET.table) >> 2]! >> 2;
  const mask = HEAP32[(set + SET.mask) >> 2]!;
  HEAPU32.fill(0, first, first + (mask + 1) * SET_ENTRY_WORDS);
  for (const { key, hash } of elements) {
    let perturb = hash >>> 0;
    let slot = hash & mask;
    let word: number;
    while (!(word = freeNeighbour(HEAPU32, first, slot, mask))) {
      perturb >>>= PERTURB_SHIFT;
      slot = (slot * 5 + perturb + 1) & mask;
    }
    HEAPU32[word] = key;
    HEAP32[word + 1] = hash;
  }
  HEAP32[(set + SET.fill) >> 2] = elements.length; // the dummies are gone
}

/** A set tries the slots that follow too, if they are all in its table. 0 if none is free. */
function freeNeighbour(HEAPU32: Uint32Array, first: number, slot: number, mask: number): number {
  const last = slot + LINEAR_PROBES <= mask ? slot + LINEAR_PROBES : slot;
  for (let i = slot; i <= last; i++) {
    const word = first + i * SET_ENTRY_WORDS;
    if (!HEAPU32[word]) return word;
  }
  return 0;
}

/** The entries of an internal table. Its keys are no objects; it has a list for each bucket. */
export function internalEntries({ HEAPU32 }: Memory, table: number): Entry[] {
  const first = HEAPU32[(table + INTERNAL.table) >> 2]! >> 2;
  const buckets = HEAPU32[(table + INTERNAL.buckets) >> 2]!;
  const found = [];
  for (let bucket = first; bucket < first + buckets; bucket++) {
    let entry = HEAPU32[bucket]!;
    while (entry) {
      found.push({ key: HEAPU32[(entry + INTERNAL_ENTRY.key) >> 2]!, at: entry + INTERNAL_ENTRY.hash });
      entry = HEAPU32[(entry + INTERNAL_ENTRY.next) >> 2]!;
    }
  }
  return found;
}

/** The function that hashes the keys of an internal table. */
export function internalHash({ HEAPU32, wasmTable }: Memory, table: number): (key: number) => number {
  return wasmTable.get(HEAPU32[(table + INTERNAL.hashFunction) >> 2]!) as (key: number) => number;
}

function placeInternal(memory: Memory, table: number): void {
  const { HEAP32, HEAPU32 } = memory;
  const entries = internalEntries(memory, table);
  const hashOfKey = internalHash(memory, table);
  const first = HEAPU32[(table + INTERNAL.table) >> 2]! >> 2;
  const buckets = HEAPU32[(table + INTERNAL.buckets) >> 2]!;
  HEAPU32.fill(0, first, first + buckets);
  for (const { key, at } of entries) {
    const hash = hashOfKey(key);
    const entry = at - INTERNAL_ENTRY.hash;
    const bucket = first + (hash & (buckets - 1));
    HEAP32[at >> 2] = hash;
    HEAPU32[(entry + INTERNAL_ENTRY.next) >> 2] = HEAPU32[bucket]!;
    HEAPU32[bucket] = entry;
  }
}
