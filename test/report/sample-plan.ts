import { BSON } from "mongodb";
import { toExactDocument } from "../../src/mongo/exact-bson.ts";
import type {
  CollectionAction,
  IndexAction,
  ObjectChange,
  Plan,
  ViewAction,
} from "../../src/model/plan.ts";
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
    databases: [],
    objects: [],
    warnings: [],
    estimate: { documentCount: 0, dataBytes: 0, indexBytes: 0, durationMs: 0 },
    cost: null,
    ...changes,
  };
}

const EMAIL_INDEX = exact(
  ["v", 2],
  ["key", new Map([["email", 1]])],
  ["name", "email_1"],
  ["unique", true],
);

/** A collection that is copied as it is, unless changed. */
export function objectChange(
  source: string,
  target: string | null,
  changes: Partial<ObjectChange> = {},
): ObjectChange {
  return {
    change: "copy",
    kind: "collection",
    source: namespace(source),
    target: target === null ? null : namespace(target),
    documentCount: 1204,
    dataBytes: 41 * MIB,
    options: exact(),
    existing: null,
    destroyed: null,
    differences: [],
    indexes: [],
    ...changes,
  };
}

const AT_INDEX = exact(
  ["key", new Map([["at", 1]])],
  ["expireAfterSeconds", 60],
  ["sparse", false],
);

/** The diff that belongs to the sample's actions. */
function sampleObjects(): readonly ObjectChange[] {
  const view = { kind: "view", documentCount: 0, dataBytes: 0 } as const;
  return [
    objectChange("shop.log", "shop.log", {
      options: exact(["capped", true], ["size", 4096]),
      documentCount: 1,
      dataBytes: 512,
    }),
    objectChange("shop.customers", "store.customers", {
      indexes: [{ change: "create", name: "email_1", spec: EMAIL_INDEX, differences: [] }],
    }),
    objectChange("shop.old", "store.old", { change: "unchanged" }),
    objectChange("shop.open", "store.open", { ...view, change: "create" }),
    objectChange("shop.orders", "store.orders_v2", {
      change: "replace",
      existing: {
        kind: "collection",
        documentCount: 99,
        dataBytes: 2 * MIB,
        indexCount: 2,
        indexBytes: 4096,
      },
      destroyed: { documentCount: 99, dataBytes: 2 * MIB },
      differences: [{ name: "validationLevel", destination: '"off"', desired: null }],
      indexes: [
        {
          change: "replace",
          name: "at_1",
          spec: AT_INDEX,
          differences: [{ name: "expireAfterSeconds", destination: "3600", desired: "60" }],
        },
        {
          change: "drop",
          name: "by_1",
          spec: exact(["key", new Map([["by", 1]])]),
          differences: [],
        },
      ],
    }),
    objectChange("shop.recent", "store.recent", {
      ...view,
      change: "replace",
      existing: { ...view, indexCount: 0, indexBytes: 0 },
      destroyed: { documentCount: 0, dataBytes: 0 },
    }),
    objectChange("shop.tmp_a", null, { change: "skip" }),
  ];
}

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
      createIndex("shop.orders", "store.orders_v2", "at_1", AT_INDEX),
      createCollection("shop.orders", "store.orders_v2", {
        kind: "replace-collection",
        replaces: { documentCount: 99, dataBytes: 2 * MIB },
        existingUuid: "ff",
      }),
      createView("shop.open", "store.open"),
      createView("shop.recent", "store.recent", "replace-view"),
    ],
    databases: [
      { change: "create", name: "shop" },
      { change: "unchanged", name: "store" },
    ],
    objects: sampleObjects(),
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
