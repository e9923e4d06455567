/** The checks that the build generates find what ajv finds at run time, to the last property of each error. */
import type { ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
// @ts-expect-error a script without types
import { bundle } from "../../scripts/build.mjs";
import { validators } from "../../src/spec/compile-validators.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Below the project, as the bundle looks for its package.json in the folders above. */
const CACHE = join(ROOT, "node_modules/.cache/mongoferry-tests");
/** On a machine that is busy. */
const BUNDLED_WITHIN_MS = 60_000;

type Validators = typeof validators;
type Part = keyof Validators;

const PARTS = Object.keys(validators) as readonly Part[];

/** What the examples leave out. */
const EVERYTHING = `
apiVersion: mongoferry.dev/v1
kind: Connection
metadata: { name: uri }
spec: { provider: atlas, uri: { env: ATLAS_URI }, timeouts: { connectSeconds: 5, serverSelectionSeconds: 9 } }
---
apiVersion: mongoferry.dev/v1
kind: Connection
metadata: { name: parts }
spec:
  provider: apsaradb
  storageGiB: 20
  host: dds.example.com
  port: 3717
  srv: false
  replicaSet: rs0
  authDatabase: admin
  username: { env: USER_NAME }
  password: { env: PASSWORD }
  tls: { enabled: true, caFile: ca.pem, allowInvalidHostnames: false }
---
apiVersion: mongoferry.dev/v1
kind: Migration
metadata: { name: shop }
spec:
  title: Shop
  desiredState: running
  mode: full-and-incremental
  source: { connection: uri }
  destination: { connection: parts }
  objects:
    - database: shop
      as: store
      collections: [orders, { name: carts, as: baskets, onExisting: replace, filter: "{}" }]
      exclude: ["tmp_*"]
      functions: true
  limits:
    workers: 2
    bufferMiB: 64
    documentsPerSecond: unlimited
    megabytesPerSecond: 1.5
    windows: [{ from: "22:00", to: "24:00", timeZone: UTC, days: [sat, sun], copy: false }]
  verification: { mode: sample, when: continuous, sampleDocuments: 7, pauseMinutes: 1 }
  journal: auto
  cutover: { quietSeconds: 0, maxLagSeconds: 2, waitMinutes: 3, blockSourceWrites: true }
  costs: { egressPerGigabyte: 0.09, perHour: 1, currency: EUR }
---
apiVersion: mongoferry.dev/v1
kind: Migration
metadata: { name: back }
spec: { mode: full-and-incremental, source: { connection: parts }, destination: { connection: uri }, reverse: { of: shop } }
---
apiVersion: mongoferry.dev/v1
kind: Defaults
metadata: { name: defaults }
spec:
  limits: { adaptive: false, readFrom: secondary }
  verification: full
  metadataDatabase: ferry
  state: { branch: state, commits: github }
---
workers: 3
documentsPerSecond: 500
windows: [{ from: "01:30", to: "02:00", timeZone: Asia/Shanghai, megabytesPerSecond: unlimited }]
`;

/** Breaks each rule that the schema knows. */
const BROKEN = `
{ apiVersion: mongoferry.dev/v1, kind: Migration, metadata: { name: -a }, spec: { mode: half, typo: 1, source: {} } }
---
apiVersion: mongoferry.dev/v2
kind: Connection
metadata: { name: "" }
spec: { provider: atlas, uri: { env: URI }, host: h, password: { env: P }, port: 0, storageGiB: 0 }
---
apiVersion: mongoferry.dev/v1
kind: Connection
metadata: { name: ${"a".repeat(64)} }
spec: { provider: mongodb, host: h, port: 65536, password: { env: P }, srv: yes please }
---
apiVersion: mongoferry.dev/v1
kind: Migration
metadata: { name: shop }
spec: { mode: full, source: { connection: a }, destination: { connection: b }, objects: [], verification: most }
---
{ windows: [${'{ from: "1", to: "2", timeZone: UTC, days: [mon, tue, wed, thu, fri, sat, sun, mon] },'.repeat(51)}] }
`;

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

let folder: string;
let precompiled: Validators;
let examples: readonly Json[];
let changes: fc.Arbitrary<Change>;

beforeAll(async () => {
  await mkdir(CACHE, { recursive: true });
  folder = await mkdtemp(join(CACHE, "validators-"));
  await bundle(["src/spec/compile-validators.ts"], folder);
  const built: unknown = await import(pathToFileURL(join(folder, "compile-validators.js")).href);
  ({ validators: precompiled } = built as { readonly validators: Validators });
  examples = [...(await readExamples()), ...documentsIn(EVERYTHING)];
  changes = changesWith(await readSchema(), examples);
}, BUNDLED_WITHIN_MS);

afterAll(async () => {
  await rm(folder, { recursive: true });
});

it("has generated code for each part", () => {
  expect(Object.keys(precompiled).toSorted()).toEqual(PARTS.toSorted());
  for (const part of PARTS) expect(precompiled[part]).not.toBe(validators[part]);
});

it("finds each example valid as what it is, and the same in it as anything else", () => {
  expect(examples.length).toBeGreaterThan(10);
  for (const example of examples) {
    expect(compare(example).filter(({ isValid }) => isValid)).toHaveLength(1);
  }
});

it("finds the same in documents that break each rule, with values and schemas", () => {
  const errors = documentsIn(BROKEN)
    .flatMap(compare)
    .flatMap((found) => found.errors);
  expect([...new Set(errors.map(({ keyword }) => keyword))].toSorted()).toEqual([
    "additionalProperties",
    "const",
    "dependentRequired",
    "enum",
    "exclusiveMinimum",
    "false schema",
    "if",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "pattern",
    "required",
    "type",
  ]);
  // What messages of problems are made of.
  for (const error of errors) {
    expect(Object.keys(error)).toEqual(
      expect.arrayContaining(["instancePath", "params", "schema", "parentSchema", "data"]),
    );
  }
});

it("finds the same in whatever else may be written", () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(changes, { minLength: 1, maxLength: 4 }), (at, made) => {
      const example = examples[at % examples.length] ?? null;
      compare(made.reduce(applyChange, example));
    }),
    { numRuns: 1_000 },
  );
});

interface Found {
  readonly isValid: boolean;
  readonly errors: readonly ErrorObject[];
}

/** What a document is found to be as each part, by both. */
function compare(document: Json): readonly Found[] {
  return PARTS.map((part) => {
    const now = check(validators[part], document);
    const then = check(precompiled[part], document);
    // Tells sooner than `toEqual`, which tells what differs.
    if (!isDeepStrictEqual(then, now)) expect({ part, ...then }).toEqual({ part, ...now });
    return now;
  });
}

function check(validate: ValidateFunction, document: Json): Found {
  return { isValid: validate(document), errors: validate.errors ?? [] };
}

type Change =
  | { readonly kind: "remove"; readonly at: number }
  | { readonly kind: "replace"; readonly at: number; readonly value: Json }
  | { readonly kind: "add"; readonly at: number; readonly key: string; readonly value: Json };

/** Changes with the schema's own words, with parts of other documents, and with anything. */
function changesWith(schema: Json, documents: readonly Json[]): fc.Arbitrary<Change> {
  const written = documents.flatMap((document) => placesIn(document));
  const keys = [...new Set(written.flatMap(({ key }) => key ?? []))];
  const value = fc.oneof(
    fc.constantFrom(...written.map((place) => place.value)),
    fc.constantFrom(...placesIn(schema).map((place) => place.value)),
    fc.constantFrom<Json[]>(0, -1, 0.05, 1.5, 1e12, "", "x".repeat(300), "💶".repeat(40), [], {}),
    fc.jsonValue() as fc.Arbitrary<Json>,
  );
  const at = fc.nat();
  const key = fc.oneof(fc.constantFrom(...keys), fc.constantFrom("toString", "a/b~c", "", "é"));
  return fc.oneof(
    fc.record({ kind: fc.constant("remove" as const), at }),
    fc.record({ kind: fc.constant("replace" as const), at, value }),
    fc.record({ kind: fc.constant("add" as const), at, key, value }),
  );
}

interface Place {
  /** From the top of the document on. */
  readonly path: readonly (string | number)[];
  /** Null: it is the document, or in a list. */
  readonly key: string | null;
  readonly value: Json;
}

function placesIn(value: Json, path: Place["path"] = []): readonly Place[] {
  const last = path.at(-1);
  const own = { path, key: typeof last === "string" ? last : null, value };
  if (typeof value !== "object" || value === null) return [own];
  const inside = Array.isArray(value)
    ? value.flatMap((each: Json, index) => placesIn(each, [...path, index]))
    : Object.entries(value).flatMap(([key, each]) => placesIn(each as Json, [...path, key]));
  return [own, ...inside];
}

function applyChange(document: Json, change: Change): Json {
  const places = placesIn(document);
  const place = places[change.at % places.length];
  if (place === undefined) return document;
  switch (change.kind) {
    case "remove":
      return withValue(document, place.path, undefined) ?? null;
    case "replace":
      return withValue(document, place.path, change.value) ?? null;
    case "add":
      return withValue(document, [...place.path, change.key], change.value) ?? null;
  }
}

/** A copy with another value at a place, or without it; the same where nothing can be there. */
function withValue(
  value: Json,
  [first, ...rest]: Place["path"],
  given: Json | undefined,
): Json | undefined {
  if (first === undefined) return given;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    const at = typeof first === "number" ? first : list.length;
    const changed = withValue(list[at] ?? null, rest, given);
    return [
      ...list.slice(0, at),
      ...(changed === undefined ? [] : [changed]),
      ...list.slice(at + 1),
    ];
  }
  const { [first]: before = null, ...others } = value as Readonly<Record<string, Json>>;
  const changed = withValue(before, rest, given);
  return changed === undefined ? others : { ...others, [first]: changed };
}

async function readExamples(): Promise<readonly Json[]> {
  const names = await readdir(join(ROOT, "migrations"));
  const texts = await Promise.all(
    names
      .filter((name) => name.endsWith(".yaml"))
      .map(async (name) => readFile(join(ROOT, "migrations", name), "utf8")),
  );
  return texts.flatMap(documentsIn);
}

function documentsIn(text: string): readonly Json[] {
  return parseAllDocuments(text).map((document) => document.toJS() as Json);
}

async function readSchema(): Promise<Json> {
  return JSON.parse(await readFile(join(ROOT, "schemas/mongoferry.schema.json"), "utf8")) as Json;
}
