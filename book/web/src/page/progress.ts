/**
 * Tells how far the start of the kernel is, in bytes on the wire. What arrives is counted unpacked,
 * as a browser tells it, and scaled by the sizes in the list of files.
 */
import type { KernelConfig, Stage } from "../shared/protocol";
import { text } from "./text";

export interface ProgressReport {
  /** The stage and its numbers, for people. */
  text: string;
  /** The same without numbers, for screen readers: changes once per stage. */
  stage: string;
  loaded: number;
  total: number;
}

export class Progress {
  private stage: Stage = "worker";
  private config: KernelConfig | null = null;
  private readonly bytes = new Map<string, number>();

  setStage(stage: Stage): void {
    this.stage = stage;
  }

  setConfig(config: KernelConfig): void {
    this.config = config;
  }

  /** Note that `loaded` bytes of `file` have arrived. */
  setBytes(file: string, loaded: number): void {
    this.bytes.set(file, loaded);
  }

  report(): ProgressReport {
    const { config } = this;
    if (this.stage === "worker" || !config) {
      return { text: text.starting, stage: text.starting, loaded: 0, total: 0 };
    }
    const { snapshot } = config;
    // The standard library is in the snapshot.
    const counted = Object.entries(config.runtime).filter(([file]) => !snapshot || !file.endsWith(".zip"));
    const runtime = this.sum(Object.fromEntries(counted), config.transfer);
    const kernel = snapshot ? { [snapshot.file]: snapshot.bytes } : config.wheels;
    const packages = this.sum(kernel, kernel);
    const loaded = runtime.loaded + packages.loaded;
    const total = runtime.total + packages.total;
    if (this.stage === "kernel") return { text: text.kernel, stage: text.kernel, loaded: total, total };
    return { text: text.filesSoFar(loaded, total), stage: text.files, loaded, total };
  }

  private sum(
    unpacked: Record<string, number>,
    transfer: Record<string, number>,
  ): { loaded: number; total: number } {
    let loaded = 0;
    let total = 0;
    for (const [file, size] of Object.entries(unpacked)) {
      const wire = transfer[file] ?? size;
      total += wire;
      loaded += wire * Math.min(1, (this.bytes.get(file) ?? 0) / size);
    }
    return { loaded, total };
  }
}

/** Calls `slow` and then `dead` when nothing has happened for too long. */
export class Watchdog {
  private timers: ReturnType<typeof setTimeout>[] = [];

  constructor(
    private readonly slow: (seconds: number) => void,
    private readonly dead: (seconds: number) => void,
  ) {}

  /** Something happened: start to wait again, `patience` seconds. */
  beat(patience: number): void {
    this.stop();
    this.timers = [
      setTimeout(() => this.slow(patience), patience * 1000),
      setTimeout(() => this.dead(patience * 4), patience * 4000),
    ];
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }
}
