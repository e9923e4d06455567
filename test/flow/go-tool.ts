/** Programs written in Go that tests need: those on PATH, or built once from the module proxy. */
import { execa } from "execa";
import { access, mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

export interface GoTool {
  readonly name: string;
  /** With its version. */
  readonly module: string;
}

export const ACT: GoTool = { name: "act", module: "github.com/nektos/act@v0.2.82" };
export const ACTIONLINT: GoTool = {
  name: "actionlint",
  module: "github.com/rhysd/actionlint/cmd/actionlint@v1.7.7",
};

/** Path of the program; null where there is neither it nor Go. */
export async function findGoTool({ name, module }: GoTool): Promise<string | null> {
  const folder = join(homedir(), ".cache/mongoferry/go", module.replaceAll(/[^\w.-]/gu, "_"));
  const built = join(folder, name);
  if (await isThere(built)) return built;
  if (await runs("go", ["version"])) {
    await mkdir(folder, { recursive: true });
    await execa("go", ["install", module], { env: { GOBIN: folder, GOFLAGS: "-mod=mod" } });
    return built;
  }
  return (await runs(name, ["--version"])) ? name : null;
}

/** For tests that are nothing without it. */
export async function requireGoTool(tool: GoTool): Promise<string> {
  const path = await findGoTool(tool);
  if (path === null) throw new Error(`install ${tool.name}, or Go, which builds it`);
  return path;
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function runs(name: string, args: readonly string[]): Promise<boolean> {
  return (await execa(name, args, { reject: false })).exitCode === 0;
}
