import type { MongoMemoryServer } from "mongodb-memory-server";

/** `127.0.0.1:port`. */
export function hostOf(server: MongoMemoryServer): string {
  const info = server.instanceInfo;
  if (info === undefined) throw new Error("the server was never started");
  return `${info.ip}:${info.port}`;
}

/** Process id of the server; null while it isn't running. */
export function runningPid(server: MongoMemoryServer): number | null {
  return server.instanceInfo?.instance.mongodProcess?.pid ?? null;
}

/** Ends the server at once and waits until it is gone; its data is either thrown away or meant to need recovery. */
export async function killServer(server: MongoMemoryServer): Promise<void> {
  const child = server.instanceInfo?.instance.mongodProcess;
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    // Not `exit`: the memory server acts on `close`, and must be through with it before a restart.
    const closed = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await closed;
  }
  await server.stop({ doCleanup: false });
}
