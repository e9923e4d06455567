/** Stands in for npm where there is no registry: records how it is called, and does what the Action needs of it. */
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { NODE_MODULES } from "./action-checkout.ts";

export interface NpmCall {
  readonly args: readonly string[];
  /** Variables of the process and of those that it was started by, up to the runner: what a package could read. */
  readonly environments: readonly string[];
}

export interface NpmStandIn extends AsyncDisposable {
  /** Has it found before npm, which would find no registry. */
  readonly env: Readonly<Record<string, string>>;
  calls(): Promise<readonly NpmCall[]>;
}

export async function openNpmStandIn(): Promise<NpmStandIn> {
  const folder = await mkdtemp(join(tmpdir(), "mongoferry-npm-"));
  const record = join(folder, "calls.jsonl");
  await writeFile(record, "");
  // The Action hands on no variables by which it could be told.
  const settings = `const record = ${JSON.stringify(record)}, nodeModules = ${JSON.stringify(NODE_MODULES)};`;
  await writeFile(join(folder, "npm"), `#!${process.execPath}\n${settings}\n${PROGRAM}`);
  await chmod(join(folder, "npm"), 0o755);
  return {
    env: {
      PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}`,
      npm_config_registry: "http://127.0.0.1:9/",
    },
    async calls() {
      const lines = (await readFile(record, "utf8")).split("\n").filter(Boolean);
      return lines.map((line) => JSON.parse(line) as NpmCall);
    },
    [Symbol.asyncDispose]: async () => rm(folder, { recursive: true, force: true }),
  };
}

const PROGRAM = `
const fs = require("node:fs");
const { spawnSync } = require("node:child_process");

const args = process.argv.slice(2);
const environments = [JSON.stringify(process.env)];
for (let pid = process.pid; fs.existsSync("/proc/" + pid); ) {
  const status = fs.readFileSync("/proc/" + pid + "/status", "utf8");
  if (/^Name:\\s*act$/m.test(status)) break;
  environments.push(fs.readFileSync("/proc/" + pid + "/environ", "utf8"));
  pid = Number(/^PPid:\\s*(\\d+)/m.exec(status)[1]);
}
fs.appendFileSync(record, JSON.stringify({ args, environments }) + "\\n");

if (args[0] === "ci") fs.symlinkSync(nodeModules, "node_modules");
if (args[0] === "run") {
  const build = ["--import", "tsx", "scripts/build.mjs"];
  process.exitCode = spawnSync(process.execPath, build, { stdio: "inherit" }).status;
}
if (args[0] === "install") {
  for (const spec of args.slice(args.indexOf("--") + 1)) {
    const folder = "node_modules/" + spec.slice(0, spec.lastIndexOf("@"));
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(folder + "/index.js", "");
  }
}
`;
