/** The workflows that `mongoferry init` writes, and those of this project. */
import { execa } from "execa";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
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

  it("sets the action up before the checkout leaves a token, and hands secrets to the step after it alone", async () => {
    for (const file of files.filter((each) => each.includes("mongoferry-"))) {
      const text = await readFile(file, "utf8");
      const workflow = parse(text) as Workflow;
      const jobs = Object.values(workflow.jobs).filter(({ steps }) =>
        steps.some(({ uses }) => uses === ACTION),
      );
      expect(jobs).toHaveLength(2);
      for (const { env, steps } of jobs) {
        const names = steps.map(({ uses, with: inputs }) =>
          uses === ACTION ? inputs?.["command"] : uses?.replace(/@.*/u, ""),
        );
        const command = file.endsWith("-plan.yml") ? "pr" : "reconcile";
        expect(names).toEqual(["actions/setup-node", "setup", "actions/checkout", command]);
        expect([workflow.env, env, ...steps.slice(0, -1).map((step) => step.env)]).toEqual(
          Array.from({ length: 5 }, () => undefined),
        );
      }
      // And in no other way.
      const secrets = [...text.matchAll(/^.*\bsecrets\b.*$/gmu)].map(([line]) => line.trim());
      for (const line of secrets.filter((each) => each.includes("${{"))) {
        expect(line).toMatch(/^[A-Z_]+: \$\{\{ secrets\.[A-Z_]+ \}\}$/u);
      }
    }
  });

  it("is clean for actionlint", async () => {
    const actionlint = await requireGoTool(ACTIONLINT);
    const { exitCode, stdout } = await execa(actionlint, files, { reject: false });
    expect([exitCode, stdout]).toEqual([0, ""]);
  });
});

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: object;
}

interface Job {
  readonly permissions: unknown;
  readonly env?: object;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly permissions: unknown;
  readonly env?: object;
  readonly jobs: Readonly<Record<string, Job>>;
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
