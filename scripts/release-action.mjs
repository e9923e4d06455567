/**
 * npm run release:action -- [--branch NAME]: makes a commit that holds the bundle and what else the Action needs, for
 * `uses: OWNER/mongoferry@COMMIT` in workflows, which then neither install nor build.
 *
 * - The commit is made of HEAD. A working tree that differs is refused; the same HEAD gives the same tree.
 * - It goes to a branch of its own, on top of the release before, so that each commit that a workflow names stays reachable.
 * - Working tree, index and checked-out branch stay as they are (`dist` is built), and nothing is pushed.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build, ensureInstalled, projectRoot, requireNode } from "./prepare-checkout.mjs";

const RELEASE_BRANCH = "action";

/** What the Action needs besides the bundle. */
const RELEASED_PATHS = [
  "LICENSE",
  "README.md",
  "action.yml",
  "package.json",
  "schemas",
  "scripts/optional-packages.mjs",
  "scripts/set-up-action.mjs",
  "templates",
];

/** The line at the end of a release's message that names the commit which it was made of. */
const SOURCE_TRAILER = "Source-Commit";

/**
 * Makes the release of HEAD, or returns the one that the branch ends with already.
 *
 * @param build - Writes the bundle into `dist` below `root`.
 * @throws Error that says what to do, where branch or working tree are not fit for it.
 */
export function releaseAction({ root, branch, build: buildBundle }) {
  const git = openGit(root);
  requireOwnBranch(git, branch);
  const source = git(["rev-parse", "--verify", "HEAD^{commit}"]);
  requireSameAs(source, root);
  rmSync(join(root, "dist"), { recursive: true, force: true });
  buildBundle();
  // What was changed during the build may have been built.
  requireSameAs(source, root);
  const tree = writeTree(source, root);
  const parent = findTip(git, branch);
  if (parent !== null && sourceOf(git, parent) === source && treeOf(git, parent) === tree) {
    return { commit: parent, source, isNew: false };
  }
  const parents = parent === null ? [] : ["-p", parent];
  const commit = git(["commit-tree", tree, ...parents, "-F", "-"], {
    input: messageOf(git, source),
  });
  // With the old tip named, a branch that has moved meanwhile is refused; zeros: there must be none.
  const old = findCommit(git, `refs/heads/${branch}`) ?? "0".repeat(commit.length);
  git(["update-ref", "-m", `release of ${source}`, `refs/heads/${branch}`, commit, old]);
  return { commit, source, isNew: true };
}

/** The release that was made of a commit and pushed, as far as this clone knows; null where there is none. */
export function findPushedRelease(root, source) {
  const git = openGit(root);
  const pushed = `refs/remotes/origin/${RELEASE_BRANCH}`;
  if (findCommit(git, pushed) === null) return null;
  const found = git(["log", "--format=%H", "-1", `--grep=^${SOURCE_TRAILER}: ${source}$`, pushed]);
  return found === "" ? null : found;
}

/** `OWNER/NAME` of a repository by the address of a remote; null where it does not tell. */
export function repositoryOf(address) {
  const match =
    /^(?:https?:\/\/(?:[^/@]+@)?[^/@]+\/|ssh:\/\/(?:[^/@]+@)?[^/@]+\/|[^/@:]+@[^/@:]+:)([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/u.exec(
      address,
    );
  return match === null ? null : `${match[1]}/${match[2]}`;
}

/** @throws Error unless the branch may hold releases, and holds nothing else. */
function requireOwnBranch(git, branch) {
  const refuse = (reason) => {
    throw new Error(
      `A release does not go to the branch ${JSON.stringify(branch)}: ${reason}. Name another one with --branch.`,
    );
  };
  // It takes `@{-1}`, too, and prints the branch that this stands for.
  if (succeeds(() => git(["check-ref-format", "--branch", branch])) !== branch) {
    refuse("that is no name of a branch");
  }
  const remoteHead = succeeds(() => git(["symbolic-ref", "--short", "refs/remotes/origin/HEAD"]));
  if (["main", "master"].includes(branch) || remoteHead === `origin/${branch}`) {
    refuse("it is a main branch");
  }
  const worktrees = git(["worktree", "list", "--porcelain"]).split("\n");
  if (worktrees.includes(`branch refs/heads/${branch}`)) refuse("it is checked out");
  const tip = findTip(git, branch);
  if (tip !== null && sourceOf(git, tip) === "") refuse("it holds other commits");
}

/**
 * The release to go on from: that of the branch, or of the remote's if it is further.
 *
 * @throws Error if both have one that the other has not.
 */
function findTip(git, branch) {
  const own = findCommit(git, `refs/heads/${branch}`);
  const remote = findCommit(git, `refs/remotes/origin/${branch}`);
  if (own === null || remote === null) return own ?? remote;
  const isBefore = (a, b) => succeeds(() => git(["merge-base", "--is-ancestor", a, b])) !== null;
  if (isBefore(remote, own)) return own;
  if (isBefore(own, remote)) return remote;
  throw new Error(
    `The branch ${branch} and that of origin have gone apart. Where your release is not in use: git branch -f ${branch} origin/${branch}`,
  );
}

/** @throws Error if HEAD is another commit, or the working tree differs from it, ignored files aside. */
function requireSameAs(source, root) {
  withIndex(root, (git) => {
    if (git(["rev-parse", "HEAD"]) !== source) {
      throw new Error("HEAD has moved meanwhile: release again");
    }
    // A new index has no flags that hide changes.
    git(["read-tree", source]);
    const changes = git(["status", "--porcelain", "--untracked-files=all"]);
    if (changes === "") return;
    throw new Error(
      `A release is made of a commit, and the working tree differs from it. Commit or stash:\n${changes}`,
    );
  });
}

/** Tree of a release: `RELEASED_PATHS` as the commit has them, and `dist` as it was built. */
function writeTree(source, root) {
  return withIndex(root, (git) => {
    const committed = git(["ls-tree", "-r", "-z", source, "--", ...RELEASED_PATHS])
      .split("\0")
      .filter(Boolean);
    const paths = committed.map((entry) => entry.slice(entry.indexOf("\t") + 1));
    for (const path of RELEASED_PATHS) {
      const isThere = paths.some((each) => each === path || each.startsWith(`${path}/`));
      if (!isThere) throw new Error(`There is no ${path} in ${source}`);
    }
    if (!existsSync(join(root, "dist/bin.js")))
      throw new Error("The build has made no dist/bin.js");
    const built = readdirSync(join(root, "dist"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(root, join(parentPath, name)));
    const hashes = git(["hash-object", "-w", "--no-filters", "--stdin-paths"], {
      input: built.join("\n"),
    }).split("\n");
    const entries = built.map((path, at) => {
      const mode = path === "dist/bin.js" ? "100755" : "100644";
      return `${mode} blob ${hashes[at]}\t${path}`;
    });
    git(["update-index", "-z", "--index-info"], {
      input: [...committed, ...entries, ""].join("\0"),
    });
    return git(["write-tree"]);
  });
}

function messageOf(git, source) {
  const { version } = JSON.parse(git(["show", `${source}:package.json`]));
  const of = git(["log", "-1", "--format=%h %s", source]);
  return [
    `Release the Action, ${version} as of ${source.slice(0, 12)}`,
    "",
    `Bundle of: ${of}`,
    "",
    `${SOURCE_TRAILER}: ${source}`,
    "",
  ].join("\n");
}

function sourceOf(git, commit) {
  return git(["log", "-1", `--format=%(trailers:key=${SOURCE_TRAILER},valueonly)`, commit]);
}

function treeOf(git, commit) {
  return git(["rev-parse", `${commit}^{tree}`]);
}

function findCommit(git, ref) {
  return succeeds(() => git(["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]));
}

/** Has git work on an index that is thrown away. */
function withIndex(root, use) {
  const folder = mkdtempSync(join(tmpdir(), "mongoferry-release-"));
  try {
    return use(openGit(root, { GIT_INDEX_FILE: join(folder, "index") }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs git in the repository; what it prints, without white space around. */
function openGit(cwd, env = {}) {
  return (args, options = {}) =>
    execFileSync("git", args, {
      cwd,
      env: { ...process.env, ...env },
      encoding: "utf8",
      stdio: ["pipe", "pipe", "pipe"],
      maxBuffer: 64 * 1024 * 1024,
      ...options,
    }).trim();
}

/** What it returns; null where git fails. */
function succeeds(ask) {
  try {
    return ask();
  } catch {
    return null;
  }
}

function main() {
  const { values } = parseArgs({
    options: { branch: { type: "string", default: RELEASE_BRANCH } },
  });
  const { branch } = values;
  requireNode();
  const { commit, source, isNew } = releaseAction({
    root: projectRoot,
    branch,
    build: () => {
      ensureInstalled();
      build();
    },
  });
  const origin = succeeds(() => openGit(projectRoot)(["remote", "get-url", "origin"]));
  const repository = repositoryOf(origin ?? "") ?? "OWNER/mongoferry";
  process.stdout.write(
    [
      `${isNew ? "Made" : "There is already"} a release of ${source} on the branch ${branch}. Push it:`,
      `  git push origin ${commit}:refs/heads/${branch}`,
      "Then workflows may use it:",
      `  uses: ${repository}@${commit}`,
      "",
    ].join("\n"),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main();
  } catch (error) {
    // What git says itself is the better message.
    process.stderr.write(`${(error.stderr || error.message).trim()}\n`);
    process.exitCode = 1;
  }
}
