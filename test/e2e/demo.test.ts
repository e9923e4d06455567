/** `npm run demo` as a new user runs it, and what it leaves behind: nothing. */
import { execa } from "execa";
import { MongoClient } from "mongodb";
import { mkdir, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const TASK = fileURLToPath(new URL("../../scripts/with-install.mjs", import.meta.url));
/** Less than a minute on a machine of one's own. */
const TIMEOUT_MS = 600_000;

let folder: string;
/** Where the demo puts its files; the name has a space. */
let temporary: string;
let demos: Demo[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mongoferry-test-demo-"));
  temporary = join(folder, "temporary files");
  await mkdir(temporary);
  demos = [];
});

afterEach(async () => {
  // Where a test has failed, its demo still runs.
  for (const demo of demos) demo.kill("SIGINT");
  await Promise.all(demos);
  await rm(folder, { recursive: true, force: true });
});

describe("npm run demo", { timeout: TIMEOUT_MS }, () => {
  it("moves a database, stays up with --keep until Ctrl-C and leaves nothing, whatever the user's git is set to", async () => {
    const own = join(folder, "own");
    await execa("git", ["init", "--quiet", own]);
    const demo = startDemo(["--keep"], {
      GIT_DIR: join(own, ".git"),
      GIT_WORK_TREE: own,
      GIT_INDEX_FILE: join(own, ".git/index"),
      GIT_AUTHOR_DATE: "no date",
      GIT_CONFIG_COUNT: "2",
      GIT_CONFIG_KEY_0: "init.defaultBranch",
      GIT_CONFIG_VALUE_0: "trunk",
      GIT_CONFIG_KEY_1: "user.useConfigOnly",
      GIT_CONFIG_VALUE_1: "true",
    });
    const printed = await waitForText(demo, "Ctrl-C ends it");
    const uris = [...printed.matchAll(/^ +mongosh "(\S+)"$/gm)].map(([, uri]) => uri!);
    expect(await Promise.all(uris.map(countCities))).toEqual([135_233, 135_233]);
    demo.kill("SIGINT");
    const { stdout, stderr, exitCode } = await demo;
    expect(exitCode, stderr).toBe(0);
    // The precheck may warn of a server that is busy.
    expect(stdout).toMatch(/begins with: (?:🟢|🟡) world-to-gazetteer — 7 to copy, 1 view$/m);
    expect(stdout).toMatch(/Under pull request 2: world-to-gazetteer — the change is obeyed, /);
    expect(stdout).toMatch(
      /Under pull request 3: world-to-gazetteer — Completed, .+ after the merge/,
    );
    expect(stdout).toMatch(/^ +cities +cities +135,233 +29,456,232 +5 +equal$/m);
    expect(stdout).toMatch(/^ +borders +neighbours +649 +[\d,]+ +2 +equal$/m);
    expect(stdout).toContain("16 indexes with those on _id: all equal");
    expect(stdout).toMatch(/world-to-gazetteer is Completed \[skip ci\]/);
    expect(stdout).toContain("| ✅ | `connectivity` |");
    expect(stdout).toContain("Merge pull request #3 from move-the-application");
    expect(stdout).toContain("state/world-to-gazetteer/report.html");
    expect(stdout).not.toContain("\u001b");
    expect(await readdir(own)).toEqual([".git"]);
    expect(await execa("git", ["-C", own, "rev-list", "--all"])).toHaveProperty("stdout", "");
    await expectNothingLeft();
  });

  it("ends its servers and removes its files on Ctrl-C in the middle of a step", async () => {
    const demo = startDemo(["--keep"]);
    await waitForText(demo, "mongoferry reconcile");
    demo.kill("SIGINT");
    const { exitCode, stderr } = await demo;
    expect(exitCode).toBe(130);
    expect(stderr).toContain("demo: stopped");
    await expectNothingLeft();
  });
});

type Demo = ReturnType<typeof runDemo>;

function startDemo(args: readonly string[], env: Readonly<Record<string, string>> = {}): Demo {
  const demo = runDemo(args, { ...env, TMPDIR: temporary });
  demos.push(demo);
  return demo;
}

function runDemo(args: readonly string[], env: Readonly<Record<string, string>>) {
  const options = { env, reject: false, stdin: "ignore" } as const;
  return execa(process.execPath, [TASK, "demo", ...args], options);
}

/** What was printed until then. */
async function waitForText(demo: Demo, text: string): Promise<string> {
  let printed = "";
  return new Promise((resolve, reject) => {
    demo.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes(text)) resolve(printed);
    });
    demo.once("exit", () => reject(new Error(`It ended without saying "${text}":\n${printed}`)));
  });
}

async function countCities(uri: string): Promise<number> {
  const client = new MongoClient(uri);
  try {
    return await client.db().collection("cities").countDocuments();
  } finally {
    await client.close();
  }
}

async function expectNothingLeft(): Promise<void> {
  const files = (await readdir(temporary)).filter((name) => name.startsWith("mongoferry-"));
  expect(files, "folders of the demo").toEqual([]);
  const commands = await listCommands();
  expect(commands.filter((command) => command.includes(temporary))).toEqual([]);
}

/** Command lines of all processes. */
async function listCommands(): Promise<readonly string[]> {
  if (process.platform !== "linux") {
    return (await execa("ps", ["-A", "-o", "command="])).stdout.split("\n");
  }
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const paths = pids.map((pid) => `/proc/${pid}/cmdline`);
  return Promise.all(paths.map(async (path) => readFile(path, "utf8").catch(() => "")));
}
