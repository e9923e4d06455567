/**
 * Servers that outlive a test file: each worker has a source and a destination of its own, which are started when a file first
 * asks for them. The process that runs all workers starts and stops them, and answers here with their addresses.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ReplicaSet } from "../../dev/mongod/replica-set.ts";
import { type BorrowedSet, type End, SERVERS_VARIABLE, startOwnSet } from "./borrow-set.ts";

/** Once for all projects that need servers. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env[SERVERS_VARIABLE] !== undefined) return undefined;
  const sets = new Map<string, Promise<ReplicaSet>>();
  const answer = async (path: string): Promise<BorrowedSet> => {
    const started = sets.get(path) ?? startOwnSet(path.split("/").at(-1) as End);
    sets.set(path, started);
    const { name, uri, hosts, version } = await started;
    return { name, uri, hosts, version };
  };
  const server = createServer((request, response) => {
    answer(request.url ?? "").then(
      (address) => response.end(JSON.stringify(address)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  process.env[SERVERS_VARIABLE] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return async () => {
    server.close();
    for (const started of sets.values()) await (await started.catch(() => null))?.stop();
  };
}
