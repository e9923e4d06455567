/**
 * A deployment that refuses the writes of users as a whole (`setUserWriteBlockMode`, servers from 6.0 on). Accounts with the action
 * `bypassWriteBlockingMode`, as `root` and `restore` have it, write on.
 * Source: https://www.mongodb.com/docs/manual/reference/command/setUserWriteBlockMode/
 */
import { type MongoClient, MongoServerError } from "mongodb";
import { numberOf } from "./facts/read-status.ts";
import { operation } from "./operation-error.ts";

/** `userWriteBlockMode` of `serverStatus`: 1 off, 2 on (seen on 6.0.5). */
const BLOCKED = 2;
const UNAUTHORIZED = 13;

export async function readWriteBlock(
  client: MongoClient,
  connection: string,
): Promise<boolean | null> {
  return operation("read whether writes are blocked", connection, async () => {
    try {
      const status = await client.db("admin").command({ serverStatus: 1, repl: 1 });
      const mode = numberOf(status["repl"]?.userWriteBlockMode);
      return mode === null ? null : mode === BLOCKED;
    } catch (error) {
      if (error instanceof MongoServerError && error.code === UNAUTHORIZED) return null;
      throw error;
    }
  });
}

export async function blockWrites(
  client: MongoClient,
  connection: string,
  isBlocked: boolean,
): Promise<void> {
  await operation(isBlocked ? "block writes" : "allow writes again", connection, async () => {
    // It takes no write concern, and returns once a majority has it.
    await client.db("admin").command({ setUserWriteBlockMode: 1, global: isBlocked });
  });
}
