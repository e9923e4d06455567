/** The program itself, following in a process of its own. */
import { execa } from "execa";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const SPEC = `apiVersion: mongoferry.dev/v1
kind: Connection
metadata: {name: source}
spec: {provider: mongodb, uri: {env: SOURCE_URI}}
---
apiVersion: mongoferry.dev/v1
kind: Connection
metadata: {name: destination}
spec: {provider: mongodb, uri: {env: DESTINATION_URI}}
---
apiVersion: mongoferry.dev/v1
kind: Migration
metadata: {name: bench}
spec:
  mode: full-and-incremental
  source: {connection: source}
  destination: {connection: destination}
  objects: [{database: bench}]
`;

export interface Follower {
  readonly pid: number | undefined;
  /** Ends it as Ctrl-C would; it goes on from there the next time. */
  stop(): Promise<void>;
}

/** Starts the program, and returns as soon as it is in phase Streaming and follows. */
export async function startFollower(env: {
  readonly SOURCE_URI: string;
  readonly DESTINATION_URI: string;
}): Promise<Follower> {
  const directory = await mkdtemp(join(tmpdir(), "mongoferry-bench-"));
  const file = join(directory, "bench.yaml");
  await writeFile(file, SPEC);
  const run = execa(
    process.execPath,
    [...(process.env["BENCH_NODE"]?.split(" ") ?? []), CLI, "apply", "--file", file],
    {
      cwd: directory,
      env,
      reject: false,
    },
  );
  let said = "";
  await new Promise<void>((resolve, reject) => {
    run.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (process.env["BENCH_SAY"]) process.stderr.write(chunk);
      // The first time it follows until the destination is consistent.
      const from = said.includes("→ Copying") ? said.indexOf("→ Streaming") : 0;
      if (from !== -1 && said.includes("Follows the changes", from)) resolve();
    });
    run.once("exit", () => reject(new Error(`The program ended by itself: ${said}`)));
  });
  return {
    pid: run.pid,
    async stop() {
      run.kill("SIGTERM");
      await run;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
