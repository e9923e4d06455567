/** Looks at how a deployment bears its load, again and again while it is written to. */
import type { Document, MongoClient } from "mongodb";
import type { Pressure } from "../../model/back-off.ts";
import { answerOf, type AskServer, createAskServer } from "./ask-server.ts";
import { numberOf, readLoad } from "./read-status.ts";

const TIMEOUT_MS = 1_500;
const SECONDARY = 2;

/** What an account may not ask is not asked again. */
export class PressureReader {
  readonly #ask: AskServer;
  readonly #refused = new Set<string>();
  #delaysMs: ReadonlyMap<number, number> | null = null;

  constructor(client: MongoClient) {
    this.#ask = createAskServer(client, TIMEOUT_MS);
  }

  async read(): Promise<Omit<Pressure, "writeMs">> {
    const [status, replicationLagMs] = await Promise.all([
      this.#answer("serverStatus", { metrics: 0, tcmalloc: 0, repl: 0, locks: 0, transactions: 0 }),
      this.#readLagMs(),
    ]);
    const load = status === null ? null : readLoad(status);
    return {
      cache: load?.cache ?? null,
      queuedOperations: load?.queuedOperations ?? null,
      replicationLagMs,
    };
  }

  /** Of the slowest secondary; where the account may not know of each, how far a majority is. */
  async #readLagMs(): Promise<number | null> {
    const status = await this.#answer("replSetGetStatus");
    if (status === null) return majorityLagMs(await this.#answer("hello"));
    this.#delaysMs ??= delaysMsOf(await this.#answer("replSetGetConfig"));
    return slowestLagMs(status, this.#delaysMs);
  }

  async #answer(name: string, more: Document = {}): Promise<Document | null> {
    if (this.#refused.has(name)) return null;
    const reply = await this.#ask("admin", { [name]: 1, ...more });
    if (reply.kind === "refused") this.#refused.add(name);
    return answerOf(reply);
  }
}

/** @param delaysMs - By member; those that are to be behind are, by that. */
export function slowestLagMs(
  status: Document,
  delaysMs: ReadonlyMap<number, number>,
): number | null {
  const members: readonly Document[] = Array.isArray(status["members"]) ? status["members"] : [];
  const primary = members.find(({ state }) => state === 1)?.["optimeDate"];
  if (!(primary instanceof Date)) return null;
  const lags = members.flatMap(({ _id, state, health, optimeDate }) => {
    if (state !== SECONDARY || health !== 1 || !(optimeDate instanceof Date)) return [];
    return primary.getTime() - optimeDate.getTime() - (delaysMs.get(Number(_id)) ?? 0);
  });
  return Math.max(0, ...lags);
}

/** `slaveDelay` up to 4.4. */
export function delaysMsOf(answer: Document | null): ReadonlyMap<number, number> {
  const members: unknown = answer?.["config"]?.members;
  if (!Array.isArray(members)) return new Map();
  return new Map(
    (members as readonly Document[]).map((member) => [
      Number(member["_id"]),
      (numberOf(Number(member["secondaryDelaySecs"] ?? member["slaveDelay"] ?? 0)) ?? 0) * 1000,
    ]),
  );
}

function majorityLagMs(hello: Document | null): number | null {
  const last: unknown = hello?.["lastWrite"]?.lastWriteDate;
  const majority: unknown = hello?.["lastWrite"]?.majorityWriteDate;
  if (!(last instanceof Date) || !(majority instanceof Date)) return null;
  return Math.max(0, last.getTime() - majority.getTime());
}
