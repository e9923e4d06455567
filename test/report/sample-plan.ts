import { BSON } from "mongodb";
import { toExactDocument } from "../../src/mongo/exact-bson.ts";
import type { CollectionAction, IndexAction, Plan, ViewAction } from "../../src/model/plan.ts";
import { parseNamespace, type Namespace } from "../../src/model/namespace.ts";
import type { ExactDocument } from "../../src/model/exact-document.ts";

const MIB = 1024 ** 2;
export const SAMPLE_DIGEST = "9f3c21d0".padEnd(64, "a");

/** A document with 32-bit integers for numbers; entries keep their order. */
export function exact(...entries: readonly (readonly [string, unknown])[]): ExactDocument {
  return toExactDocument(new Map(entries.map(([name, value]) => [name, toBson(value)])));
}

function toBson(value: unknown): unknown {
  if (typeof value === "number") return new BSON.Int32(value);
  if (!(value instanceof Map)) return value;
  return new Map([...value].map(([name, item]) => [name, toBson(item)]));
}

export function namespace(text: string): Namespace {
  const parsed = parseNamespace(text);
  if (parsed === null) throw new Error(`not a namespace: ${text}`);
  return parsed;
}

export function createCollection(
  source: string,
  target: string,
  changes: Partial<CollectionAction> = {},
): CollectionAction {
  return {
    kind: "create-collection",
    source: namespace(source),
    target: namespace(target),
    sourceUuid: "0123456789abcdef0123456789abcdef",
    options: exact(),
    filter: null,
    documentCount: 1204,
    dataBytes: 41 * MIB,
    indexBytes: MIB,
    replaces: null,
    isResumable: false,
    existingUuid: null,
    ...changes,
  };
}

export function createIndex(
  source: string,
  target: string,
  index: string,
  spec: ExactDocument,
): IndexAction {
  return {
    kind: "create-index",
    source: namespace(source),
    target: namespace(target),
    index,
    spec,
  };
}

export function createView(
  source: string,
  target: string,
  kind: ViewAction["kind"] = "create-view",
): ViewAction {
  return {
    kind,
    source: namespace(source),
    target: namespace(target),
    options: exact(["viewOn", "orders"]),
    isInPlace: false,
  };
}

export function emptyPlan(changes: Partial<Plan> = {}): Plan {
  return {
    migration: "shop-to-apsaradb",
    source: { connection: "atlas-prod", version: "7.0.14" },
    destination: { connection: "apsaradb-prod", version: "7.0.12" },
    digest: SAMPLE_DIGEST,
    actions: [],
    unchanged: [],
    kept: [],
    refused: [],
    skipped: [],
    warnings: [],
    estimate: { documentCount: 0, dataBytes: 0, indexBytes: 0, durationMs: 0 },
    ...changes,
  };
}

const EMAIL_INDEX = exact(
  ["v", 2],
  ["key", new Map([["email", 1]])],
  ["name", "email_1"],
  ["unique", true],
);

/** One of everything. */
export function samplePlan(changes: Partial<Plan> = {}): Plan {
  return emptyPlan({
    actions: [
      createCollection("shop.customers", "store.customers"),
      createIndex("shop.customers", "store.customers", "email_1", EMAIL_INDEX),
      createCollection("shop.log", "shop.log", {
        options: exact(["capped", true], ["size", 4096]),
        documentCount: 1,
        dataBytes: 512,
      }),
      createIndex(
        "shop.orders",
        "store.orders_v2",
        "at_1",
        exact(["key", new Map([["at", 1]])], ["expireAfterSeconds", 3600], ["sparse", false]),
      ),
      createCollection("shop.orders", "store.orders_v2", {
        kind: "replace-collection",
        replaces: { documentCount: 99, dataBytes: 2 * MIB },
        existingUuid: "ff",
      }),
      createView("shop.open", "store.open"),
      createView("shop.recent", "store.recent", "replace-view"),
    ],
    unchanged: [{ source: namespace("shop.old"), target: namespace("store.old") }],
    skipped: [namespace("shop.tmp_a")],
    warnings: ["Overwrites store.orders_v2 at the destination (99 documents)"],
    estimate: {
      documentCount: 2409,
      dataBytes: 82 * MIB,
      indexBytes: 2 * MIB,
      durationMs: 2 * 3_600_000 + 300_000,
    },
    ...changes,
  });
}
