// @ts-expect-error Plain JavaScript, as it runs before anything is installed.
import { ensureBuilt } from "../../scripts/prepare-checkout.mjs";

/** Bundles the program once for all workers: the tests start what users install. */
export function setup(): void {
  ensureBuilt();
}
