/**
 * npm run demo: moves a real database between two real replica sets, as a user would with specs in git. Everything it
 * makes lies in temporary folders, and is gone at the end, however that comes.
 */
import { parseArgs } from "node:util";
import { errorMessage } from "../../src/base/errors.ts";
import { createTell } from "./tell.ts";
import { tellStory } from "./tell-story.ts";

const stop = new AbortController();
const tell = createTell(process.stdout, process.env);

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // What this leaves behind ends by itself (servers) or is swept at the next start (folders).
    if (stop.signal.aborted) process.exit(130);
    stop.abort(new Error(`ended by ${signal}`));
    tell.line("");
    tell.say("Stopping and cleaning up. Once more to leave at once.");
  });
}
// A closed terminal or pipe: nobody is looking any more.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", () => stop.abort(new Error("nobody reads the output")));
}

try {
  const { values } = parseArgs({
    options: { keep: { type: "boolean", default: false }, help: { type: "boolean" } },
  });
  if (values.help === true) {
    process.stdout.write(
      "npm run demo [-- --keep]\n\n  --keep  leave everything running to look around, until Ctrl-C\n",
    );
  } else {
    await tellStory({ tell, env: process.env, isKept: values.keep, stop: stop.signal });
  }
} catch (error) {
  const isStopped = stop.signal.aborted;
  process.stderr.write(`\ndemo: ${isStopped ? "stopped, nothing is left" : errorMessage(error)}\n`);
  // Not by itself: a download of a server may be under way.
  process.exit(isStopped ? 130 : 1);
}
