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
 */
import { randomUUID } from "node:crypto";
import {
  Binary,
  type ClientSession,
  type Document,
  Long,
  type MongoClient,
  MongoServerError,
} from "mongodb";

/** Sessions stored at a time: more than the commands that are usually under way. */
const SESSIONS_AT_ONCE = 32;
const HIGHEST = Long.fromString("9000000000000000000");
const MAJORITY = { w: "majority" } as const;

interface SessionsDocument {
  readonly migration: string;
  readonly epoch: number;
  readonly ids: readonly Binary[];
}

interface Slot {
  readonly session: ClientSession;
  number: number;
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
  readonly #free: Slot[] = [];
  readonly #open: Slot[] = [];
  #storing: Promise<void> | null = null;
  #settling: Promise<void> | null = null;

  /** @param database - Where sessions and fences are stored. */
  constructor(client: MongoClient, database: string, writer: WriterIdentity) {
    this.#client = client;
    this.#database = database;
    this.#writer = writer;
  }

  /** Ends the writes of all earlier epochs: on return none of them is carried out any more. */
  async fenceEarlier(): Promise<void> {
    const { migration, epoch } = this.#writer;
    const stored = this.#collection();
    const earlier = await stored.find({ migration, epoch: { $lt: epoch } }).toArray();
    for (const { _id, ids } of earlier) {
      for (const id of ids) await this.#fence(this.#sessionOf(id), HIGHEST);
      await stored.deleteOne({ _id });
    }
  }

  /** Runs a command of single inserts, updates or deletes. What it throws, the driver throws. */
  async run(database: string, command: Document): Promise<Document> {
    await this.#settle();
    const slot = await this.#take();
    slot.number++;
    try {
      const numbered = { ...command, txnNumber: Long.fromNumber(slot.number) };
      const reply = await this.#client.db(database).command(numbered, { session: slot.session });
      this.#free.push(slot);
      return reply;
    } catch (error) {
      // A server that answers is done with it.
      (error instanceof MongoServerError ? this.#free : this.#open).push(slot);
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
    for (let slot = this.#open[0]; slot !== undefined; slot = this.#open[0]) {
      slot.number++;
      await this.#fence(slot.session, Long.fromNumber(slot.number));
      this.#open.shift();
      this.#free.push(slot);
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

  async #take(): Promise<Slot> {
    for (;;) {
      const slot = this.#free.pop();
      if (slot !== undefined) return slot;
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
    await this.#collection().insertOne({ ...this.#writer, ids });
    for (const id of ids) this.#free.push({ session: this.#sessionOf(id), number: 0 });
  }

  #collection() {
    return this.#client.db(this.#database).collection<SessionsDocument>("write_sessions", {
      writeConcern: MAJORITY,
      readConcern: { level: "majority" },
    });
  }

  /** The driver makes ids of its own (7.x); a test says when this stops working. */
  #sessionOf(id: Binary): ClientSession {
    const session = this.#client.startSession({ causalConsistency: false });
    const { serverSession } = session as unknown as { serverSession: { id: { id: Binary } } };
    serverSession.id = { id };
    return session;
  }
}
