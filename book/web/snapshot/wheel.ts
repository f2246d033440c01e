/** Read the files of a wheel, and where each one lies in it. */
import { inflateRawSync } from "node:zlib";

const END = 0x06054b50;
const ENTRY = 0x02014b50;

export interface WheelFile {
  name: string;
  data: Uint8Array;
  /** Where it lies in the wheel, how many bytes it has there, and how it is packed. */
  start: number;
  stored: number;
  method: number;
}

/** Return the files of a wheel. */
export function readWheel(wheel: Buffer): WheelFile[] {
  let end = wheel.length - 22;
  while (end >= 0 && wheel.readUInt32LE(end) !== END) end--;
  if (end < 0) throw new Error("This is not a zip file.");
  const files: WheelFile[] = [];
  let at = wheel.readUInt32LE(end + 16);
  for (let left = wheel.readUInt16LE(end + 10); left > 0; left--) {
    if (wheel.readUInt32LE(at) !== ENTRY) throw new Error("The zip file's directory is broken.");
    const method = wheel.readUInt16LE(at + 10);
    const stored = wheel.readUInt32LE(at + 20);
    const nameLength = wheel.readUInt16LE(at + 28);
    const name = wheel.toString("utf8", at + 46, at + 46 + nameLength);
    const local = wheel.readUInt32LE(at + 42);
    const start = local + 30 + wheel.readUInt16LE(local + 26) + wheel.readUInt16LE(local + 28);
    at += 46 + nameLength + wheel.readUInt16LE(at + 30) + wheel.readUInt16LE(at + 32);
    if (name.endsWith("/")) continue;
    const bytes = wheel.subarray(start, start + stored);
    if (method !== 0 && method !== 8) throw new Error(`${name} is packed in a way only zip tools know.`);
    files.push({ name, data: method === 8 ? inflateRawSync(bytes) : bytes, start, stored, method });
  }
  return files;
}
