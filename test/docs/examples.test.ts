/** What documents and examples tell people to type is what the command line takes. */
import { Command } from "commander";
import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { defineInit } from "../../src/arguments/init-command.ts";
import { defineMigrationCommands } from "../../src/arguments/migration-commands.ts";
import type { CommandLine } from "../../src/arguments/options.ts";
import { definePr } from "../../src/arguments/pr-command.ts";
import { defineReconcile } from "../../src/arguments/reconcile-command.ts";
import { defineServe } from "../../src/arguments/serve-command.ts";

const ROOT = new URL("../../", import.meta.url);
const EXAMPLES = ["README.md", ...(await filesIn("docs/")), ...(await filesIn("docs/ci/"))];

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(new URL(folder, ROOT), { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => `${folder}${name}`);
}

async function read(path: string): Promise<string> {
  return readFile(new URL(path, ROOT), "utf8");
}

const program = new Command("mongoferry").exitOverride();
// Nothing of it is run.
const commandLine = {} as CommandLine;
const DEFINITIONS = [defineMigrationCommands, definePr, defineReconcile, defineServe, defineInit];
for (const define of DEFINITIONS) define(program, commandLine);

/** Each `mongoferry COMMAND …` as it is typed, up to where the shell would go on with something else. */
function typedIn(text: string): readonly string[] {
  return [...text.matchAll(/\bmongoferry ((?:[a-z]+)(?: +[^\s`'")|&;#]+)*)/gu)].map(
    ([, typed = ""]) => typed,
  );
}

describe("what is typed", () => {
  it.each(EXAMPLES)("in %s is known", async (path) => {
    for (const typed of typedIn(await read(path))) {
      const [name = "", ...rest] = typed.split(/ +/u);
      const command = program.commands.find((each) => each.name() === name);
      const flags = rest.filter((each) => each.startsWith("-")).map((each) => each.split("=")[0]);
      if (flags.length > 0) expect(command, `${path}: mongoferry ${typed}`).toBeDefined();
      for (const flag of flags) {
        const known = command?.options.flatMap(({ long, short }) => [long, short]);
        expect(known, `${path}: mongoferry ${typed}`).toContain(flag);
      }
    }
  });

  it("is looked at: the examples for other CI have the commands of both stages", async () => {
    for (const path of ["docs/ci/gitlab-ci.yml", "docs/ci/Jenkinsfile"]) {
      expect(typedIn(await read(path)), path).toEqual([
        "pr --markdown review.md",
        "reconcile --deadline 150m",
      ]);
    }
  });
});

describe("docs/ci/gitlab-ci.yml", () => {
  it("has a job for merge requests and one for the default branch, of which one runs at a time", async () => {
    const pipeline = parse(await read("docs/ci/gitlab-ci.yml")) as Readonly<Record<string, Job>>;
    expect(pipeline["plan"]?.rules?.[0]?.if).toBe('$CI_PIPELINE_SOURCE == "merge_request_event"');
    expect(pipeline["migrate"]?.rules?.[0]?.if).toBe("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH");
    expect(pipeline["migrate"]?.resource_group).toBe("mongoferry");
  });
});

interface Job {
  readonly rules?: readonly { readonly if?: string }[];
  readonly resource_group?: string;
}
