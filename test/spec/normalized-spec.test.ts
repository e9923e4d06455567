import { describe, expect, it } from "vitest";
import type { Connection, Migration } from "../../src/model/migration.ts";
import { hashSpec, normalizedSpec } from "../../src/spec/normalized-spec.ts";
import { PLAIN_LIMITS } from "../support/plain-limits.ts";

function connection(name: string): Connection {
  return {
    name,
    place: "a.yaml:1:1",
    provider: "mongodb",
    address: { kind: "uri", uriEnv: "U" },
    tls: {
      isEnabled: null,
      caFile: null,
      certificateKeyFile: null,
      allowInvalidCertificates: false,
      allowInvalidHostnames: false,
    },
    timeouts: { connectMs: 1, serverSelectionMs: 1 },
    declaredStorageBytes: null,
  };
}

const base: Migration = {
  name: "m",
  title: "M",
  place: "a.yaml:1:1",
  file: "/repo/a.yaml",
  desiredState: "running",
  mode: "full",
  source: connection("old"),
  destination: connection("new"),
  objects: [
    {
      database: "shop",
      as: null,
      collections: [{ name: "a", as: "b", onExisting: "refuse", filter: null }],
      functions: false,
      exclude: ["x*"],
    },
  ],
  metadataDatabase: "mongoferry",
  reverse: null,
  limits: PLAIN_LIMITS,
  verification: { mode: "full", when: "end", sampleDocuments: 1_000, pauseMs: 3_600_000 },
  journal: "auto",
  cutover: { quietMs: 0, maxLagMs: 10_000, waitMs: 60_000, blockSourceWrites: false },
  costs: { egressPerGigabyte: null, perHour: null, currency: "USD" },
  git: { stateBranch: null, commits: "git" },
};

describe("hashSpec", () => {
  it.each<[string, Partial<Migration>]>([
    ["desiredState", { desiredState: "paused" }],
    ["limits", { limits: { ...PLAIN_LIMITS, workers: 1, documentsPerSecond: 2 } }],
    ["verification", { verification: { ...base.verification, mode: "off" } }],
    ["journal", { journal: "never" }],
    ["cutover", { cutover: { ...base.cutover, blockSourceWrites: true } }],
    ["title", { title: "other" }],
    ["places", { place: "b.yaml:9:9", file: "/elsewhere/b.yaml" }],
    ["git", { git: { stateBranch: "s", commits: "github" } }],
    [
      "a connection's own settings",
      { source: { ...base.source, provider: "atlas", place: "z:1:1" } },
    ],
  ])("stays when %s changes", (_title, change) => {
    expect(hashSpec({ ...base, ...change })).toBe(hashSpec(base));
  });

  it.each<[string, Partial<Migration>]>([
    ["the name", { name: "n" }],
    ["the mode", { mode: "full-and-incremental" }],
    ["an end", { destination: connection("third") }],
    [
      "where an end is",
      { source: { ...base.source, address: { kind: "uri", uriEnv: "SOME_OTHER_URI" } } },
    ],
    ["the metadata database", { metadataDatabase: "other" }],
    ["the objects", { objects: [{ ...base.objects[0]!, as: "store" }] }],
    ["what may be replaced", { objects: [{ ...base.objects[0]!, collections: null }] }],
    ["an exclusion", { objects: [{ ...base.objects[0]!, exclude: [] }] }],
  ])("changes with %s", (_title, change) => {
    expect(hashSpec({ ...base, ...change })).not.toBe(hashSpec(base));
  });

  it("doesn't depend on the order of keys", () => {
    const [selection] = normalizedSpec(base).objects;
    const reversed = Object.fromEntries(Object.entries(selection ?? {}).toReversed());
    const objects = [reversed] as unknown as Migration["objects"];
    expect(hashSpec({ ...base, objects })).toBe(hashSpec(base));
    expect(hashSpec(base)).toMatch(/^[0-9a-f]{64}$/u);
  });
});
