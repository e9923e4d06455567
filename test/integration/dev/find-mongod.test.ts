import { execa } from "execa";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const PROGRAM = `
  import { findMongod } from "./dev/mongod/find-mongod.ts";
  findMongod().then((found) => console.log(JSON.stringify(found)), (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
`;

let directory: string;
let realMongod: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "mongoferry-find-"));
  realMongod = process.env["MONGOMS_SYSTEM_BINARY"] ?? "";
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** A command of the given name that prints the text, alone in a new directory. */
async function createCommand(name: string, text: string, exitCode = 0): Promise<string> {
  const path = join(await mkdtemp(join(directory, "bin-")), name);
  await writeFile(path, `#!/bin/sh\necho '${text}'\nexit ${exitCode}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Looks in a process of its own, with an empty cache that already knows that the download fails. */
async function find(env: Record<string, string>, path: readonly string[]) {
  const cache = await mkdtemp(join(directory, "cache-"));
  const memory = join(cache, "mongoferry", "mongod", "mongodb-0.0.1.failed.json");
  await mkdir(dirname(memory), { recursive: true });
  await writeFile(memory, JSON.stringify({ reason: "no route", failedAt: new Date() }));
  const result = await execa(process.execPath, ["--import", "tsx", "--input-type=module"], {
    input: PROGRAM,
    reject: false,
    extendEnv: false,
    env: {
      HOME: directory,
      PATH: path.join(":"),
      XDG_CACHE_HOME: cache,
      MONGOMS_VERSION: "0.0.1",
      ...env,
    },
  });
  return { ...result, notices: result.stderr.split("\n") };
}

describe("findMongod", () => {
  test("takes what MONGOMS_SYSTEM_BINARY names before anything else, and says so in one line", async () => {
    const onPath = await createCommand("mongod", "db version v5.0.1");
    const result = await find({ MONGOMS_SYSTEM_BINARY: realMongod }, [dirname(onPath)]);
    expect(JSON.parse(result.stdout)).toMatchObject({
      path: realMongod,
      origin: "MONGOMS_SYSTEM_BINARY",
    });
    expect(result.notices).toHaveLength(1);
    expect(result.notices[0]).toMatch(/^mongod \d+\.\d+\.\d+ \(MONGOMS_SYSTEM_BINARY\): /);
  });

  test("refuses to go on when what MONGOMS_SYSTEM_BINARY names doesn't run", async () => {
    const onPath = await createCommand("mongod", "db version v5.0.1");
    const named = { MONGOMS_SYSTEM_BINARY: join(directory, "missing") };
    const result = await find(named, [dirname(onPath)]);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/MONGOMS_SYSTEM_BINARY names .*missing, which doesn't run/);
  });

  test("takes the first mongod on PATH that runs", async () => {
    const broken = await createCommand("mongod", "cannot open shared object", 127);
    const good = await createCommand("mongod", "db version v5.0.1");
    const result = await find({}, [dirname(broken), dirname(good)]);
    expect(JSON.parse(result.stdout)).toEqual({ path: good, version: "5.0.1", origin: "on PATH" });
    expect(result.notices[0]).toContain(`mongod on PATH (${broken}) doesn't run`);
  });

  test("says what to do where nothing can be had, without trying a download that failed today", async () => {
    const result = await find({}, [join(directory, "empty")]);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).not.toContain("0.0.1");
    expect(result.stderr).toMatch(/PyPI's .* can't be used: .*python3/);
    expect(result.notices.at(-1)).toMatch(
      /^No mongod was found\. Install MongoDB .* PATH, or set MONGOMS/,
    );
  });
});
