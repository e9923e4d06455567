// Makes a checkout ready to run: Node, node_modules and dist. Plain JavaScript without dependencies, as it runs before
// there are any.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const projectRoot = fileURLToPath(new URL("..", import.meta.url));

/** Ends the process with a remedy where Node is older than package.json asks for. */
export function requireNode() {
  const wanted = readJson("package.json").engines.node.replace(">=", "");
  if (compareVersions(process.versions.node, wanted) >= 0) return;
  fail(
    `mongoferry needs Node ${wanted} or later, and this is ${process.versions.node}. Install a newer Node.`,
  );
}

/** Installs what package-lock.json says, unless node_modules holds it already. */
export function ensureInstalled() {
  const installedLock = "node_modules/.package-lock.json";
  const reason = existsSync(join(projectRoot, installedLock))
    ? findMismatch(readJson("package-lock.json"), readJson(installedLock))
    : "there is no node_modules";
  if (reason === null) return;
  process.stderr.write(`Installing dependencies, as ${reason} …\n`);
  const [command, ...prefix] = npmCommand();
  run(command, [...prefix, "ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    // A MongoDB server is looked for when one is needed, not while installing.
    MONGOMS_DISABLE_POSTINSTALL: "1",
  });
}

/** Bundles src as dist, unless dist is newer than everything it is made of. */
export function ensureBuilt() {
  const sources = [
    "src",
    "schemas",
    "package.json",
    "package-lock.json",
    "scripts/build.mjs",
    "scripts/optional-packages.mjs",
  ];
  const newestSource = Math.max(...sources.map((path) => newestChange(join(projectRoot, path))));
  const dist = join(projectRoot, "dist");
  if (existsSync(dist) && oldestChange(dist) > newestSource) return;
  build();
}

/** Bundles src as dist. */
export function build() {
  run(process.execPath, ["--import", "tsx", "scripts/build.mjs"], {});
}

/** What in node_modules differs from the lock file, in words; null where nothing does. */
export function findMismatch(lock, installed) {
  for (const [path, { version, optional }] of Object.entries(lock.packages)) {
    if (path === "") continue;
    const present = installed.packages[path];
    // Optional packages are those of other platforms.
    if (present === undefined && optional) continue;
    if (present?.version !== version) {
      return `${path} is ${present?.version ?? "missing"} and not ${version}`;
    }
  }
  return null;
}

/** The npm that runs this, otherwise the one on PATH. */
export function npmCommand() {
  const npm = process.env.npm_execpath;
  return npm ? [process.execPath, npm] : ["npm"];
}

/** Script behind a command of an installed package. */
export function binary(packageName, command) {
  const { bin } = readJson(`node_modules/${packageName}/package.json`);
  return join(
    projectRoot,
    "node_modules",
    packageName,
    typeof bin === "string" ? bin : bin[command],
  );
}

/** Negative, zero or positive, as for sorting; numbers only, such as `20.19.0`. */
export function compareVersions(a, b) {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  const index = left.findIndex((part, position) => part !== right[position]);
  return index === -1 ? 0 : left[index] - right[index];
}

function newestChange(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  // A directory's own time tells of files that were removed.
  return Math.max(stats.mtimeMs, ...children(path).map(newestChange));
}

function oldestChange(path) {
  return statSync(path).isDirectory()
    ? Math.min(Number.POSITIVE_INFINITY, ...children(path).map(oldestChange))
    : statSync(path).mtimeMs;
}

function children(directory) {
  return readdirSync(directory).map((name) => join(directory, name));
}

function readJson(path) {
  return JSON.parse(readFileSync(join(projectRoot, path), "utf8"));
}

/** Output goes to stderr, so that stdout stays the task's own. */
function run(command, args, env) {
  const { status, error } = spawnSync(command, args, {
    cwd: projectRoot,
    env: { ...process.env, ...env },
    stdio: ["ignore", 2, 2],
  });
  if (error !== undefined) fail(`${command} can't be run: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
