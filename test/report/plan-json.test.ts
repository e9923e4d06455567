import { describe, expect, it } from "vitest";
import { planToJson, readPlanActions } from "../../src/report/plan-json.ts";
import { createIndex, emptyPlan, exact, SAMPLE_DIGEST, samplePlan } from "./sample-plan.ts";

describe("planToJson", () => {
  it("holds the whole plan", () => {
    const sample = samplePlan();
    const plan = samplePlan({
      actions: sample.actions.slice(0, 2),
      objects: sample.objects.filter(({ change }) => change === "replace" || change === "skip"),
    });
    expect(planToJson(plan)).toEqual({
      migration: "shop-to-apsaradb",
      source: { connection: "atlas-prod", version: "7.0.14" },
      destination: { connection: "apsaradb-prod", version: "7.0.12" },
      digest: SAMPLE_DIGEST,
      verdict: "additive",
      counts: {
        collectionsToCreate: 1,
        collectionsToReplace: 0,
        indexes: 1,
        viewsToCreate: 0,
        viewsToReplace: 0,
      },
      warnings: ["Overwrites store.orders_v2 at the destination (99 documents)"],
      actions: [
        {
          kind: "create-collection",
          source: "shop.customers",
          target: "store.customers",
          sourceUuid: "0123456789abcdef0123456789abcdef",
          options: "{}",
          filter: null,
          documentCount: 1204,
          dataBytes: 42_991_616,
          indexBytes: 1_048_576,
          replaces: null,
        },
        {
          kind: "create-index",
          source: "shop.customers",
          target: "store.customers",
          index: "email_1",
          spec: '{"v":{"$numberInt":"2"},"key":{"email":{"$numberInt":"1"}},"name":"email_1","unique":true}',
        },
      ],
      databases: [
        { change: "create", name: "shop" },
        { change: "unchanged", name: "store" },
      ],
      objects: [
        {
          change: "replace",
          kind: "collection",
          source: "shop.orders",
          target: "store.orders_v2",
          documentCount: 1204,
          dataBytes: 42_991_616,
          existing: {
            kind: "collection",
            documentCount: 99,
            dataBytes: 2_097_152,
            indexCount: 2,
            indexBytes: 4096,
          },
          destroyed: { documentCount: 99, dataBytes: 2_097_152 },
          differences: [{ name: "validationLevel", destination: '"off"', desired: null }],
          indexes: [
            {
              change: "replace",
              name: "at_1",
              differences: [{ name: "expireAfterSeconds", destination: "3600", desired: "60" }],
            },
            { change: "drop", name: "by_1", differences: [] },
          ],
        },
        expect.objectContaining({ change: "replace", kind: "view", target: "store.recent" }),
        expect.objectContaining({ change: "skip", source: "shop.tmp_a", target: null }),
      ],
      estimate: {
        documentCount: 2409,
        dataBytes: 85_983_232,
        indexBytes: 2_097_152,
        durationMs: 7_500_000,
      },
      cost: null,
    });
  });

  it("keeps the order of integer-like names through text and back", () => {
    const key = new Map([
      ["10", 1],
      ["2", 1],
    ]);
    const action = createIndex("a.b", "a.b", "x", exact(["key", key]));
    const text = JSON.stringify(planToJson(emptyPlan({ actions: [action] })));
    expect(readPlanActions(text)?.[0]).toMatchObject({
      spec: '{"key":{"10":{"$numberInt":"1"},"2":{"$numberInt":"1"}}}',
    });
  });
});

describe("readPlanActions", () => {
  it("gives back what was stored, of every kind", () => {
    const json = planToJson(samplePlan());
    expect(readPlanActions(JSON.stringify(json))).toEqual(json.actions);
  });

  it.each([
    "no JSON",
    "null",
    "[]",
    '{"actions": 1}',
    '{"actions": [1]}',
    '{"actions": [{"kind": "new", "source": "a.b", "target": "a.b", "options": "{}"}]}',
    '{"actions": [{"kind": "create-index", "source": "a.b", "target": "a.b"}]}',
  ])("is null for %s", (text) => {
    expect(readPlanActions(text)).toBeNull();
  });

  it("accepts a plan without actions", () => {
    expect(readPlanActions(JSON.stringify(planToJson(emptyPlan())))).toEqual([]);
  });
});
