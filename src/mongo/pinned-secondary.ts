/**
 * One secondary of a replica set, to read documents from. Guarantees: it stays the same one while it is healthy; a read from it begins
 * no earlier than the moment in which it was asked for, and needs a majority, so that it gives what the primary would. Where no secondary
 * can be used, the primary is.
 */
import { type Document, type MongoClient, Timestamp } from "mongodb";
import { systemClock } from "../base/clock.ts";
import type { ClusterTime } from "../model/run.ts";
import { raceAbort } from "./race-abort.ts";

/** A secondary that is further behind would have each read wait for that long. */
const MOST_LAG_MS = 30_000;
const ANSWER_WITHIN_MS = 5_000;
/** Where there was none, it is looked for again after that time. */
const LOOK_AGAIN_MS = 30_000;

export interface SecondaryTools {
  /** Knows all members, and what time it is. */
  readonly primary: MongoClient;
  /** Opens a client of that one member, `host:port`. */
  openMember(host: string): Promise<MongoClient>;
  /** Told where documents are read from, whenever that changes. */
  readonly say: (message: string) => void;
}

/** Where to read from, and what reads there must not be older than. */
export interface MemberToRead {
  readonly client: MongoClient;
  readonly notBefore: ClusterTime | null;
}

interface Member {
  readonly host: string;
  readonly client: MongoClient;
}

export class PinnedSecondary {
  readonly #tools: SecondaryTools;
  /** Left open: others may still read from one that is left. Whoever has opened them closes them in the end. */
  readonly #clients = new Map<string, MongoClient>();
  #pinned: Member | null = null;
  #picking: Promise<Member | null> | null = null;
  #noneAtMs = Number.NEGATIVE_INFINITY;
  #said = "";

  constructor(tools: SecondaryTools) {
    this.#tools = tools;
  }

  /** Null: the primary has to do. */
  async pick(): Promise<MemberToRead | null> {
    // Readers that ask at the same time get the same one.
    this.#picking ??= this.#find().finally(() => {
      this.#picking = null;
    });
    const member = await this.#picking;
    if (member === null) return null;
    try {
      return {
        client: member.client,
        notBefore: await tellTime(this.#tools.primary, member.client),
      };
    } catch {
      // It has gone just now; the next one who asks finds another.
      return null;
    }
  }

  async #find(): Promise<Member | null> {
    const nowMs = systemClock.monotonicMs();
    if (this.#pinned === null && nowMs - this.#noneAtMs < LOOK_AGAIN_MS) return null;
    const primary = await askHello(this.#tools.primary).catch(() => null);
    // Without a primary nothing is known of the set: the read itself says what is wrong.
    if (primary === null) return null;
    if (this.#pinned !== null && (await isUsable(this.#pinned.client, primary)))
      return this.#pinned;
    this.#pinned = null;
    for (const host of otherHosts(primary)) {
      const client = await this.#open(host);
      if (client === null || !(await isUsable(client, primary))) continue;
      this.#say(`Reads documents from the secondary ${host}`);
      this.#pinned = { host, client };
      return this.#pinned;
    }
    this.#noneAtMs = nowMs;
    this.#say("Reads documents from the primary: there is no secondary that can be used");
    return null;
  }

  async #open(host: string): Promise<MongoClient | null> {
    const known = this.#clients.get(host);
    if (known !== undefined) return known;
    const client = await this.#tools.openMember(host).catch(() => null);
    if (client !== null) this.#clients.set(host, client);
    return client;
  }

  #say(message: string): void {
    if (message !== this.#said) this.#tools.say(message);
    this.#said = message;
  }
}

/** Members that hold data and are not hidden, but for the one that was asked. A router has none. */
function otherHosts(hello: Document): readonly string[] {
  const hosts = [hello["hosts"], hello["passives"]].flatMap((list) =>
    Array.isArray(list) ? (list as readonly string[]) : [],
  );
  return hosts.filter((host) => host !== hello["me"]);
}

async function isUsable(client: MongoClient, primary: Document): Promise<boolean> {
  const hello = await askHello(client).catch(() => null);
  if (hello?.["secondary"] !== true || hello["setName"] !== primary["setName"]) return false;
  const [here, there] = [hello, primary].map((each): unknown => each["lastWrite"]?.lastWriteDate);
  if (!(here instanceof Date) || !(there instanceof Date)) return false;
  return there.getTime() - here.getTime() < MOST_LAG_MS;
}

async function askHello(client: MongoClient): Promise<Document> {
  return raceAbort(client.db("admin").command({ hello: 1 }), AbortSignal.timeout(ANSWER_WITHIN_MS));
}

/**
 * A member refuses to wait for a cluster time that it has not heard of yet (code 72).
 *
 * @returns That time: all that was acknowledged before belongs to it.
 */
async function tellTime(primary: MongoClient, member: MongoClient): Promise<ClusterTime> {
  await using asking = primary.startSession({ causalConsistency: false });
  const { operationTime } = await primary.db("admin").command({ ping: 1 }, { session: asking });
  await using telling = member.startSession({ causalConsistency: false });
  if (asking.clusterTime !== undefined) telling.advanceClusterTime(asking.clusterTime);
  await member.db("admin").command({ ping: 1 }, { session: telling });
  if (!(operationTime instanceof Timestamp)) throw new Error("there is no cluster time");
  return { seconds: operationTime.t, increment: operationTime.i };
}
