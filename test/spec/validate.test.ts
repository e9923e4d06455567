import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderAnnotations, renderText, runValidate } from "../../src/commands/validate.ts";
import type { SpecProblem } from "../../src/model/problem.ts";
import { migrationWith } from "./specs-in-text.ts";

let cwd = "";

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "validate-"));
});

afterEach(() => rm(cwd, { recursive: true }));

async function run(spec: string, output: "text" | "json", isGithubActions = false) {
  await writeFile(join(cwd, "a.yaml"), spec);
  let printed = "";
  const stdout = (text: string): void => void (printed += text);
  const annotate = (text: string): void => (isGithubActions ? stdout(text) : undefined);
  const exitCode = await runValidate({ paths: ["."], cwd, output, annotate, stdout });
  return { exitCode, printed };
}

const VALID = migrationWith("objects: [{database: shop}]");
const WRONG = migrationWith("objects: [{database: shop}]", "desiredState: stoped");

describe("runValidate", () => {
  it("says that a spec is valid", async () => {
    expect(await run(VALID, "text", true)).toEqual({
      exitCode: 0,
      printed: "Valid: 1 migration in 1 file.\n",
    });
  });

  it("prints a block for each problem, and annotations in GitHub Actions", async () => {
    const { exitCode, printed } = await run(WRONG, "text", true);
    expect(exitCode).toBe(1);
    expect(printed).toBe(
      [
        "a.yaml:19:17 not-allowed spec.desiredState",
        '  "stoped" is not allowed here.',
        '  Did you mean "stopped"? Allowed: running, paused, stopped, cutover.',
        "",
        "1 problem; 1 file read.",
        '::error file=a.yaml,line=19,col=17,title=mongoferry%3A not-allowed::"stoped" is not allowed here. Did you mean "stopped"? Allowed: running, paused, stopped, cutover.',
        "",
      ].join("\n"),
    );
  });

  it("prints JSON and nothing else", async () => {
    const { exitCode, printed } = await run(WRONG, "json", true);
    expect(exitCode).toBe(1);
    expect(JSON.parse(printed)).toMatchObject({
      valid: false,
      files: ["a.yaml"],
      migrations: [],
      problems: [{ file: "a.yaml", line: 19, column: 17, code: "not-allowed" }],
    });
    expect(JSON.parse((await run(VALID, "json")).printed)).toEqual({
      valid: true,
      files: ["a.yaml"],
      migrations: ["m"],
      problems: [],
    });
  });
});

describe("hostile file names", () => {
  const problem: SpecProblem = {
    file: "::error title=x::\u001b[31m,a%\n.yaml",
    line: 1,
    column: 2,
    code: "yaml-syntax",
    path: "",
    message: "m%\r\n",
    remedy: "r",
  };

  it("start no workflow command and don't reach the terminal", () => {
    const text = renderText({ problems: [problem], files: [], migrations: [], connections: [] });
    expect(text.split("\n")[0]).toBe(
      String.raw`./::error title=x::\u{1b}[31m,a%\u{a}.yaml:1:2 yaml-syntax`,
    );
  });

  it("are escaped in annotations", () => {
    expect(renderAnnotations([problem])).toBe(
      "::error file=%3A%3Aerror title=x%3A%3A\u001b[31m%2Ca%25%0A.yaml,line=1,col=2,title=mongoferry%3A yaml-syntax::m%25%0D%0A r\n",
    );
  });
});
