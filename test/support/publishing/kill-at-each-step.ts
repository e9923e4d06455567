/** A process is killed at each git command of a publication, and the next one publishes. */
import { execa } from "execa";
import { expect } from "vitest";
import { installKillingGit, type KillMoment, publishHere } from "./publisher-processes.ts";
import type { PublishingFixture } from "./publishing-fixture.ts";

export interface KilledPublications {
  /** When each command's process is killed. On disk, `before` a command is the same as `after` the one before it. */
  readonly moments: readonly KillMoment[];
  readonly stateBranch: string | null;
  /** `work` stands for a clone without a remote. */
  readonly repository: "hub.git" | "work";
}

/** Expects each transition in git once, however its process ended. */
export async function killAtEachStep(
  fixture: PublishingFixture,
  { moments, stateBranch, repository }: KilledPublications,
): Promise<void> {
  const { box, store, storeUri, faultsOf, countCommits } = fixture;
  const git = await installKillingGit(box);
  await box.clone("hub.git", "work");
  if (repository === "work") await box.git("work", "remote", "remove", "origin");
  const branch = stateBranch ?? "main";
  const before = await countCommits(branch, repository);
  let seq = 0;
  let betweenPushAndMark = 0;
  // Until a process comes to its end before its turn.
  for (let at = 1, isKilled = true; isKilled; at++) {
    for (const moment of moments) {
      const upTo = ++seq;
      const job = { folder: "work", storeUri, migration: "shop", stateBranch, upTo };
      const run = await fixture.startPublishing(job, await git.prepare(at, moment));
      isKilled = run.signal === "SIGKILL";
      if (!isKilled) continue;
      const isCommitted = (await countCommits(branch, repository)) === before + seq;
      const stored = await store.readRun("shop");
      if (isCommitted && stored?.publishedSeq === seq - 1) betweenPushAndMark++;
      const said = await publishHere(box, job);
      const step = `${moment} command ${at}`;
      expect(said, step).toMatchObject([{ status: "true" }]);
      expect(await faultsOf(branch, ["shop"], repository), step).toEqual([]);
      expect(await countCommits(branch, repository), step).toBe(before + seq);
    }
  }
  expect(seq, "commands of a publication").toBeGreaterThan(15 * moments.length);
  expect(betweenPushAndMark, "kills between commit and mark").toBeGreaterThan(0);
  // A git that was killed itself has left the clone as people know it.
  if (moments.includes("during")) return;
  expect(await box.git("work", "status", "--porcelain")).toBe("");
  const locks = await execa("find", [box.path("work/.git"), "-name", "*.lock"]);
  expect(locks.stdout).toBe("");
}
