/**
 * Takes the hashes that depend on Python's seed out of a snapshot; src/rehash.ts puts others in.
 *
 * The memory is searched for objects that keep their hash and for tables that go by hashes.
 * What looks like one counts only if its hashes are those that Python computes for its content.
 */
import {
  DICT_KEYS,
  dictEntries,
  dictKeys,
  FREE,
  findSlot,
  HASH_AT,
  INTERNAL,
  internalEntries,
  internalHash,
  isMixed,
  MIXED_ENTRY_WORDS,
  NO_HASH,
  placeSet,
  rehash,
  SEED_BYTES,
  SET,
  setEntries,
} from "../src/worker/rehash.ts";

/** Where static data begins. */
const LOWEST = 1024;
/** Less than every address of an object, more than the references to any. */
const MANY_REFERENCES = 1 << 20;
/** The count of an object that is never freed is at least this. */
const IMMORTAL = 1 << 30;
// Offsets in bytes.
const TYPE = 4;
const LENGTH = 8;
/** The content of bytes, and the elements of a tuple. */
const CONTENT = 16;
const TEXT = { state: 16, asciiContent: 20, content: 28, pointer: 28 };
const TYPE_FLAGS = 84;
/** The functions that every internal table has. Those that free its keys and values may be missing. */
const INTERNAL_FUNCTIONS = [12, 16, 20, 32, 36];
/** Bits of tp_flags: what the objects of a type are. */
const IS = { tuple: 1 << 26, bytes: 1 << 27, text: 1 << 28 };

/**
 * Find what depends on the seed. `types` has the address of every type.
 *
 * Returns `kept`, the places where objects keep a hash that they can compute anew, and
 * `tables`, as `rehash` wants them.
 */
export function findHashes(Module, types) {
  const memory = Module.HEAPU8.slice();
  Module._PyGC_Disable();
  const search = new Search(Module, types);
  const { kept, texts, internal, sets, mixed } = search.run();
  const tables = { texts, internal, sets: [], mixed: [] };
  // Which of the others depend on the seed shows when there is another.
  strip(Module, { kept, tables });
  rehash(Module, tables, new Uint8Array(SEED_BYTES).fill(0x5a));
  const hasChanged = ({ key, at }) => search.hash(key) !== Module.HEAP32[at >> 2];
  for (const set of search.innerFirst(sets, kept)) {
    if (!setEntries(Module, set).some(hasChanged)) continue;
    tables.sets.push(set);
    placeSet(Module, set);
  }
  tables.mixed = mixed.filter((keys) => dictEntries(Module, keys).some(hasChanged));
  Module.HEAPU8.set(memory);
  return { kept, tables };
}

/** Take out what was found: of the live memory, or of a copy that has the same views. */
export function strip(memory, { kept, tables }) {
  const { HEAP32, HEAPU8 } = memory;
  HEAPU8.fill(0, memory.__Py_HashSecret, memory.__Py_HashSecret + SEED_BYTES);
  for (const at of kept) HEAP32[at >> 2] = NO_HASH;
  const dicts = [...tables.texts, ...tables.mixed];
  for (const keys of dicts) {
    const { slots, firstSlot, mask } = dictKeys(memory, keys);
    slots.fill(FREE, firstSlot, firstSlot + mask + 1);
  }
  const entries = [
    ...dicts.filter((keys) => isMixed(memory, keys)).flatMap((keys) => dictEntries(memory, keys)),
    ...tables.sets.flatMap((set) => setEntries(memory, set)),
    ...tables.internal.flatMap((table) => internalEntries(memory, table)),
  ];
  for (const { at } of entries) HEAP32[at >> 2] = 0;
}

class Search {
  constructor(Module, types) {
    this.memory = Module;
    this.end = Module._sbrk(0);
    this.flags = new Map(types.map((type) => [type, this.word(type + TYPE_FLAGS)]));
  }

  word(address) {
    return this.memory.HEAPU32[address >> 2];
  }

  hashAt(address) {
    return this.memory.HEAP32[address >> 2];
  }

  /** What Python computes, or NO_HASH. */
  hash(object) {
    const hash = this.memory._PyObject_Hash(object);
    if (hash === NO_HASH) this.memory._PyErr_Clear();
    return hash;
  }

  /** Is this an object, and if it is a tuple, all that it holds? To hash a tuple hashes that. */
  isObject(address) {
    if (!this.isIn(address, CONTENT)) return false;
    const flags = this.flags.get(this.word(address + TYPE));
    if (flags === undefined || this.isFree(address)) return false;
    if (!(flags & IS.tuple)) return true;
    const length = this.word(address + LENGTH);
    if (!this.isIn(address, CONTENT + length * 4)) return false;
    for (let i = 0; i < length; i++) if (!this.isObject(this.word(address + CONTENT + i * 4))) return false;
    return true;
  }

  /** What waits for reuse, an object or the keys of a dict, has an address, or 0, where others count references. */
  isFree(address) {
    const references = this.word(address);
    return references === 0 || (references >= MANY_REFERENCES && references < IMMORTAL);
  }

  isIn(address, bytes) {
    return address >= LOWEST && address % 4 === 0 && address + bytes <= this.end;
  }

  run() {
    const { _PySet_Type, _PyFrozenSet_Type } = this.memory;
    const isA = (type, base) => this.memory._PyType_IsSubtype(type, base) === 1;
    const seen = { kept: [], texts: [], mixed: [], sets: [], internal: [] };
    const mixed = [];
    const tuples = [];
    for (let at = LOWEST; at + 64 < this.end; at += 4) {
      if (this.isFree(at)) continue;
      const type = this.word(at + TYPE);
      const flags = this.flags.get(type);
      if (flags === undefined) {
        // no object
      } else if (flags & (IS.text | IS.bytes)) {
        if (this.isTextOrBytes(at, flags)) seen.kept.push(at + HASH_AT);
      } else if (flags & IS.tuple) {
        if (this.keepsHash(at) && this.isObject(at)) tuples.push(at);
      } else if (isA(type, _PySet_Type) || isA(type, _PyFrozenSet_Type)) {
        if (this.isSet(at)) seen.sets.push(at);
      }
      if (this.isDictKeys(at)) (isMixed(this.memory, at) ? mixed : seen.texts).push(at);
      if (this.isInternal(at)) seen.internal.push(at);
    }
    // Now Python may run: nothing more is searched.
    const isRight = ({ key, at }) => this.hash(key) === this.hashAt(at);
    for (const keys of mixed) {
      const entries = dictEntries(this.memory, keys);
      if (entries.every(isRight))
        (entries.every(({ key }) => this.isText(key)) ? seen.texts : seen.mixed).push(keys);
    }
    seen.sets = seen.sets.filter((set) => setEntries(this.memory, set).every(isRight));
    for (const set of seen.sets) if (this.hashAt(set + SET.hash) !== NO_HASH) seen.kept.push(set + SET.hash);
    for (const tuple of tuples) if (this.isRightTuple(tuple)) seen.kept.push(tuple + HASH_AT);
    return seen;
  }

  /** Does this str, bytes or tuple keep a hash that matters? That of nothing is always the same. */
  keepsHash(at) {
    return this.hashAt(at + HASH_AT) !== NO_HASH && this.word(at + LENGTH) > 0;
  }

  isText(object) {
    return this.word(object + TYPE) === this.memory._PyUnicode_Type;
  }

  isTextOrBytes(at, flags) {
    if (!this.keepsHash(at)) return false;
    const [start, bytes] = flags & IS.text ? this.textContent(at) : [at + CONTENT, this.word(at + LENGTH)];
    return (
      start >= LOWEST &&
      start + bytes <= this.end &&
      this.memory._Py_HashBuffer(start, bytes) === this.hashAt(at + HASH_AT)
    );
  }

  /** Where the characters are, and how many bytes they take. */
  textContent(at) {
    const state = this.word(at + TEXT.state); // bits: 2 interned, 3 bytes a character, compact, ASCII
    const isCompact = state & 0x20;
    const isASCII = state & 0x40;
    const start = isCompact
      ? at + (isASCII ? TEXT.asciiContent : TEXT.content)
      : this.word(at + TEXT.pointer);
    return [start, this.word(at + LENGTH) * ((state >> 2) & 7)];
  }

  isRightTuple(at) {
    if (!this.keepsHash(at) || !this.isObject(at)) return false; // Python has run in between
    const { HEAP32 } = this.memory;
    const hash = this.hashAt(at + HASH_AT);
    HEAP32[(at + HASH_AT) >> 2] = NO_HASH;
    const found = this.hash(at);
    HEAP32[(at + HASH_AT) >> 2] = hash;
    return found === hash;
  }

  /** Are these the keys of a dict, each of them where its hash leads? */
  isDictKeys(at) {
    const { HEAPU8 } = this.memory;
    const log2Size = HEAPU8[at + DICT_KEYS.log2Size];
    const kind = HEAPU8[at + DICT_KEYS.kind];
    if (log2Size < 3 || log2Size > 20 || kind > 2) return false;
    const width = log2Size < 8 ? 0 : log2Size < 16 ? 1 : 2;
    if (HEAPU8[at + DICT_KEYS.log2IndexBytes] !== log2Size + width) return false;
    const room = Math.floor((2 << log2Size) / 3);
    if (this.word(at + DICT_KEYS.count) + this.word(at + DICT_KEYS.usable) > room) return false;
    const table = dictKeys(this.memory, at);
    const { slots, firstSlot, mask, count, firstEntry } = table;
    if (!this.isIn(firstEntry, count * MIXED_ENTRY_WORDS * 4)) return false;
    if (!slots.subarray(firstSlot, firstSlot + mask + 1).includes(FREE)) return false;
    const entries = dictEntries(this.memory, at);
    const isKey = ({ key }) => this.isObject(key) && (isMixed(this.memory, at) || this.isText(key));
    const isInPlace = ({ at, number }) => slots[findSlot(table, this.hashAt(at), number)] === number;
    return entries.length > 0 && entries.every(isKey) && entries.every(isInPlace);
  }

  isSet(at) {
    const mask = this.word(at + SET.mask);
    const used = this.word(at + SET.used);
    if (mask < 7 || mask & (mask + 1) || !used || used > mask || used > this.word(at + SET.fill))
      return false;
    if (!this.isIn(this.word(at + SET.table), (mask + 1) * 8)) return false;
    const entries = setEntries(this.memory, at);
    return entries.length === used && entries.every(({ key }) => this.isObject(key));
  }

  isInternal(at) {
    const count = this.word(at + INTERNAL.count);
    const buckets = this.word(at + INTERNAL.buckets);
    const first = this.word(at + INTERNAL.table);
    if (!count || buckets < 16 || buckets & (buckets - 1) || count > buckets) return false;
    if (!this.isIn(first, buckets * 4)) return false;
    let left = count;
    for (let bucket = 0; bucket < buckets; bucket++) {
      for (let entry = this.word(first + bucket * 4); entry; entry = this.word(entry)) {
        if (!this.isIn(entry, 16) || !left--) return false;
      }
    }
    const isFunction = (index) => index > 0 && index < this.memory.wasmTable.length;
    if (left || !INTERNAL_FUNCTIONS.every((offset) => isFunction(this.word(at + offset)))) return false;
    const hash = internalHash(this.memory, at);
    return internalEntries(this.memory, at).every(({ key, at: kept }) => hash(key) === this.hashAt(kept));
  }

  /** The sets in an order in which one whose hash is needed to fill another comes before it. */
  innerFirst(sets, kept) {
    const forget = () => {
      for (const at of [...kept, ...sets.map((set) => set + SET.hash)]) this.memory.HEAP32[at >> 2] = NO_HASH;
    };
    const ordered = new Set();
    const visit = (set) => {
      if (ordered.has(set)) return;
      forget();
      for (const { key } of setEntries(this.memory, set)) this.hash(key);
      // A frozenset keeps its hash from when it is asked.
      sets.filter((other) => this.hashAt(other + SET.hash) !== NO_HASH).forEach(visit);
      ordered.add(set);
    };
    sets.forEach(visit);
    forget();
    return [...ordered];
  }
}
