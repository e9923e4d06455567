/**
 * Servers that outlive a test file: a source and a destination for each worker, started when a file first asks for them. The process
 * that runs all workers starts and stops them, and lends them to one process at a time.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ReplicaSet } from "../../dev/mongod/replica-set.ts";
import { type BorrowedSet, type End, SERVERS_VARIABLE, startOwnSet } from "./borrow-set.ts";

interface Pair {
  /** Process that has borrowed it; null: none has. */
  borrower: number | null;
  readonly sets: Partial<Record<End, Promise<ReplicaSet>>>;
}

/** Once for all projects that need servers. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env[SERVERS_VARIABLE] !== undefined) return undefined;
  const pairs: Pair[] = [];
  const server = createServer((request, response) => {
    const [, pid = "", what = ""] = (request.url ?? "").split("/");
    const pair = pairOf(pairs, Number(pid));
    if (what === "return") {
      pair.borrower = null;
      response.end("{}");
      return;
    }
    lend(pair, what as End).then(
      (set) => response.end(JSON.stringify(set)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  process.env[SERVERS_VARIABLE] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return async () => {
    server.close();
    for (const set of pairs.flatMap(({ sets }) => Object.values(sets))) {
      await (await set.catch(() => null))?.stop();
    }
  };
}

/** What was not returned, by a worker that has crashed, is lent to none: something of it may still be at work there. */
function pairOf(pairs: Pair[], pid: number): Pair {
  const own = pairs.find(({ borrower }) => borrower === pid);
  if (own !== undefined) return own;
  const pair = pairs.find(({ borrower }) => borrower === null) ?? { borrower: pid, sets: {} };
  if (!pairs.includes(pair)) pairs.push(pair);
  pair.borrower = pid;
  return pair;
}

async function lend({ sets }: Pair, end: End): Promise<BorrowedSet> {
  const started = (sets[end] ??= startOwnSet(end));
  // One that could not be started is tried again for the next.
  started.catch(() => delete sets[end]);
  const { name, uri, hosts, version } = await started;
  return { name, uri, hosts, version };
}
