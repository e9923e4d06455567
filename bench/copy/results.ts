/** What a run of the benchmark found; `--json` writes exactly this. */
import type { Machine } from "./machine.ts";

export const METHODS = ["floor", "find-insert-many", "ours", "dump-restore"] as const;
export type MethodName = (typeof METHODS)[number];

/** How a method was used where it leaves a choice; the best of a few is taken in the warm-up. */
export type Settings = Readonly<Record<string, number>>;

export interface Measured {
  /** From the first read (the floor: the first write) to the last acknowledgement. */
  readonly seconds: number;
  /** CPU time of the client's process in these seconds; null where it cannot be told. */
  readonly cpuSeconds: number | null;
  /** Most memory the client's process ever had resident; null where it cannot be told. */
  readonly peakBytes: number | null;
}

export interface Measurement extends Measured {
  readonly shape: string;
  readonly method: MethodName;
  /** From 1. Methods are compared within a round. */
  readonly round: number;
  readonly settings: Settings;
}

export interface MeasuredShape {
  readonly name: string;
  readonly description: string;
  readonly documentCount: number;
  /** BSON bytes of all documents. */
  readonly dataBytes: number;
}

export interface CopyResults {
  readonly benchmark: "copy";
  readonly date: string;
  readonly machine: Machine;
  readonly mongod: string;
  readonly scale: number;
  readonly rounds: number;
  readonly shapes: readonly MeasuredShape[];
  /** Methods that were asked for, but could not be measured, and why. */
  readonly absent: readonly { readonly method: MethodName; readonly reason: string }[];
  readonly measurements: readonly Measurement[];
}
