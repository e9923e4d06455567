/**
 * Sessions for writes, so that none is carried out late: a server that was busy, or a proxy that holds bytes back, may begin with a
 * command long after its connection was cut, its process has ended, and later commands have written newer documents.
 *
 * Each command has a number in its session that none had before. A server refuses a number that is lower than one it has seen in that
 * session (code 225), also after an election, since the highest is written down with what it did. So a write of a higher number, the
 * fence, ends all that a session may still have under way: an earlier command is done by then or never will be
 * (https://github.com/mongodb/specifications/blob/master/source/retryable-writes/retryable-writes.md).
 *
 * - After a failure that leaves open whether a command was carried out, its session is fenced before anything else is written.
 * - The sessions of a process are stored before they are used. The process that takes over fences them first, at the highest number: from
 *   then on the other can write no more.
 *
 * Transactions are numbered alike, and ended alike. As one transaction, servers carry out twice as many updates and deletes in the same
 * time as when each is numbered for itself (docs/decisions/write-sessions.md).
 */
import { randomUUID } from "node:crypto";
import {
  Binary,
  type ClientSession,
  type Document,
  Long,
  type MongoClient,
  MongoErrorLabel,
  MongoServerError,
} from "mongodb";
import { LeaseLostError } from "../base/errors.ts";

/** Sessions stored at a time: more than the commands that are usually under way. */
const SESSIONS_AT_ONCE = 32;
const TRANSACTION_TOO_OLD = 225;
const HIGHEST = Long.fromString("9000000000000000000");
const MAJORITY = { w: "majority" } as const;

/** Of a migration: who writes now, and the sessions that have been used and may still do something. */
interface SessionsDocument {
  readonly _id: string;
  readonly epoch: number;
  readonly sessions: readonly { readonly epoch: number; readonly id: Binary }[];
}

/** What the driver keeps to itself (7.x); a test says when this stops working. */
interface DriverSession {
  readonly serverSession: { id: { id: Binary }; txnNumber: number };
}

/** Whose writes they are. */
export interface WriterIdentity {
  readonly migration: string;
  readonly epoch: number;
}

export class WriteSessions {
  readonly #client: MongoClient;
  readonly #database: string;
  readonly #writer: WriterIdentity;
  readonly #free: ClientSession[] = [];
  readonly #open: ClientSession[] = [];
  #storing: Promise<void> | null = null;
  #settling: Promise<void> | null = null;

  /** @param database - Where sessions and fences are stored. */
  constructor(client: MongoClient, database: string, writer: WriterIdentity) {
    this.#client = client;
    this.#database = database;
    this.#writer = writer;
  }

  /** Ends the writes of all earlier epochs: on return none of them is carried out any more, and none can begin. */
  async fenceEarlier(): Promise<void> {
    const { migration, epoch } = this.#writer;
    const stored = this.#collection();
    const earlier = { $lt: epoch };
    await stored.updateOne({ _id: migration }, { $max: { epoch } }, { upsert: true });
    const found = await stored.findOne({ _id: migration });
    for (const { id, ...session } of found?.sessions ?? []) {
      if (session.epoch < epoch) await this.#fence(this.#sessionOf(id), HIGHEST);
    }
    await stored.updateOne({ _id: migration }, { $pull: { sessions: { epoch: earlier } } });
  }

  /** Runs a command of single inserts, updates or deletes, each for itself. What it throws, the driver throws. */
  async run(database: string, command: Document): Promise<Document> {
    return this.#use(async (session) => {
      const txnNumber = nextNumber(session);
      return this.#client.db(database).command({ ...command, txnNumber }, { session });
    });
  }

  /** Runs a command whose statements need no order; as one transaction where the server takes all of them, which is faster. */
  async runTogether(database: string, command: Document): Promise<Document> {
    try {
      return await this.transact(async (session) => {
        const reply = await this.#client.db(database).command(command, { session });
        if (reply["writeErrors"] !== undefined) throw new MongoServerError(reply);
        return reply;
      });
    } catch (error) {
      if (!isAnswer(error)) throw error;
    }
    return this.run(database, { ...command, writeConcern: MAJORITY });
  }

  /**
   * Runs commands in a transaction that a majority acknowledges.
   *
   * @param work - May be interrupted by the server at any time: the caller tries again.
   */
  async transact<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    return this.#use(async (session) => {
      session.startTransaction({ writeConcern: MAJORITY });
      try {
        const result = await work(session);
        await session.commitTransaction();
        return result;
      } catch (error) {
        if (session.inTransaction()) await session.abortTransaction();
        throw error;
      }
    });
  }

  async #use<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    await this.#settle();
    const session = await this.#take();
    try {
      const result = await work(session);
      this.#free.push(session);
      return result;
    } catch (error) {
      if (error instanceof MongoServerError && error.code === TRANSACTION_TOO_OLD)
        throw fencedOff();
      (isAnswer(error) ? this.#free : this.#open).push(session);
      throw error;
    }
  }

  /** Nothing is written while it is open what an earlier command may still do. */
  async #settle(): Promise<void> {
    while (this.#open.length > 0) {
      this.#settling ??= this.#fenceOpen().finally(() => {
        this.#settling = null;
      });
      await this.#settling;
    }
  }

  async #fenceOpen(): Promise<void> {
    const { migration, epoch } = this.#writer;
    // A server forgets fences that nobody has touched for half an hour; who was away for that long asks first.
    if ((await this.#collection().findOne({ _id: migration, epoch })) === null) throw fencedOff();
    for (let session = this.#open[0]; session !== undefined; session = this.#open[0]) {
      await this.#fence(session, nextNumber(session));
      this.#open.shift();
      this.#free.push(session);
    }
  }

  async #fence(session: ClientSession, txnNumber: Long): Promise<void> {
    const { migration } = this.#writer;
    const fence = { q: { _id: migration }, u: { $set: { id: randomUUID() } }, upsert: true };
    await this.#client
      .db(this.#database)
      .command(
        { update: "write_fences", updates: [fence], txnNumber, writeConcern: MAJORITY },
        { session },
      );
  }

  async #take(): Promise<ClientSession> {
    for (;;) {
      const session = this.#free.pop();
      if (session !== undefined) return session;
      this.#storing ??= this.#store().finally(() => {
        this.#storing = null;
      });
      await this.#storing;
    }
  }

  async #store(): Promise<void> {
    const ids = Array.from(
      { length: SESSIONS_AT_ONCE },
      () => new Binary(Buffer.from(randomUUID().replaceAll("-", ""), "hex"), Binary.SUBTYPE_UUID),
    );
    const { migration, epoch } = this.#writer;
    const sessions = ids.map((id) => ({ epoch, id }));
    // Who was fenced off has no say in what is to be fenced.
    const mine = { _id: migration, epoch };
    const { matchedCount } = await this.#collection().updateOne(mine, {
      $push: { sessions: { $each: sessions } },
    });
    if (matchedCount === 0) throw fencedOff();
    for (const id of ids) this.#free.push(this.#sessionOf(id));
  }

  #collection() {
    return this.#client.db(this.#database).collection<SessionsDocument>("write_sessions", {
      writeConcern: MAJORITY,
      readConcern: { level: "majority" },
    });
  }

  #sessionOf(id: Binary): ClientSession {
    const session = this.#client.startSession({ causalConsistency: false });
    driverPartOf(session).serverSession.id = { id };
    return session;
  }
}

function fencedOff(): LeaseLostError {
  return new LeaseLostError(
    "Another process has taken this migration over and ended what this one writes",
  );
}

function driverPartOf(session: ClientSession): DriverSession {
  return session as unknown as DriverSession;
}

/** A number for a command; the driver counts on from there for transactions. */
function nextNumber(session: ClientSession): Long {
  const { serverSession } = driverPartOf(session);
  serverSession.txnNumber++;
  return Long.fromNumber(serverSession.txnNumber);
}

/** Whether the server is done with what it was sent, so that nothing of it is carried out later. */
function isAnswer(error: unknown): boolean {
  return (
    error instanceof MongoServerError &&
    !error.hasErrorLabel(MongoErrorLabel.UnknownTransactionCommitResult)
  );
}
