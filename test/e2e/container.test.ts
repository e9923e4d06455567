/**
 * The image without a container engine: what the Dockerfile copies and what it has npm do, carried out in folders. That an engine
 * builds it, and that Debian has its packages, is not shown here.
 */
import { execa } from "execa";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseDockerfile } from "../support/dockerfile.ts";
import { openServeFixture } from "../support/serve-fixture.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mongoferry-image-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it("the image's steps give a program that serves and answers its own health check", async () => {
  const { steps } = parseDockerfile(await readFile(join(ROOT, "Dockerfile"), "utf8"));
  for (const step of steps) {
    const stage = join(folder, step.stage);
    await mkdir(stage, { recursive: true });
    if (step.kind === "copy") {
      const from = step.from === null ? ROOT : join(folder, step.from);
      for (const source of step.sources) {
        const isInto = step.target.endsWith("/");
        const name = isInto ? join(step.target, source.split("/").at(-1) ?? "") : step.target;
        const options = { recursive: true, verbatimSymlinks: true };
        await cp(join(from, source.replace(/^\/build\//u, "")), join(stage, name), options);
      }
    } else if (step.text.startsWith("npm ci ")) {
      // What it installs is here already; test/flow/action.test.ts shows that it comes from the lock file.
      await symlink(join(ROOT, "node_modules"), join(stage, "node_modules"));
    } else if (step.text.startsWith("npm ")) {
      const env = { NODE_ENV: "development" };
      await execa("sh", ["-c", step.text], { cwd: stage, env });
    }
  }
  const program = join(folder, "last/dist/bin.js");
  await using fixture = await openServeFixture({});
  const { bare, author } = fixture;
  const { stdout } = await execa(program, ["--version"]);
  expect(JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"))).toMatchObject({
    version: stdout,
  });
  expect((await execa(program, ["validate"], { cwd: ROOT })).stdout).toMatch(/^Valid: /u);
  const action = ["--action", `una/mongoferry@${"0".repeat(40)}`];
  await execa(program, ["init", ...action], { cwd: author.directory });
  expect(await readdir(join(folder, "last"))).not.toContain("node_modules");
  const served = await fixture.serve({ program, repository: bare });
  const { healthCheck } = parseDockerfile(await readFile(join(ROOT, "Dockerfile"), "utf8"));
  const [command = "", ...args] = healthCheck;
  const port = new URL(served.url).port;
  const check = await execa(command, args, { env: { MONGOFERRY_PORT: port } });
  expect(check.exitCode).toBe(0);
  const other = await execa(command, args, { env: { MONGOFERRY_PORT: "1" }, reject: false });
  expect(other.exitCode).toBe(1);
  expect(await served.stop()).toBe(0);
}, 300_000);
