import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

test("what npm installs loads nothing before V8's setting is made, since loading may make V8 begin to mark", async () => {
  const text = await readFile(new URL("../src/bin.ts", import.meta.url), "utf8");
  expect(text.match(/^import .*$/gm)).toEqual([
    'import { turnOffIncrementalMarking } from "./base/turn-off-incremental-marking.ts";',
  ]);
  expect(text.indexOf("turnOffIncrementalMarking();")).toBeLessThan(text.indexOf("await import("));
});
