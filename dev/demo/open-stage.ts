import { MongoClient } from "mongodb";
import { rm } from "node:fs/promises";
import { findMongod } from "../mongod/find-mongod.ts";
import { type ReplicaSet, startReplicaSet } from "../mongod/replica-set.ts";
import { createRunDirectory } from "../mongod/run-directory.ts";

/** What the demo plays on. Disposing of it ends the servers and removes all of its files. */
export interface Stage extends AsyncDisposable {
  readonly oldSet: ReplicaSet;
  readonly newSet: ReplicaSet;
  readonly oldClient: MongoClient;
  readonly newClient: MongoClient;
  /** An empty folder; swept at the next start should this process be killed. */
  readonly folder: string;
}

/** Starts two replica sets of one member each. */
export async function openStage(stop: AbortSignal): Promise<Stage> {
  // May download one, which takes long enough for second thoughts.
  await Promise.race([findMongod(), rejectWhenAborted(stop)]);
  const [oldSet, newSet] = await startBoth();
  const clients = [oldSet, newSet].map(({ uri }) => new MongoClient(uri));
  const [oldClient, newClient] = clients as [MongoClient, MongoClient];
  const folder = await createRunDirectory();
  return {
    oldSet,
    newSet,
    oldClient,
    newClient,
    folder,
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(clients.map(async (client) => client.close()));
      await Promise.all([
        oldSet.stop(),
        newSet.stop(),
        rm(folder, { recursive: true, force: true, maxRetries: 5 }),
      ]);
    },
  };
}

/** Either both or none. */
async function startBoth(): Promise<readonly [ReplicaSet, ReplicaSet]> {
  const [first, second] = await Promise.allSettled([
    startReplicaSet({ name: "old" }),
    startReplicaSet({ name: "new" }),
  ]);
  if (first.status === "fulfilled" && second.status === "fulfilled") {
    return [first.value, second.value];
  }
  if (first.status === "fulfilled") await first.value.stop();
  if (second.status === "fulfilled") await second.value.stop();
  throw [first, second].find((result) => result.status === "rejected")?.reason;
}

function rejectWhenAborted(stop: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    stop.addEventListener("abort", () => reject(stop.reason as Error), { once: true });
  });
}
