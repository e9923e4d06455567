#!/usr/bin/env node
/** What npm installs as `mongoferry`: the program behind a setting that has to come before anything else. */
import { turnOffIncrementalMarking } from "./base/turn-off-incremental-marking.ts";

// With options, other code may run already, also in threads of its own.
if (process.execArgv.length === 0 && (process.env["NODE_OPTIONS"] ?? "") === "") {
  turnOffIncrementalMarking();
}
// Loading takes memory, and so may make V8 begin to mark: the setting would come too late with a static import.
await import("./cli.ts");
