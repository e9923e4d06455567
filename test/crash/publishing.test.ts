/** Twenty processes publish to one remote at the same time; and a process is killed at each step of publishing. */
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  installKillingGit,
  type KillMoment,
  publications,
} from "../support/publishing/publisher-processes.ts";
import {
  openPublishingFixture,
  type PublishingFixture,
} from "../support/publishing/publishing-fixture.ts";

const PROCESSES = 20;

let fixture: PublishingFixture;

beforeAll(async () => {
  fixture = await openPublishingFixture();
});

afterAll(async () => fixture?.[Symbol.asyncDispose]());

beforeEach(async () => fixture.renew());

afterEach(async () => {
  expect(await fixture.box.git("hub.git", "fsck", "--strict", "--no-dangling")).toBe("");
});

describe(`${PROCESSES} processes that publish to one remote`, () => {
  it("all come through where they begin together", async () => {
    const names = await cloneForEach((n) => `shop-${n}`);
    const runs = await Promise.all(names.map(async (name, n) => publish(name, n, 1)));
    const said = runs.flatMap(({ stdout }) => publications(stdout));
    expect(said.map(({ status }) => status)).toEqual(names.map(() => "true"));
    expect(await fixture.faultsOf("main", names)).toEqual([]);
    expect(await fixture.countCommits("main")).toBe(1 + PROCESSES);
  }, 300_000);

  it("leave each of several transitions once, also where two of them take a migration from each other", async () => {
    const names = await cloneForEach((n) => `shop-${n % 15}`);
    const runs = await Promise.all(names.map(async (name, n) => publish(name, n, 4)));
    const said = runs.flatMap(({ stdout }) => publications(stdout));
    const failed = said.filter(({ status }) => status === "false");
    const overtaken = failed.filter(({ message }) => message.includes("has taken"));
    const lost = failed.length - overtaken.length;
    process.stdout.write(
      `${said.length} publications, left to the next: ${overtaken.length} of processes that were overtaken, ${lost} after 8 lost races\n`,
    );
    expect(lost, "publications that 8 tries were too few for").toBeLessThan(5);
    // What the next apply does for the last one.
    const shared = [...new Set(names)];
    const rest = await Promise.all(shared.map(async (name, n) => publish(name, n, 4)));
    expect(rest.map(({ exitCode, stderr }) => `${exitCode}${stderr}`)).toEqual(
      shared.map(() => "0"),
    );
    expect(await fixture.faultsOf("main", shared)).toEqual([]);
    const last = await Promise.all(shared.map(async (name) => fixture.store.readRun(name)));
    expect(last.map((run) => run?.seq)).toEqual(shared.map(() => 4));
  }, 600_000);
});

describe("SIGKILL at each step of publishing", () => {
  it.each<{
    readonly where: string;
    readonly moments: readonly KillMoment[];
    readonly stateBranch: string | null;
    readonly repository: string;
  }>([
    {
      where: "on the branch that is checked out",
      moments: ["before", "after"],
      stateBranch: null,
      repository: "hub.git",
    },
    {
      where: "on the branch that is checked out, also its git",
      moments: ["during"],
      stateBranch: null,
      repository: "hub.git",
    },
    {
      where: "on a branch of its own",
      moments: ["after"],
      stateBranch: "states",
      repository: "hub.git",
    },
    { where: "without a remote", moments: ["after"], stateBranch: null, repository: "work" },
  ])(
    "leaves each transition once $where: $moments each git command",
    async ({ moments, stateBranch, repository }) => {
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
          const next = await fixture.startPublishing(job);
          const step = `${moment} command ${at}`;
          expect(publications(next.stdout), step).toMatchObject([{ status: "true" }]);
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
    },
    600_000,
  );
});

/** A clone for each process, and the migration that each works on. */
async function cloneForEach(migrationOf: (n: number) => string): Promise<readonly string[]> {
  const numbers = Array.from({ length: PROCESSES }, (_, n) => n);
  for (const n of numbers) await fixture.box.clone("hub.git", `clone-${n}`);
  return numbers.map(migrationOf);
}

function publish(migration: string, n: number, upTo: number) {
  const { storeUri } = fixture;
  const job = { folder: `clone-${n}`, storeUri, migration, upTo, canOvertake: true };
  return fixture.startPublishing(job);
}
