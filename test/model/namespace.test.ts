import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareNamespaces,
  compareText,
  formatNamespace,
  parseNamespace,
} from "../../src/model/namespace.ts";

const db = fc.string({ minLength: 1 }).filter((name) => !name.includes("."));
const coll = fc.string({ minLength: 1 });
const namespace = fc.record({ db, coll });

describe("parseNamespace", () => {
  it("splits at the first dot, since collections may have dots", () => {
    expect(parseNamespace("shop.orders.2024")).toEqual({ db: "shop", coll: "orders.2024" });
  });

  it.each(["", "shop", ".orders", "shop.", "."])("takes %j for no namespace", (text) => {
    expect(parseNamespace(text)).toBeNull();
  });

  it("reads back what formatNamespace writes", () => {
    fc.assert(
      fc.property(namespace, (value) => {
        expect(parseNamespace(formatNamespace(value))).toEqual(value);
      }),
    );
  });
});

describe("compareNamespaces", () => {
  it("orders by database, then by collection", () => {
    const sorted = ["a.z", "b.a", "a.b", "b.B"]
      .map((text) => parseNamespace(text) ?? { db: "", coll: "" })
      .toSorted(compareNamespaces);
    expect(sorted.map(formatNamespace)).toEqual(["a.b", "a.z", "b.B", "b.a"]);
  });

  it("is zero for equal ones only, and turns around with its arguments", () => {
    fc.assert(
      fc.property(namespace, namespace, (a, b) => {
        expect(compareNamespaces(a, b) === 0).toBe(a.db === b.db && a.coll === b.coll);
        expect(Math.sign(compareNamespaces(a, b))).toBe(-Math.sign(compareNamespaces(b, a)) + 0);
      }),
    );
  });
});

describe("compareText", () => {
  it("knows no locale", () => {
    expect(["ä", "b", "Z", "a"].toSorted(compareText)).toEqual(["Z", "a", "b", "ä"]);
  });
});
