/** Two replica sets of one member each, as source and destination of the tests of a file. */
import { MongoClient } from "mongodb";
import { type ReplicaSet, startReplicaSet } from "../../dev/mongod/replica-set.ts";

export interface TwoEnds extends AsyncDisposable {
  readonly source: ReplicaSet;
  readonly destination: ReplicaSet;
  /** Of the source. */
  readonly client: MongoClient;
  /** Of the destination. */
  readonly there: MongoClient;
  /** As the connections of tests name them. */
  readonly uris: { readonly SOURCE_URI: string; readonly DESTINATION_URI: string };
  /** Drops all that tests have made at both. */
  empty(): Promise<void>;
}

const OWN = new Set(["admin", "config", "local"]);

export async function openTwoEnds(): Promise<TwoEnds> {
  const [source, destination] = await Promise.all([
    startReplicaSet({ name: "source" }),
    startReplicaSet({ name: "destination" }),
  ]);
  const [client, there] = await Promise.all([
    MongoClient.connect(source.uri),
    MongoClient.connect(destination.uri),
  ]);
  return {
    source,
    destination,
    client,
    there,
    uris: { SOURCE_URI: source.uri, DESTINATION_URI: destination.uri },
    async empty() {
      for (const each of [client, there]) {
        const { databases } = await each.db("admin").admin().listDatabases({ nameOnly: true });
        for (const { name } of databases) if (!OWN.has(name)) await each.db(name).dropDatabase();
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([client.close(), there.close()]);
      await Promise.all([source.stop(), destination.stop()]);
    },
  };
}
