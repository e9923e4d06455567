/**
 * The Action's step with `command: setup`, and the only one that installs or builds: it builds the program where the Action's commit
 * holds no bundle, and installs what `packages:` names. action.yml starts it without the variables of the workflow, so that
 * nothing that is run here can read a secret from them.
 *
 * Both go to the runner's temporary folder, which is emptied for each job: the checkout may be a pull request's, and the Action's
 * own folder is not for writing.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parsePackages } from "./optional-packages.mjs";

/** What a build is made of. */
const SOURCES = [
  ".npmrc",
  "package.json",
  "package-lock.json",
  "schemas",
  "scripts",
  "src",
  "templates",
  "tsconfig.json",
];

/** Builds the program in `folder` as the commit's lock file has it; none of its packages runs a script of its own. */
function buildProgram(action, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const path of SOURCES) cpSync(join(action, path), join(folder, path), { recursive: true });
  runNpm(folder, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
  runNpm(folder, ["run", "build"]);
  // The bundle needs none of them.
  rmSync(join(folder, "node_modules"), { recursive: true });
}

/** Installs packages into `folder`. Those that were named run scripts, which some of them need, and no others. */
function installPackages(packages, folder) {
  rmSync(folder, { recursive: true, force: true });
  if (packages.length === 0) return;
  const specs = packages.map(({ name, version }) => `${name}@${version}`);
  mkdirSync(folder, { recursive: true });
  // Later releases of npm run no scripts but of these.
  const allowScripts = Object.fromEntries(specs.map((spec) => [spec, true]));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, allowScripts }));
  runNpm(folder, ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--", ...specs]);
  runNpm(folder, ["rebuild", "--", ...packages.map(({ name }) => name)]);
}

function runNpm(cwd, args) {
  const { status, error } = spawnSync("npm", args, {
    cwd,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (error !== undefined) throw new Error(`npm cannot be run: ${error.message}`);
  if (status !== 0) throw new Error(`npm ${args.join(" ")} has failed`);
}

function main({ ACTION_PATH: action, PROGRAM: program, PACKAGES: text, PACKAGES_FOLDER: folder }) {
  const packages = parsePackages(text ?? "");
  if (!existsSync(join(action, "dist/bin.js"))) buildProgram(action, program);
  installPackages(packages, folder);
}

try {
  main(process.env);
} catch (error) {
  const message = error.message.replaceAll("%", "%25").replaceAll(/[\r\n]+/gu, " ");
  process.stdout.write(`::error title=mongoferry setup::${message}\n`);
  process.exitCode = 1;
}
