// @ts-expect-error Plain JavaScript, as it runs before anything is installed.
import { ensureBuilt } from "../../scripts/prepare-checkout.mjs";

/** Compiles the program once for all workers: the tests start what users install, and it starts in half the time. */
export function setup(): void {
  ensureBuilt();
}
