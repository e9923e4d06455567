import { describe, expect, it } from "vitest";
import {
  CONNECTIONS,
  connectionWith,
  document,
  headingsIn,
  migration,
  migrationWith,
  problemsIn,
} from "./specs-in-text.ts";

const OBJECTS = "objects: [{database: shop}]";

describe("semantic rules", () => {
  it("duplicate-name: names the other place", () => {
    const [problem, ...others] = problemsIn(
      migrationWith(OBJECTS),
      migration("m", "objects: [{database: b}]"),
    );
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ file: "b.yaml", line: 3, column: 18, code: "duplicate-name" });
    expect(problem?.message).toContain("a.yaml:13:18");
    expect(
      headingsIn(
        connectionWith("provider: mongodb", "uri: {env: A}"),
        document("Defaults", "c", []).replace("spec:", "spec: {}"),
      ),
    ).toEqual([]);
  });

  it("duplicate-defaults", () => {
    const defaults = document("Defaults", "d", ["verification: off"]);
    expect(headingsIn(defaults, defaults)).toEqual(["b.yaml:1:1 duplicate-defaults"]);
  });

  it("unknown-connection: with the nearest name", () => {
    const [problem, ...others] = problemsIn(
      migrationWith(OBJECTS).replace("connection: old", "connection: olt"),
    );
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      line: 16,
      column: 24,
      code: "unknown-connection",
      path: "spec.source.connection",
    });
    expect(problem?.remedy).toContain('Did you mean "old"?');
  });

  it.each([
    ["one connection", CONNECTIONS, "connection: old"],
    ["one address", CONNECTIONS.replace("NEW_URI", "OLD_URI"), "connection: new"],
  ])("same-source-and-destination: %s", (_title, connections, destination) => {
    const text = connections + migration("m", OBJECTS).replace("connection: new", destination);
    expect(headingsIn(text)).toEqual([
      "a.yaml:17:29 same-source-and-destination spec.destination.connection",
    ]);
  });

  it("srv-with-port: also where srv is Atlas's default", () => {
    const lines = ["host: h", "port: 27017"];
    expect(headingsIn(connectionWith("provider: atlas", ...lines))).toEqual([
      "a.yaml:7:3 srv-with-port spec.port",
    ]);
    expect(headingsIn(connectionWith("provider: atlas", ...lines, "srv: false"))).toEqual([]);
    expect(headingsIn(connectionWith("provider: mongodb", ...lines))).toEqual([]);
  });

  it.each([
    [
      "a database",
      'objects: [{database: "a*", as: b}]',
      ["a.yaml:18:30 glob-with-as spec.objects[0].as"],
    ],
    [
      "a collection",
      'objects: [{database: a, collections: [{name: "b?", as: c}]}]',
      ["a.yaml:18:54 glob-with-as spec.objects[0].collections[0].as"],
    ],
    [
      "replace",
      'objects: [{database: a, collections: [{name: "b?", onExisting: replace}]}]',
      ["a.yaml:18:54 glob-with-as spec.objects[0].collections[0].onExisting"],
    ],
    [
      "keep in databases that only the source knows",
      'objects: [{database: "a*", collections: [{name: b, onExisting: keep}]}]',
      ["a.yaml:18:54 glob-with-as spec.objects[0].collections[0].onExisting"],
    ],
    [
      "not a new name in each of these databases",
      'objects: [{database: "a*", collections: [{name: b, as: c}]}]',
      [],
    ],
    [
      "not when escaped",
      String.raw`objects: [{database: a, collections: [{name: 'b\?', as: c}]}]`,
      [],
    ],
  ])("glob-with-as: %s", (_title, line, headings) => {
    expect(headingsIn(migrationWith(line))).toEqual(headings);
  });

  it.each([
    [
      "{database: a, collections: []}",
      ["a.yaml:18:40 nothing-selected spec.objects[0].collections"],
    ],
    [
      "{database: a, collections: [], functions: false}",
      ["a.yaml:18:40 nothing-selected spec.objects[0].collections"],
    ],
    ["{database: a, collections: [], functions: true}", []],
    ["{database: a, functions: false}", []],
  ])("nothing-selected: %s", (selection, headings) => {
    expect(headingsIn(migrationWith(`objects: [${selection}]`))).toEqual(headings);
  });

  it.each([
    ['{"a"', "filter-syntax"],
    ['{"$where": "1"}', "filter-operator"],
  ])("filters: %s", (filter, code) => {
    const written = `objects: [{database: a, collections: [b, {name: c, filter: '${filter}'}]}]`;
    const [problem, ...others] = problemsIn(migrationWith(written));
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ line: 18, column: 62, code });
    expect(problem?.path).toBe("spec.objects[0].collections[1].filter");
    expect(problem?.message).toMatch(/^The filter .*\.$/u);
    const fine = written.replace(filter, '{"a": {"$gt": 1}}');
    expect(headingsIn(migrationWith(fine))).toEqual([]);
  });

  it.each([
    ["{database: admin}", "18:24", "database"],
    ["{database: local, as: b}", "18:24", "database"],
    ["{database: a, as: admin}", "18:31", "as"],
    ["{database: a, as: config}", "18:31", "as"],
    ["{database: Admin}", "18:24", "database"],
    ["{database: a, as: Local}", "18:31", "as"],
  ])("system-database: %s", (selection, place, key) => {
    expect(headingsIn(migrationWith(`objects: [${selection}]`))).toEqual([
      `a.yaml:${place} system-database spec.objects[0].${key}`,
    ]);
  });

  it("system-database: config by name, and patterns that seem to take system databases, are left to the precheck", () => {
    expect(
      headingsIn(migrationWith('objects: [{database: config}, {database: "a*"}, {database: "*"}]')),
    ).toEqual([]);
    expect(headingsIn(migrationWith(OBJECTS, "metadataDatabase: local"))).toEqual([
      "a.yaml:19:21 system-database spec.metadataDatabase",
    ]);
  });

  it("selected-twice: one name with two targets in one list", () => {
    const line = "objects: [{database: a, collections: [{name: b, as: c}, b]}]";
    expect(headingsIn(migrationWith(line))).toEqual([
      "a.yaml:18:59 selected-twice spec.objects[0].collections[1]",
    ]);
  });

  it("metadata-database: also when the name comes from the Defaults", () => {
    for (const name of ["mongoferry", "Mongoferry"]) {
      expect(headingsIn(migrationWith(`objects: [{database: a, as: ${name}}]`))).toEqual([
        "a.yaml:18:31 metadata-database spec.objects[0].as",
      ]);
    }
    expect(
      headingsIn(migrationWith(OBJECTS), document("Defaults", "d", ["metadataDatabase: shop"])),
    ).toEqual(["a.yaml:18:24 metadata-database spec.objects[0].database"]);
  });

  it.each([
    ["a dot in a database", "{database: shop.orders}", "18:24", "database"],
    ["a blank", '{database: "a b"}', "18:24", "database"],
    ["a dollar", '{database: a, as: "$b"}', "18:31", "as"],
    ["a long database", `{database: ${"é".repeat(32)}}`, "18:24", "database"],
    ["a pattern that matches nothing", '{database: "shop.*"}', "18:24", "database"],
    [
      "a system collection",
      "{database: a, collections: [system.users]}",
      "18:41",
      "collections[0]",
    ],
    [
      "a system collection as target",
      "{database: a, collections: [{name: b, as: system.js}]}",
      "18:55",
      "collections[0].as",
    ],
    ["a system pattern", '{database: a, collections: ["system.*"]}', "18:41", "collections[0]"],
    ["a leading dot", "{database: a, collections: [.b]}", "18:41", "collections[0]"],
    ["a dollar in a collection", "{database: a, collections: [b$c]}", "18:41", "collections[0]"],
    ["a control character", String.raw`{database: a, as: "b\n"}`, "18:31", "as"],
    [
      "a long namespace",
      `{database: a, collections: [${"c".repeat(254)}]}`,
      "18:41",
      "collections[0]",
    ],
  ])("invalid-name: %s", (_title, selection, place, key) => {
    expect(headingsIn(migrationWith(`objects: [${selection}]`))).toEqual([
      `a.yaml:${place} invalid-name spec.objects[0].${key}`,
    ]);
  });
});
