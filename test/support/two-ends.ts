/** Source and destination of the tests of a file: borrowed replica sets. */
import { MongoClient } from "mongodb";
import { type BorrowedSet, borrowSet, emptyDeployment } from "./borrow-set.ts";

export interface TwoEnds extends AsyncDisposable {
  readonly source: BorrowedSet;
  readonly destination: BorrowedSet;
  /** Of the source. */
  readonly client: MongoClient;
  /** Of the destination. */
  readonly there: MongoClient;
  /** As the connections of tests name them. */
  readonly uris: { readonly SOURCE_URI: string; readonly DESTINATION_URI: string };
  /** Drops all that tests have made at both. */
  empty(): Promise<void>;
}

/** Both are empty. */
export async function openTwoEnds(): Promise<TwoEnds> {
  const [source, destination] = await Promise.all([borrowSet("source"), borrowSet("destination")]);
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
      await Promise.all([emptyDeployment(client), emptyDeployment(there)]);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([client.close(), there.close()]);
    },
  };
}
