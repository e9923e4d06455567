import { describe, expect, it } from "vitest";
import type { SchemaChange } from "../../src/model/change.ts";
import { schemaConcern } from "../../src/work/schema-concern.ts";
import { migrationOf } from "../support/copy-fixture.ts";

const SHOP = {
  database: "shop",
  as: "store",
  collections: null,
  functions: false,
  exclude: ["tmp_*"],
};
const concernOf = schemaConcern(migrationOf("concern", [SHOP]));

function change(
  kind: SchemaChange["kind"],
  name: string,
  more: Partial<SchemaChange> = {},
): SchemaChange {
  const [db = "", coll = ""] = name.split(".");
  return {
    kind,
    operationType: kind,
    collection: { namespace: { db, coll }, uuid: null },
    renamedTo: null,
    droppedUuid: null,
    position: { resumeToken: Buffer.alloc(0), clusterTime: { seconds: 1, increment: 1 } },
    ...more,
  };
}

describe("schemaConcern", () => {
  it("looks at all that changes in databases of the selection, and at what names none", () => {
    expect(concernOf(change("create", "shop.orders"))).toBe("look");
    expect(concernOf(change("create", "shop.tmp_x"))).toBe("look");
    expect(concernOf(change("drop-database", "shop."))).toBe("look");
    expect(concernOf(change("alter", "."))).toBe("look");
    expect(concernOf(change("create", "other.orders"))).toBe("none");
    const moved = { renamedTo: { db: "shop", coll: "orders" } };
    expect(concernOf(change("rename", "other.orders", moved))).toBe("look");
  });

  it("I5 is stopped by what it does not know, unless that names what is not selected", () => {
    const reshard = { operationType: "reshardCollection" };
    expect(concernOf(change("unknown", "shop.orders", reshard))).toBe("stop");
    expect(concernOf(change("unknown", "shop.", reshard))).toBe("stop");
    expect(concernOf(change("unknown", ".", reshard))).toBe("stop");
    expect(concernOf(change("unknown", "shop.tmp_x", reshard))).toBe("none");
    expect(concernOf(change("unknown", "other.orders", reshard))).toBe("none");
    const moved = { ...reshard, renamedTo: { db: "shop", coll: "orders" } };
    expect(concernOf(change("unknown", "shop.tmp_x", moved))).toBe("stop");
  });

  it("passes over the ends of transactions", () => {
    expect(concernOf(change("unknown", ".", { operationType: "endOfTransaction" }))).toBe("none");
  });
});
