import { BSON } from "mongodb";
import { describe, expect, it } from "vitest";
import { describeKey } from "../../src/mongo/exact-bson.ts";
import { keyOfDocument } from "../../src/mongo/raw-bson.ts";
import type { ComparedDeployment } from "../../src/ports.ts";
import type { ComparedSides } from "../../src/verify/look-at-both.ts";
import { type FollowedSource, settleSuspects } from "../../src/verify/settle-suspects.ts";
import type { Suspect } from "../../src/verify/suspect.ts";
import { Tally } from "../../src/verify/tally.ts";

const signal = new AbortController().signal;

function valueOf(key: Uint8Array): string {
  return String(BSON.deserialize(key)["_id"]);
}

/** Takes keys for the same as a server does: by their value, not by their type. */
function sideOf(documents: () => readonly BSON.Document[]): ComparedSides["source"] {
  const reader: Partial<ComparedDeployment> = {
    lookUp: async ({ keys }) => {
      const wanted = new Set(keys.map(valueOf));
      return documents()
        .map((document) => BSON.serialize(document))
        .filter((raw) => wanted.has(valueOf(keyOfDocument(raw))));
    },
    canReadFrom: (key) => valueOf(key) !== "unsendable",
    keyOf: keyOfDocument,
    describeKey,
  };
  const namespace = { db: "shop", coll: "orders" };
  return { reader: reader as ComparedDeployment, namespace, uuid: null, filter: null };
}

function suspect(_id: unknown, kind: Suspect["kind"] = "different"): Suspect {
  return { key: BSON.serialize({ _id }), kind, bytes: 10 };
}

interface Ends {
  source(): readonly BSON.Document[];
  target(): readonly BSON.Document[];
}

async function settle(
  suspects: readonly Suspect[],
  { source, target }: Ends,
  follows: FollowedSource | null = null,
): Promise<readonly string[]> {
  const sides = { source: sideOf(source), target: sideOf(target), isCollated: false };
  const tally = new Tally({ limit: 100, showsValues: false, describeKey });
  await settleSuspects(suspects, { sides, follows, tally, signal, decided: new Set() });
  return tally.outcome().differences.map(({ kind, key }) => `${kind} ${key}`);
}

/** Tells each look at the documents apart. */
function changing(at: (look: number) => readonly BSON.Document[]): () => readonly BSON.Document[] {
  let look = 0;
  return () => at(look++);
}

const PASSING: FollowedSource = {
  now: async () => ({ seconds: 1, increment: 1 }),
  hasPassed: async () => true,
};

describe("settleSuspects at rest", () => {
  it("says what each is", async () => {
    const ends = {
      source: () => [{ _id: "a", n: 1 }, { _id: "b" }, { _id: "d" }],
      target: () => [{ _id: "a", n: 2 }, { _id: "c" }, { _id: "d" }],
    };
    const suspects = ["a", "b", "c", "d", "e"].map((key) => suspect(key));
    expect(await settle(suspects, ends)).toEqual(['different "a"', 'missing "b"', 'extra "c"']);
  });

  it("takes two forms of a key for one document that differs", async () => {
    const ends = {
      source: () => [{ _id: 1 }, { _id: 7 }],
      target: () => [{ _id: new BSON.Double(1) }],
    };
    const suspects = [
      suspect(new BSON.Double(1), "extra"),
      suspect(new BSON.Int32(7), "missing"),
      suspect(new BSON.Int32(1), "missing"),
    ];
    expect(await settle(suspects, ends)).toEqual([
      'different {"$numberInt":"1"}',
      'missing {"$numberInt":"7"}',
    ]);
  });

  it("reports what cannot be asked for as it was seen, and what stands elsewhere", async () => {
    const ends = { source: () => [], target: () => [] };
    const suspects = [suspect("unsendable", "missing"), suspect("x", "moved")];
    expect(await settle(suspects, ends)).toEqual(['missing "unsendable"', 'different "x"']);
  });
});

describe("settleSuspects while changes are followed", () => {
  it("drops what becomes equal", async () => {
    const ends = {
      source: () => [{ _id: "a", n: 3 }],
      target: changing((look) => [{ _id: "a", n: look }]),
    };
    expect(await settle([suspect("a")], ends, PASSING)).toEqual([]);
  });

  it("counts what stays different although the feed has passed it", async () => {
    const ends = { source: () => [{ _id: "a", n: 1 }], target: () => [] };
    expect(await settle([suspect("a")], ends, PASSING)).toEqual(['missing "a"']);
  });

  it("counts what never changes at the destination, while the source does", async () => {
    const ends = {
      source: changing((look) => [{ _id: "a", n: look }]),
      target: () => [{ _id: "a", n: -1 }],
    };
    expect(await settle([suspect("a")], ends, PASSING)).toEqual(['different "a"']);
  });

  it("leaves undecided what changes at every look", async () => {
    const ends = {
      source: changing((look) => [{ _id: "a", n: look }]),
      target: changing((look) => [{ _id: "a", n: look - 1 }]),
    };
    expect(await settle([suspect("a")], ends, PASSING)).toEqual(['undecided "a"']);
  });

  it("leaves undecided what nobody applies changes to", async () => {
    const ends = { source: () => [{ _id: "a" }], target: () => [] };
    const still = { ...PASSING, hasPassed: async () => false };
    expect(await settle([suspect("a")], ends, still)).toEqual(['undecided "a"']);
  });
});
