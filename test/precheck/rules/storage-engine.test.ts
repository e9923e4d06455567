import { describe, expect, it } from "vitest";
import type { DeploymentFacts } from "../../../src/model/facts.ts";
import type { StorageEngineFacts } from "../../../src/model/server-state.ts";
import { runPrecheck } from "../../../src/precheck/run-precheck.ts";
import { storageEngine } from "../../../src/precheck/rules/storage-engine.ts";
import { exact } from "../../report/sample-plan.ts";
import {
  collectionFacts,
  type Entry,
  factsOf,
  indexFacts,
  reachable,
  sampleMigration,
  selection,
} from "../../support/sample-facts.ts";
import { IDLE } from "../../support/server-states.ts";
import { checkRule } from "../check-rule.ts";

const migration = sampleMigration([selection("shop")]);
const wiredTiger = { name: "wiredTiger", isPersistent: true, isEncrypted: false };

function endOf(name: string, engine: Partial<StorageEngineFacts> | null): DeploymentFacts {
  const full = engine === null ? null : { ...wiredTiger, ...engine };
  return reachable(name, { state: { ...IDLE, storageEngine: full } });
}

function factsWith(
  source: Partial<StorageEngineFacts> | null,
  destination: Partial<StorageEngineFacts> | null,
) {
  const option = exact(["storageEngine", new Map([["wiredTiger", new Map()]])]);
  return factsOf([collectionFacts("shop.tuned", { options: option })], [], {
    source: endOf("a", source),
    destination: endOf("b", destination),
  });
}

describe("storageEngine", () => {
  it("passes WiredTiger at both ends, and names it", () => {
    expect(checkRule(storageEngine, migration, factsWith({}, {}))).toEqual([]);
    const findings = runPrecheck(migration, factsWith({}, {}));
    expect(findings).toContainEqual(
      expect.objectContaining({ rule: "storage-engine", message: "both ends use wiredTiger" }),
    );
  });

  it("does not decide what the account may not ask", () => {
    expect(checkRule(storageEngine, migration, factsWith(null, {}))).toEqual([
      "warning: could not be decided: the account may not ask a for its storage engine (serverStatus)",
    ]);
  });

  it("does not decide for a router", () => {
    const facts = factsOf([], [], {
      source: reachable("a", { topology: "sharded", state: { ...IDLE, storageEngine: null } }),
    });
    expect(checkRule(storageEngine, migration, facts)).toEqual([
      "warning: could not be decided: a is a router, which does not tell the storage engine of its shards",
    ]);
  });

  it("warns of engines that lose their data, and of unknown ones", () => {
    const memory = { name: "inMemory", isPersistent: false };
    expect(checkRule(storageEngine, migration, factsWith(memory, { name: "rocksdb" }))).toEqual([
      "warning: a keeps its data in memory only (storage engine inMemory): what is there is lost when its members stop",
      "warning: b uses the storage engine rocksdb, which nobody has tried",
      "failed: shop.tuned has options for the storage engine wiredTiger; b uses rocksdb",
    ]);
    expect(
      checkRule(storageEngine, migration, factsWith({ isPersistent: false }, {})),
    ).toHaveLength(1);
  });

  it("warns where encrypted files become plain ones", () => {
    const encrypted = { isEncrypted: true };
    expect(checkRule(storageEngine, migration, factsWith(encrypted, {}))).toEqual([
      "warning: a encrypts its files itself, which b does not say of its own",
    ]);
    expect(checkRule(storageEngine, migration, factsWith(encrypted, encrypted))).toEqual([]);
    expect(checkRule(storageEngine, migration, factsWith({}, encrypted))).toEqual([]);
  });

  it("names options of indexes too, but for the one on _id, which is made without", () => {
    const option: Entry = ["storageEngine", new Map([["inMemory", new Map()]])];
    const tuned = collectionFacts("shop.tuned", {
      options: exact(["indexOptionDefaults", new Map([option])]),
      indexes: [indexFacts("_id_", [["_id", 1]], option), indexFacts("a_1", [["a", 1]], option)],
    });
    expect(checkRule(storageEngine, migration, factsOf([tuned]))).toEqual([
      "failed: shop.tuned, for its indexes, has options for the storage engine inMemory; destination uses wiredTiger",
      "failed: shop.tuned, index a_1, has options for the storage engine inMemory; destination uses wiredTiger",
    ]);
  });
});
