import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkDocuments } from "../../src/spec/check-documents.ts";
import { parseYaml } from "../../src/spec/parse-yaml.ts";
import { decodeSpecFile } from "../../src/spec/read-spec-file.ts";
import { headingsIn, migrationWith, problemsIn, sourceOf } from "./specs-in-text.ts";

const OBJECTS = "objects: [{database: shop}]";

describe("parseYaml", () => {
  it.each([
    ["duplicate-key", migrationWith(OBJECTS, "mode: full"), ["a.yaml:19:3 duplicate-key"]],
    ["tab-indent", migrationWith("objects:", "\t- database: a"), ["a.yaml:19:3 tab-indent"]],
    ["tab-indent at the start", "a:\n\tb: 1\n", ["a.yaml:2:1 tab-indent"]],
    ["yaml-syntax: a quote", 'a: "b\n', ["a.yaml:2:1 yaml-syntax"]],
    ["yaml-syntax: an alias", "a: *b\n", ["a.yaml:1:4 yaml-syntax"]],
    ["yaml-syntax: a template as key", "a: {{ b }}\n", ["a.yaml:1:5 yaml-syntax"]],
    [
      "unresolved-tag",
      migrationWith("objects: [{database: !secret shop}]"),
      ["a.yaml:18:24 unresolved-tag"],
    ],
    [
      "unresolved-tag of YAML 1.1",
      migrationWith("objects: [{database: !!binary YQ==}]"),
      ["a.yaml:18:24 unresolved-tag"],
    ],
    ["yaml-directive", `%YAML 1.1\n---\n${migrationWith(OBJECTS)}`, ["a.yaml:2:1 yaml-directive"]],
    ["empty-file", "", ["a.yaml:1:1 empty-file"]],
    ["empty-file: a comment", "# nothing\n---\n", ["a.yaml:1:1 empty-file"]],
    ["alias-bomb: endless", "a: &a [*a]\n", ["a.yaml:1:8 alias-bomb"]],
    ["too-deep", `a: ${"[".repeat(20_000)}`, ["a.yaml:1:43 too-deep"]],
    [
      "too-deep in blocks",
      Array.from({ length: 200 }, (_, at) => `${" ".repeat(at)}a:\n`).join(""),
      ["a.yaml:41:41 too-deep"],
    ],
  ])("%s", (_title, text, headings) => {
    expect(headingsIn(text)).toEqual(headings);
    for (const { remedy } of problemsIn(text)) expect(remedy).not.toBe("");
  });

  it("stops an alias bomb before it expands", () => {
    const levels = "bcdefgh".split("").map((name, at) => {
      const uses = `*${"abcdefg"[at]},`.repeat(9);
      return `${name}: &${name} [${uses}]\n`;
    });
    const codes = problemsIn(`a: &a [x,x,x,x,x,x,x,x,x]\n${levels.join("")}`).map(
      ({ code }) => code,
    );
    expect(codes).toEqual(["alias-bomb"]);
  });

  it("lets a few anchors be used, with the meaning they had there", () => {
    const [document] = parseYaml(
      sourceOf("a: &x 1\nb: &y [*x]\nc: &x 2\nd: *y\ne: *x\n"),
    ).documents;
    expect(JSON.parse(JSON.stringify(document?.value))).toEqual({
      a: 1,
      b: [1],
      c: 2,
      d: [1],
      e: 2,
    });
  });

  it("reads several documents, passes over empty ones, and keeps positions with CRLF", () => {
    const text = `---\n${migrationWith(OBJECTS, "x: 1")}---\n---\n`.replaceAll("\n", "\r\n");
    expect(headingsIn(text)).toEqual(["a.yaml:20:3 unknown-key spec.x"]);
  });

  it("doesn't judge references while a document is unreadable", () => {
    const text = `${migrationWith(OBJECTS).replace("connection: old", "connection: other")}---\na: [\n`;
    expect(problemsIn(text).map(({ code }) => code)).not.toContain("unknown-connection");
  });
});

describe("decodeSpecFile", () => {
  const file = { file: "a.yaml", absoluteFile: "/repo/a.yaml" };

  it("byte-order-mark: reports it and reads on", () => {
    const { source, problems } = decodeSpecFile(file, Buffer.from("\ufeffa: 1\n"));
    expect(source?.text).toBe("a: 1\n");
    expect(problems).toMatchObject([{ code: "byte-order-mark", line: 1, column: 1 }]);
  });

  it("not-utf8: points at the first wrong byte", () => {
    const bytes = Buffer.concat([
      Buffer.from("ä: 1\nb: ü"),
      Buffer.from([0xfc]),
      Buffer.from("\nc"),
    ]);
    expect(decodeSpecFile(file, bytes)).toMatchObject({
      source: null,
      problems: [{ code: "not-utf8", line: 2, column: 5 }],
    });
  });

  it("not-utf8: knows UTF-16", () => {
    const [problem] = decodeSpecFile(file, Buffer.from("\ufeffa: ä", "utf16le")).problems;
    expect(problem).toMatchObject({ code: "not-utf8", message: "The file is UTF-16." });
  });
});

describe("any input", () => {
  it("bytes never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { source } = decodeSpecFile({ file: "a", absoluteFile: "/a" }, Buffer.from(bytes));
        expect(source === null || isComplete(source.text)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("pieces of YAML never throw", () => {
    const piece = fc.constantFrom(
      "a",
      ": ",
      "\n",
      "  ",
      "- ",
      "? ",
      "[",
      "]",
      "{",
      "}",
      ",",
      "&a ",
      "*a",
      "!t ",
      "|\n",
      ">-\n",
      '"',
      "'",
      "#",
      "---\n",
      "...\n",
      "%YAML 1.1\n",
      "\t",
      "\r",
      "<<",
      "null",
      "1",
      "apiVersion: mongoferry.dev/v1\n",
      "kind: Migration\n",
      "spec:\n",
      "objects:\n",
      "database",
      "\u0000",
      "\u2028",
      "😀",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(isComplete(pieces.join(""))).toBe(true);
      }),
      { numRuns: 800 },
    );
  });

  it("any values in place of the right ones never throw", () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom("a*", "admin", "system.x", ""));
    const keys = [
      "objects",
      "database",
      "as",
      "collections",
      "name",
      "exclude",
      "source",
      "connection",
      "uri",
      "tls",
    ];
    const object = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 6 });
    const spec = fc.oneof(
      value,
      fc.dictionary(
        fc.constantFrom(...keys),
        fc.oneof(value, object, fc.array(object, { maxLength: 4 })),
      ),
    );
    const kinds = fc.constantFrom("Migration", "Connection", "Defaults");
    fc.assert(
      fc.property(kinds, spec, value, (kind, written, metadata) => {
        const json = { apiVersion: "mongoferry.dev/v1", kind, metadata, spec: written };
        expect(isComplete(JSON.stringify(json))).toBe(true);
      }),
      { numRuns: 600 },
    );
  });
});

/** Whether every problem has a place and says, harmlessly, what is wrong and what to do. */
function isComplete(text: string): boolean {
  return checkDocuments([sourceOf(text)], false).problems.every(
    ({ line, column, message, remedy }) =>
      line >= 1 &&
      column >= 1 &&
      message !== "" &&
      remedy !== "" &&
      !/\p{Cc}/u.test(message + remedy),
  );
}
