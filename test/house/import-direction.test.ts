import { execa } from "execa";
import { copyFile, cp, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FIXTURE = join(ROOT, "test/fixtures/import-direction");
const IMPORTS = "eslint(no-restricted-imports)";
const GLOBALS = "eslint(no-restricted-globals)";

interface Report {
  readonly diagnostics: readonly {
    readonly code: string;
    readonly message: string;
    readonly help: string;
    readonly filename: string;
    readonly labels: readonly { readonly span: { readonly line: number } }[];
  }[];
}

/** Violations of the direction of imports, as `file:line message`, sorted. */
async function lint(directory: string): Promise<string[]> {
  const oxlint = join(ROOT, "node_modules/.bin/oxlint");
  const { stdout } = await execa(oxlint, ["--format", "json", "src"], {
    cwd: directory,
    reject: false,
  });
  const { diagnostics } = JSON.parse(stdout) as Report;
  return diagnostics
    .filter(({ code }) => code === IMPORTS || code === GLOBALS)
    .map(({ code, filename, labels, help, message }) => {
      const reason = code === IMPORTS ? help : message.replace(/^Unexpected use of '\w+'\. /, "");
      return `${filename.replaceAll("\\", "/")}:${labels[0]?.span.line} ${reason}`;
    })
    .toSorted();
}

/** What the fixture's files say about themselves, in the same form. */
async function readExpectations(): Promise<string[]> {
  const entries = await readdir(FIXTURE, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const perFile = await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      const lines = (await readFile(path, "utf8")).split("\n");
      return lines.flatMap((line, index) => {
        const reason = / \/\/ breaks: (.*)$/.exec(line)?.[1];
        return reason === undefined ? [] : [`${relative(FIXTURE, path)}:${index + 1} ${reason}`];
      });
    }),
  );
  return perFile.flat().toSorted();
}

test("the rule finds each import of the fixture that goes the wrong way, and no other", async () => {
  const directory = await mkdtemp(join(tmpdir(), "mongoferry-lint-"));
  try {
    await cp(FIXTURE, directory, { recursive: true });
    await copyFile(join(ROOT, ".oxlintrc.json"), join(directory, ".oxlintrc.json"));
    const expected = await readExpectations();
    expect(expected.length).toBeGreaterThan(20);
    expect(await lint(directory)).toEqual(expected);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("no import of src goes the wrong way", async () => {
  expect(await lint(ROOT)).toEqual([]);
});

test("the rule names each directory and file of src", async () => {
  const config = await readFile(join(ROOT, ".oxlintrc.json"), "utf8");
  const entries = await readdir(join(ROOT, "src"), { withFileTypes: true });
  const restricted = new Set(
    [...config.matchAll(/"src\/\{?([a-z,]+)\}?\//g)].flatMap(
      ([, names]) => names?.split(",") ?? [],
    ),
  );
  const forbiddenToPhases = new Set(
    [...config.matchAll(/\|\(([a-z|-]+)\)\\\\\.ts/g)].flatMap(
      ([, names]) => names?.split("|") ?? [],
    ),
  );
  const unnamed = entries
    .filter((entry) =>
      entry.isDirectory()
        ? !restricted.has(entry.name)
        : !forbiddenToPhases.has(entry.name.replace(/\.ts$/, "")),
    )
    .map(({ name }) => name);
  expect(unnamed).toEqual([]);
});
