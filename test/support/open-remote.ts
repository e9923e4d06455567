/** A remote of a fixture's repository, to which others push. */
import { execa } from "execa";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CliFixture, specOf } from "./cli-fixture.ts";

interface Remote extends AsyncDisposable {
  /** What a merged pull request does. */
  push(lines: readonly string[]): Promise<void>;
}

/** A bare repository as `origin`, and another clone of it. */
export async function openRemote(cli: CliFixture): Promise<Remote> {
  const root = await mkdtemp(join(tmpdir(), "mongoferry-remote-"));
  const bare = join(root, "bare.git");
  const clone = join(root, "clone");
  const author = ["-c", "user.name=una", "-c", "user.email=una@example.com"];
  await execa("git", ["init", "--quiet", "--bare", "--initial-branch=main", bare]);
  await cli.git("remote", "add", "origin", bare);
  return {
    async push(lines) {
      await rm(clone, { recursive: true, force: true });
      await execa("git", ["clone", "--quiet", bare, clone]);
      await writeFile(join(clone, "migrations", "shop.yaml"), specOf("shop", lines));
      await execa("git", [...author, "commit", "--quiet", "-am", "change"], { cwd: clone });
      await execa("git", ["push", "--quiet"], { cwd: clone });
    },
    [Symbol.asyncDispose]: async () => rm(root, { recursive: true, force: true }),
  };
}
