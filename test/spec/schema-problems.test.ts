import { describe, expect, it } from "vitest";
import {
  connectionWith,
  document,
  headingsIn,
  migrationWith,
  problemsIn,
} from "./specs-in-text.ts";

const OBJECTS = "objects: [{database: shop}]";

describe("schema problems", () => {
  it("finds none in a valid migration", () => {
    expect(problemsIn(migrationWith(OBJECTS))).toEqual([]);
  });

  it.each([
    [
      "unknown-key",
      migrationWith(OBJECTS, "limit: {}"),
      "a.yaml:19:3 unknown-key spec.limit",
      '"limits"',
    ],
    ["missing objects", migrationWith(), "a.yaml:14:1 objects-missing spec", "`objects`"],
    [
      "missing-key in a list",
      migrationWith("objects:", "  - as: b"),
      "a.yaml:19:7 missing-key spec.objects[0]",
      '"database"',
    ],
    [
      "missing-key beside another",
      connectionWith("provider: atlas", "host: h", "password: {env: P}"),
      "a.yaml:7:3 missing-key spec.password",
      '"username"',
    ],
    [
      "wrong-type: a number",
      migrationWith("objects: [{database: 123}]"),
      "a.yaml:18:24 wrong-type spec.objects[0].database",
      '"123"',
    ],
    [
      "wrong-type: a word for true",
      connectionWith("provider: atlas", "host: h", "srv: yes"),
      "a.yaml:7:8 wrong-type spec.srv",
      "true",
    ],
    [
      "wrong-type: nothing",
      migrationWith(OBJECTS, "limits:"),
      "a.yaml:19:10 wrong-type spec.limits",
      "remove the key",
    ],
    [
      "wrong-type: text for a list",
      migrationWith("objects: [{database: shop, collections: a}]"),
      "a.yaml:18:43 wrong-type spec.objects[0].collections",
      '["a"]',
    ],
    [
      "wrong-type: quoted number",
      migrationWith(OBJECTS, 'limits: {workers: "8"}'),
      "a.yaml:19:21 wrong-type spec.limits.workers",
      "8",
    ],
    [
      "not-allowed",
      migrationWith(OBJECTS, "desiredState: stoped"),
      "a.yaml:19:17 not-allowed spec.desiredState",
      '"stopped"',
    ],
    [
      "pattern",
      document("Defaults", "d", ["state: {branch: a..b}"]),
      "a.yaml:5:19 pattern spec.state.branch",
      "branch",
    ],
    [
      "pattern of a name",
      document("Defaults", "d_1", ["verification: off"]),
      "a.yaml:3:18 pattern metadata.name",
      "hyphens",
    ],
    [
      "out-of-range",
      migrationWith(OBJECTS, "limits: {workers: 65}"),
      "a.yaml:19:21 out-of-range spec.limits.workers",
      "64",
    ],
    [
      "out-of-range: nothing in a list",
      migrationWith("objects: []"),
      "a.yaml:18:12 out-of-range spec.objects",
      "Add",
    ],
    [
      "conflicting-address: both",
      connectionWith("provider: atlas", "uri: {env: U}", "host: h"),
      "a.yaml:7:3 conflicting-address spec.host",
      "either",
    ],
    [
      "conflicting-address: neither",
      connectionWith("provider: atlas"),
      "a.yaml:4:1 conflicting-address spec",
      "uri",
    ],
    [
      "unknown-kind",
      "apiVersion: mongoferry.dev/v1\nkind: Migratoin\n",
      "a.yaml:2:7 unknown-kind kind",
      '"Migration"',
    ],
    [
      "unknown-api-version",
      document("Defaults", "d", ["verification: off"]).replace("v1", "v2"),
      "a.yaml:1:13 unknown-api-version apiVersion",
      "mongoferry.dev/v1",
    ],
    ["missing kind", "apiVersion: mongoferry.dev/v1\n", "a.yaml:1:1 missing-key", '"kind"'],
    ["no mapping at all", "- a\n", "a.yaml:1:1 wrong-type", "apiVersion"],
  ])("%s", (_title, text, heading, remedy) => {
    expect(headingsIn(text)).toEqual([heading]);
    expect(problemsIn(text)[0]?.remedy).toContain(remedy);
  });

  it("treats keys of JavaScript's object as any other", () => {
    const text = migrationWith(OBJECTS, "__proto__: {a: 1}", "constructor: 1", "toString: 2");
    expect(headingsIn(text)).toEqual([
      "a.yaml:19:3 unknown-key spec.__proto__",
      "a.yaml:20:3 unknown-key spec.constructor",
      "a.yaml:21:3 unknown-key spec.toString",
    ]);
    expect(headingsIn("__proto__: {apiVersion: mongoferry.dev/v1, kind: Migration}\n")).toEqual([
      "a.yaml:1:1 missing-key",
      "a.yaml:1:1 missing-key",
    ]);
  });

  it("refuses merge keys by name", () => {
    const [problem] = problemsIn(migrationWith(OBJECTS, "<<: {title: x}"));
    expect(problem).toMatchObject({ code: "unknown-key", path: 'spec["<<"]', line: 19, column: 3 });
    expect(problem?.remedy).toContain("Merge keys");
  });

  it("reports all problems at once, in the order of the text", () => {
    const text = migrationWith("objects: [{database: 1}]", "mod: full", "limits: {workers: 0}");
    expect(headingsIn(text)).toEqual([
      "a.yaml:18:24 wrong-type spec.objects[0].database",
      "a.yaml:19:3 unknown-key spec.mod",
      "a.yaml:20:21 out-of-range spec.limits.workers",
    ]);
  });

  it("cuts and escapes what it echoes", () => {
    const hostile = String.raw`"\e[31m\n::error::x##[error]${"y".repeat(100)}"`;
    const [problem] = problemsIn(migrationWith(OBJECTS, `desiredState: ${hostile}`));
    expect(problem?.message).toMatch(
      /^"\\u\{1b\}\[31m\\u\{a\}::error::x##\\u\{5b\}error\]y+…" is not allowed here\.$/u,
    );
    expect(problem?.message.length).toBeLessThan(120);
  });
});
