/** Starts a replica set, prints what it is made of, and waits to be ended; for tests of how that goes. */
import { startReplicaSet } from "../../dev/mongod/replica-set.ts";

const set = await startReplicaSet({ members: Number(process.argv[2] ?? "1") });
process.stdout.write(`${JSON.stringify({ uri: set.uri, pids: set.pids() })}\n`);
setInterval(() => {}, 60_000);
