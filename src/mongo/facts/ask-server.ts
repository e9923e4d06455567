/** Asks a server for what the precheck would like to know. No answer is an answer too: nothing here may stop or delay a migration. */
import { type Document, type MongoClient, MongoServerError } from "mongodb";
import pLimit from "p-limit";
import { raceAbort } from "../race-abort.ts";

/** Commands under way at a time: enough to hide latency, too few to be noticed. */
const CONCURRENCY = 6;
const MAX_TIME_EXPIRED = 50;

export type Reply =
  | { readonly kind: "answered"; readonly document: Document }
  | { readonly kind: "refused"; readonly code: number; readonly message: string }
  | { readonly kind: "silent" };

/** @throws what the driver throws when the connection is lost. */
export type AskServer = (database: string, command: Document) => Promise<Reply>;

/** @param timeoutMs - For each command, counted from when it is sent. */
export function createAskServer(client: MongoClient, timeoutMs: number): AskServer {
  const limit = pLimit(CONCURRENCY);
  return async (database, command) => limit(async () => ask(client, database, command, timeoutMs));
}

async function ask(
  client: MongoClient,
  database: string,
  command: Document,
  timeoutMs: number,
): Promise<Reply> {
  const timeout = AbortSignal.timeout(timeoutMs);
  // The server gives up by itself as well, rather than working on for nobody.
  const running = client.db(database).command({ ...command, maxTimeMS: timeoutMs });
  try {
    return { kind: "answered", document: await raceAbort(running, timeout) };
  } catch (error) {
    if (timeout.aborted) {
      // It ends with the client, and nobody waits for it.
      running.catch(() => {});
      return { kind: "silent" };
    }
    if (!(error instanceof MongoServerError)) throw error;
    if (error.code === MAX_TIME_EXPIRED) return { kind: "silent" };
    return { kind: "refused", code: Number(error.code), message: error.message };
  }
}

/** The answer, or null where there is none. */
export function answerOf(reply: Reply): Document | null {
  return reply.kind === "answered" ? reply.document : null;
}
