import { describe, expect, it } from "vitest";
import { CONNECTIONS, headingsIn, migration, migrationWith, problemsIn } from "./specs-in-text.ts";

const twice = "namespace-written-twice";

describe("namespace-written-twice", () => {
  it.each([
    ["one name twice", "[{database: a, collections: [b, b]}]", ["a.yaml:18:44 "]],
    [
      "two names, one target",
      "[{database: a, collections: [b, {name: c, as: b}]}]",
      ["a.yaml:18:58 "],
    ],
    ["one database twice", "[{database: a}, {database: a}]", ["a.yaml:18:39 "]],
    [
      "a name beside its whole database",
      "[{database: a, collections: [b]}, {database: a}]",
      ["a.yaml:18:57 "],
    ],
    [
      "a name beside a pattern elsewhere",
      '[{database: a, collections: ["b*"]}, {database: a, collections: [bc]}]',
      ["a.yaml:18:77 "],
    ],
    [
      "two databases, one target",
      "[{database: a, collections: [c]}, {database: b, as: a, collections: [c]}]",
      ["a.yaml:18:81 "],
    ],
    ["a database that is named beside a pattern", '[{database: "a*"}, {database: ab}]', []],
    ["equal patterns", '[{database: "a*"}, {database: "a*"}]', ["a.yaml:18:42 "]],
    ["renamed apart", "[{database: a}, {database: a, as: b}]", []],
    [
      "renamed apart by collection",
      "[{database: a, collections: [b]}, {database: a, collections: [{name: b, as: c}]}]",
      [],
    ],
    ["excluded from one", "[{database: a, collections: [b]}, {database: a, exclude: [b]}]", []],
    [
      "an exact entry beside a pattern of the same selection",
      '[{database: a, collections: [{name: bc, onExisting: replace}, "b*"]}]',
      [],
    ],
    [
      "a pattern whose selection renames that name",
      '[{database: a, collections: ["*", {name: b, as: c}]}, {database: a, collections: [b]}]',
      [],
    ],
    [
      "patterns that may meet: the precheck's",
      '[{database: a, collections: ["b*"]}, {database: a, collections: ["*c"]}]',
      [],
    ],
    ["config and a pattern, which never selects it", '[{database: config}, {database: "c*"}]', []],
  ])("%s", (_title, objects, places) => {
    const headings = headingsIn(migrationWith(`objects: ${objects}`));
    expect(headings.map((heading) => heading.split(`${twice} `)[0])).toEqual(places);
  });

  it("compares migrations, and names the other place", () => {
    const other = migration("n", "objects: [{database: z, as: shop, collections: [b]}]");
    const [problem, ...others] = problemsIn(
      migrationWith("objects: [{database: shop, collections: [b]}]"),
      other,
    );
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ file: "b.yaml", line: 8, column: 51, code: twice });
    expect(problem?.message).toBe(
      '"shop.b" at the destination is written by a.yaml:18:44 already.',
    );
  });

  it("knows a deployment by its address", () => {
    const third = CONNECTIONS.replace("name: old", "name: third")
      .replace("OLD_URI", "NEW_URI")
      .split("---")[0];
    const other = migration("n", "objects: [{database: shop}]").replace(
      "connection: new",
      "connection: third",
    );
    expect(
      headingsIn(migrationWith("objects: [{database: shop}]"), `${third}---\n${other}`),
    ).toEqual([`b.yaml:13:24 ${twice} spec.objects[0].database`]);
  });

  it("leaves out stopped migrations, which write no more", () => {
    const stopped = migration("n", "objects: [{database: shop}]", "desiredState: stopped");
    expect(headingsIn(migrationWith("objects: [{database: shop}]"), stopped)).toEqual([]);
  });
});
