import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { rules } from "../../src/precheck/rules.ts";

it("docs/precheck.md lists every rule, in the order in which they are shown", () => {
  const document = readFileSync(new URL("../../docs/precheck.md", import.meta.url), "utf8");
  const table = document.slice(
    document.indexOf("| rule |"),
    document.indexOf("## What the account"),
  );
  const listed = [...table.matchAll(/^\| `([a-z-]+)` \|/gmu)].map(([, id]) => id);
  expect(listed).toEqual(rules.map(({ id }) => id));
});
