/** The workflows that `mongoferry init` writes, and those of this project. */
import { execa } from "execa";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ACTIONLINT, requireGoTool } from "./go-tool.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ACTION = `una/mongoferry@${"0123456789".repeat(4)}`;

let folder: string;
let files: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mongoferry-init-"));
  await execa("git", ["init", "--quiet"], { cwd: folder });
  await mongoferry("init", "--action", ACTION);
  const written = join(folder, ".github/workflows");
  const own = join(ROOT, ".github/workflows");
  files = [
    ...(await readdir(written)).map((name) => join(written, name)),
    ...(await readdir(own)).map((name) => join(own, name)),
  ];
});

afterAll(async () => rm(folder, { recursive: true, force: true }));

describe("mongoferry init", () => {
  it("writes specs that are valid, and leaves what is there as it is", async () => {
    expect((await mongoferry("validate")).stdout).toContain("Valid: 1 migration in 2 files.");
    const { stdout } = await mongoferry("init", "--action", ACTION, "--output", "json");
    expect(JSON.parse(stdout)).toMatchObject({ written: [], left: { length: 4 } });
  });

  it("writes workflows for the branch that pull requests are merged into", async () => {
    const own = await mkdtemp(join(tmpdir(), "mongoferry-init-"));
    try {
      await execa("git", ["init", "--quiet", "--initial-branch=trunk"], { cwd: own });
      await mongoferryIn(own, "init", "--action", ACTION);
      for (const name of ["plan", "migrate"]) {
        const path = join(own, `.github/workflows/mongoferry-${name}.yml`);
        expect(await readFile(path, "utf8")).toContain('branches: ["trunk"]');
      }
      const below = await mongoferryIn(join(own, "migrations"), "init", "--action", ACTION);
      expect([below.exitCode, below.stderr]).toEqual([1, expect.stringContaining("not the top")]);
    } finally {
      await rm(own, { recursive: true, force: true });
    }
    const outside = await mongoferryIn(tmpdir(), "init", "--action", ACTION);
    expect([outside.exitCode, outside.stderr]).toEqual([
      1,
      expect.stringContaining("no git repository"),
    ]);
  });

  it("says what it needs where it is no release", async () => {
    const { exitCode, stderr } = await mongoferry("init");
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining("--action OWNER/mongoferry@COMMIT"),
    ]);
  });
});

describe("each workflow", () => {
  it("runs actions of full commits only, with permissions for each job, and no text of others in scripts", async () => {
    for (const file of files) {
      const workflow = parse(await readFile(file, "utf8")) as Workflow;
      expect(workflow.permissions, file).toEqual({});
      for (const [name, job] of Object.entries(workflow.jobs)) {
        expect(job.permissions, `${file} ${name}`).toBeDefined();
        for (const { uses, run } of job.steps) {
          if (uses !== undefined) expect(uses, file).toMatch(/^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/u);
          expect(run ?? "", file).not.toContain("${{");
        }
      }
    }
  });

  it("never runs with the secrets of this repository for code of another", async () => {
    for (const file of files) {
      expect(await readFile(file, "utf8"), file).not.toContain("pull_request_target");
    }
  });

  it("is clean for actionlint", async () => {
    const actionlint = await requireGoTool(ACTIONLINT);
    const { exitCode, stdout } = await execa(actionlint, files, { reject: false });
    expect([exitCode, stdout]).toEqual([0, ""]);
  });
});

describe("the action", () => {
  it("has no text of others in its scripts", async () => {
    for (const { run } of await readActionSteps()) expect(run).not.toContain("${{");
  });

  it("installs itself as its lock file has it, with nothing but npm ci", async () => {
    const place = await mkdtemp(join(tmpdir(), "mongoferry-action-"));
    try {
      const { stdout } = await execa("git", ["ls-files", "-z"], { cwd: ROOT });
      const names = stdout.split("\0").filter((name) => /^(?!test|bench|docs|dev)./u.test(name));
      for (const name of names) await cp(join(ROOT, name), join(place, name));
      const [install] = await readActionSteps();
      await execa("bash", ["-e", "-c", install?.run ?? ""], {
        env: { ACTION_PATH: place, MONGOMS_DISABLE_POSTINSTALL: "1" },
      });
      const version = await execa(process.execPath, [join(place, "dist/bin.js"), "--version"]);
      expect(version.stdout).toMatch(/^\d+\.\d+\.\d+$/u);
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  });
});

async function readActionSteps(): Promise<readonly Step[]> {
  const action = parse(await readFile(join(ROOT, "action.yml"), "utf8")) as {
    readonly runs: { readonly steps: readonly Step[] };
  };
  return action.runs.steps;
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<
    Record<string, { readonly permissions: unknown; readonly steps: readonly Step[] }>
  >;
}

async function mongoferry(...args: readonly string[]) {
  return mongoferryIn(folder, ...args);
}

async function mongoferryIn(cwd: string, ...args: readonly string[]) {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [join(ROOT, "dist/bin.js"), ...args],
    { cwd, reject: false },
  );
  return { exitCode, stdout, stderr };
}
