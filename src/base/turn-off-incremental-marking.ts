import { setFlagsFromString } from "node:v8";

/**
 * Makes V8 collect garbage in one go instead of in small steps with marking threads beside them. Each batch of a copy is
 * megabytes of memory outside V8's heap, which makes it collect every few batches: in steps that takes three times the
 * CPU time of the rest of the program, in one go a few milliseconds each (docs/decisions/garbage-collection.md).
 *
 * To be called before anything else happens, in a process with one thread of JavaScript: where any has begun to mark, it ends in crashes.
 */
export function turnOffIncrementalMarking(): void {
  setFlagsFromString("--no-incremental-marking");
}
