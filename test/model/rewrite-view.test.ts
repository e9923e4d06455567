import { describe, expect, it } from "vitest";
import { readViewNames, renameInView } from "../../src/model/rewrite-view.ts";
import { exact } from "../report/sample-plan.ts";

function fields(...entries: readonly (readonly [string, unknown])[]): ReadonlyMap<string, unknown> {
  return new Map(entries);
}

/** Each name that may be replaced is one letter; what may not be is upper case. */
const EVERYWHERE = exact(
  ["viewOn", "a"],
  [
    "pipeline",
    [
      fields(["$match", fields(["from", "A"], ["coll", "B"])]),
      fields([
        "$lookup",
        fields(
          ["from", "b"],
          ["as", "A"],
          ["localField", "b"],
          ["pipeline", [fields(["$unionWith", "c"]), fields(["$set", fields(["x", "c"])])]],
        ),
      ]),
      fields(["$graphLookup", fields(["from", "d"], ["as", "D"], ["connectToField", "d"])]),
      fields([
        "$unionWith",
        fields(["coll", "e"], ["pipeline", [fields(["$lookup", fields(["from", "f"])])]]),
      ]),
      fields(["$facet", fields(["from", [fields(["$unionWith", "g"])]])]),
      // Since 5.0 a pipeline of $documents needs no collection.
      fields(["$lookup", fields(["as", "A"], ["pipeline", [fields(["$documents", ["h"]])]])]),
    ],
  ],
  ["collation", fields(["locale", "de"])],
);

describe("readViewNames", () => {
  it("knows every place where a server takes a collection's name", () => {
    expect(readViewNames(EVERYWHERE)).toEqual({
      known: ["a", "b", "c", "d", "e", "f", "g"],
      doubtful: [],
      foreign: [],
    });
  });

  it("reports what stands where it may be a name or data", () => {
    const stage = fields(["$later", fields(["pipelines", [fields(["$unionWith", "x"])]])]);
    const literal = fields(["$set", fields(["y", fields(["$lookup", fields(["from", "y"])])])]);
    const names = readViewNames(exact(["viewOn", "a"], ["pipeline", [stage, literal]]));
    expect(names).toEqual({ known: ["a"], doubtful: ["x", "y"], foreign: [] });
  });

  it("reports stages that name a database", () => {
    const from = fields(["db", "crm"], ["coll", "people"]);
    const pipeline = [fields(["$lookup", fields(["from", from])]), fields(["$unionWith", from])];
    expect(readViewNames(exact(["viewOn", "a"], ["pipeline", pipeline])).foreign).toEqual([
      "$lookup of database crm",
      "$unionWith of database crm",
    ]);
  });

  it.each([
    ["no pipeline", exact(["viewOn", "a"])],
    ["a pipeline that is none", exact(["viewOn", "a"], ["pipeline", "b"])],
    ["stages that are none", exact(["viewOn", "a"], ["pipeline", ["b", 1, null]])],
  ])("takes %s", (_, options) => {
    expect(readViewNames(options).known).toEqual(["a"]);
  });
});

describe("renameInView", () => {
  it("changes exactly those names, and nothing else", () => {
    const renamed = renameInView(EVERYWHERE, (name) => `${name}_new`);
    expect(readViewNames(renamed).known).toEqual(
      ["a", "b", "c", "d", "e", "f", "g"].map((name) => `${name}_new`),
    );
    const expected = EVERYWHERE.json
      .replace('"viewOn":"a"', '"viewOn":"a_new"')
      .replace('"$lookup":{"from":"b"', '"$lookup":{"from":"b_new"')
      .replace('"$unionWith":"c"', '"$unionWith":"c_new"')
      .replace('"$graphLookup":{"from":"d"', '"$graphLookup":{"from":"d_new"')
      .replace('"coll":"e"', '"coll":"e_new"')
      .replace('"$lookup":{"from":"f"', '"$lookup":{"from":"f_new"')
      .replace('"$unionWith":"g"', '"$unionWith":"g_new"');
    expect(renamed.json).toBe(expected);
  });

  it("gives the same definition where names stay", () => {
    expect(renameInView(EVERYWHERE, (name) => name)).toEqual(EVERYWHERE);
  });
});
