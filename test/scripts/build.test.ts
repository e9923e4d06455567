/** What the build makes of the source: files that are loaded when they are needed, and maps to the source. */
import { execa } from "execa";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
// @ts-expect-error a script without types
import { bundle } from "../../scripts/build.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Below the project, as the program looks for its package.json in the folders above. */
const CACHE = join(ROOT, "node_modules/.cache/mongoferry-tests");
/** On a machine that is busy. */
const BUNDLED_WITHIN_MS = 60_000;

interface Metafile {
  /** By path from the project on. */
  readonly outputs: Readonly<
    Record<
      string,
      { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }
    >
  >;
}

let folder: string;
let metafile: Metafile;
let bin: string;

beforeAll(async () => {
  await mkdir(CACHE, { recursive: true });
  folder = await mkdtemp(join(CACHE, "build-"));
  bin = join(folder, "program/bin.js");
  metafile = (await bundle(["src/bin.ts"], join(folder, "program"))) as Metafile;
}, BUNDLED_WITHIN_MS);

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe("the program loads what a command needs:", () => {
  it("--version no package but that for arguments", async () => {
    const loaded = await loadedBy(["--version"], 0);
    expect(packagesIn(loaded)).toEqual(["commander"]);
    expect(loaded).not.toContainEqual(expect.stringMatching(/^src\/(spec|mongo|report)\//));
  });

  it("validate what reads YAML, and no driver, log, GitHub or compiler of schemas", async () => {
    const loaded = await loadedBy(["validate"], 0);
    expect(packagesIn(loaded)).toEqual(["ajv", "commander", "fastest-levenshtein", "yaml"]);
    expect(loaded.filter((path) => path.includes("/ajv/"))).toEqual([
      "node_modules/ajv/dist/runtime/ucs2length.js",
    ]);
    expect(loaded).not.toContainEqual(expect.stringMatching(/^src\/(mongo|report|git|github)\//));
  });

  it.each(["plan", "status", "precheck"])("%s no git, GitHub, bars or HTML", async (command) => {
    // It ends for want of a variable, when everything is loaded.
    const loaded = await loadedBy([command, "-f", "migrations/plain-to-plain.yaml"], 1);
    expect(packagesIn(loaded)).toContain("mongodb");
    expect(packagesIn(loaded)).not.toContainEqual(
      expect.stringMatching(/^(@octokit\/.*|cli-progress)$/),
    );
    expect(loaded).not.toContainEqual(
      expect.stringMatching(/^src\/(github\/|git\/run-git|copy\/|.*html)|\/ajv\/dist\/compile/),
    );
  });
});

describe("maps to the source", () => {
  it("name files that are there", async () => {
    const program = join(folder, "program");
    const files = await readdir(program);
    const maps = files.filter((name) => name.endsWith(".js.map"));
    expect(maps.map((name) => name.slice(0, -".map".length)).toSorted()).toEqual(
      files.filter((name) => name.endsWith(".js")).toSorted(),
    );
    const sources = await Promise.all(maps.map(async (name) => sourcesOf(join(program, name))));
    const own = new Set(sources.flat().filter((path) => path.startsWith("src/")));
    expect(own).toContain("src/bin.ts");
    expect(own.size).toBeGreaterThan(300);
    const there = new Set(await filesBelow("src"));
    expect([...own].filter((path) => !there.has(path))).toEqual([]);
  });

  it("bring a stack trace to the lines of the source", async () => {
    const shown = await execa(
      process.execPath,
      ["--enable-source-maps", "--import", PRINT_STACKS, bin, "validate"],
      { cwd: ROOT, env: { NODE_OPTIONS: "" } },
    );
    const place = /\bsrc\/([\w/-]+\.ts):(\d+):\d+\)?$/gm;
    const lines = await Promise.all(
      [...shown.stderr.matchAll(place)].map(async ([, path = "", line]) => {
        const text = await readFile(join(ROOT, "src", path), "utf8");
        return `${path}: ${text.split("\n")[Number(line) - 1]?.trim()}`;
      }),
    );
    expect(lines.slice(0, 2)).toEqual([
      "cli.ts: process.stdout.write(forLog(redactor.redact(text)));",
      expect.stringMatching(/^commands\/validate\.ts: options\.stdout\(/),
    ]);
  });
});

/** Makes a program print where it prints from. */
const PRINT_STACKS = `data:text/javascript,${encodeURIComponent(
  "process.stdout.write = () => process.stderr.write(new Error('printed').stack);",
)}`;

/**
 * Files of the project, packages included, of which anything is in the files that the program loads. V8 reports them.
 *
 * @param exitCode - With which it has to end.
 */
async function loadedBy(args: readonly string[], exitCode: number): Promise<readonly string[]> {
  const coverage = await mkdtemp(join(folder, "coverage-"));
  const run = await execa(process.execPath, [bin, ...args], {
    cwd: ROOT,
    env: { NODE_OPTIONS: "", NODE_V8_COVERAGE: coverage },
    reject: false,
  });
  expect(run.exitCode, run.stderr).toBe(exitCode);
  const [report = ""] = await readdir(coverage);
  const { result } = JSON.parse(await readFile(join(coverage, report), "utf8")) as {
    readonly result: readonly { readonly url: string }[];
  };
  const outputs = result
    .filter(({ url }) => url.startsWith(pathToFileURL(folder).href))
    .map(({ url }) => relative(ROOT, fileURLToPath(url)).replaceAll("\\", "/"));
  expect(outputs).toContain(relative(ROOT, bin).replaceAll("\\", "/"));
  const inputs = outputs.flatMap((output) =>
    Object.entries(metafile.outputs[output]?.inputs ?? {}),
  );
  return inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? path : []));
}

function packagesIn(paths: readonly string[]): readonly string[] {
  const names = paths.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return [...new Set(names)].toSorted();
}

async function sourcesOf(map: string): Promise<readonly string[]> {
  const { sources } = JSON.parse(await readFile(map, "utf8")) as {
    readonly sources: readonly string[];
  };
  return sources.map((path) => relative(ROOT, resolve(map, "..", path)).replaceAll("\\", "/"));
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(join(ROOT, directory), { recursive: true });
  return entries.map((path) => `${directory}/${path.replaceAll("\\", "/")}`);
}
