import { expect, test } from "vitest";
// @ts-expect-error a script without types
import { parsePackages } from "../../scripts/optional-packages.mjs";

test("packages are named with exact versions, in any number of lines", () => {
  expect(parsePackages(" snappy@7.3.3\n\t@mongodb-js/zstd@7.0.0-beta.1 \n")).toEqual([
    { name: "snappy", version: "7.3.3" },
    { name: "@mongodb-js/zstd", version: "7.0.0-beta.1" },
  ]);
  expect(parsePackages("\n")).toEqual([]);
});

test("whatever no connection can ask for is refused, above all what npm would take for something else", () => {
  const hostile = [
    "--global",
    "-g",
    "left-pad@1.3.0",
    "snapy@7.3.3",
    "evil@npm:snappy@7.3.3",
    "snappy@file:../evil",
    "snappy@npm:evil@1.0.0",
    "./snappy@7.3.3",
    "/tmp/snappy@7.3.3",
    "https://example.com/snappy.tgz",
    "git+ssh://git@example.com/snappy.git",
    "una/snappy",
    "__proto__@1.0.0",
    "@@1.0.0",
  ];
  for (const text of hostile) expect(() => parsePackages(text), text).toThrow("packages: ");
});

test("a version is exact", () => {
  const versions = [
    "",
    "@",
    "@7",
    "@7.3",
    "@^7.3.3",
    "@7.x",
    "@latest",
    "@>=7.0.0",
    "@7.3.3||8.0.0",
  ];
  const others = ["@https://example.com/a.tgz", "@7.3.3;id", "@7.3.3$(id)", "@7.3.3-"];
  for (const version of [...versions, ...others]) {
    expect(() => parsePackages(`snappy${version}`), version).toThrow("as in snappy@1.2.3");
  }
});

test("a package is named once", () => {
  expect(() => parsePackages("snappy@7.3.3 snappy@7.2.0")).toThrow("snappy is named twice");
});
