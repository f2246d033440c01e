export interface WheelFile {
  name: string;
  data: Uint8Array;
  start: number;
  stored: number;
  method: number;
}
export function readWheel(wheel: Uint8Array): WheelFile[];
