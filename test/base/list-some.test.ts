import { expect, it } from "vitest";
import { listSome } from "../../src/base/list-some.ts";

it.each([
  [0, ""],
  [1, "n1"],
  [5, "n1, n2, n3, n4, n5"],
  [1_205, "n1, n2, n3, n4, n5 and 1,200 more"],
])("names some of %i", (count, text) => {
  expect(listSome(Array.from({ length: count }, (_, i) => `n${i + 1}`))).toBe(text);
});
