/** Commits that GitHub makes: many processes at one branch, and one that is killed at each request. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FakeGitHub, startFakeGitHub } from "../../../dev/fake-github/fake-github.ts";
import type { GitHubAccess } from "./publish-all.ts";
import { publications } from "./publisher-processes.ts";
import { openPublishingFixture, type PublishingFixture } from "./publishing-fixture.ts";

const TOKEN = "ghs_token";
const REPOSITORY = "una/shop";

export interface Extent {
  /** That publish to one branch at the same time. */
  readonly processes: number;
  /** When each request's process is killed. `before` a request, the repository is the same as `after` the one before it. */
  readonly moments: readonly ("before" | "after")[];
  /** Of state; null: the branch that is checked out. */
  readonly stateBranches: readonly (string | null)[];
}

/** Defines the tests. */
export function definePublishingByGitHub({ processes, moments, stateBranches }: Extent): void {
  let fixture: PublishingFixture;
  let fake: FakeGitHub;
  let github: GitHubAccess;

  beforeAll(async () => {
    fixture = await openPublishingFixture();
  });

  afterAll(async () => fixture?.[Symbol.asyncDispose]());

  beforeEach(async () => {
    await fixture.renew();
    await fixture.box.clone("hub.git", "work");
    fake = await startFakeGitHub({ repository: REPOSITORY, bare: fixture.box.path("hub.git") });
    fake.addAccount(TOKEN, { login: "bot", type: "Bot", permissions: new Set(["contents"]) });
    github = { apiUrl: fake.url, repository: REPOSITORY, token: TOKEN };
  });

  afterEach(async () => {
    expect(fake.violations()).toEqual([]);
    await fake[Symbol.asyncDispose]();
    expect(await fixture.box.git("hub.git", "fsck", "--strict", "--no-dangling")).toBe("");
  });

  describe(`${processes} processes that have GitHub commit`, () => {
    it("all come through where they begin together, and answers are lost", async () => {
      const { storeUri, faultsOf, countCommits } = fixture;
      for (const after of [2, Math.floor(processes / 2), processes - 5]) {
        fake.plan({ on: /^PATCH/u, kind: "lost-answer", after });
        fake.plan({ on: /^POST .*\/commits$/u, kind: "bad-gateway-afterwards", after });
        fake.plan({ on: /^GET .*\/ref\//u, kind: "status", status: 503, after });
        fake.plan({ on: /^POST .*\/trees$/u, kind: "secondary-rate-limit", seconds: 20, after });
      }
      const names = Array.from({ length: processes }, (_, n) => `shop-${n}`);
      const publish = (migration: string) =>
        fixture.startPublishing({ folder: "work", storeUri, migration, upTo: 1, github });
      const runs = await Promise.all(names.map(publish));
      const said = runs.flatMap(({ stdout }) => publications(stdout));
      expect(said.map(({ status }) => status)).toEqual(names.map(() => "true"));
      expect(await faultsOf("main", names)).toEqual([]);
      expect(await countCommits("main")).toBe(1 + processes);
    }, 300_000);
  });

  describe("SIGKILL at each request", () => {
    it.each(stateBranches.map((stateBranch) => ({ stateBranch })))(
      `leaves each transition once with $stateBranch, ${moments.join(" and ")} each request`,
      async ({ stateBranch }) => {
        const { store, storeUri, faultsOf, countCommits } = fixture;
        const branch = stateBranch ?? "main";
        const before = await countCommits(branch);
        let seq = 0;
        let betweenPushAndMark = 0;
        // Until a process comes to its end before its turn.
        for (let at = 0, isKilled = true; isKilled; at++) {
          for (const when of moments) {
            const upTo = ++seq;
            const job = { folder: "work", storeUri, migration: "shop", stateBranch, upTo, github };
            const running = fixture.startPublishing(job);
            fake.plan({
              on: /./u,
              after: at,
              kind: "interrupt",
              when,
              interrupt: () => running.kill("SIGKILL"),
            });
            const run = await running;
            isKilled = run.signal === "SIGKILL";
            if (!isKilled) break;
            const stored = await store.readRun("shop");
            const isCommitted = (await countCommits(branch)) === before + seq;
            if (isCommitted && stored?.publishedSeq === seq - 1) betweenPushAndMark++;
            const next = await fixture.startPublishing(job);
            const step = `${when} request ${at + 1}: ${String(next.stderr)}`;
            expect(publications(next.stdout), step).toMatchObject([{ status: "true" }]);
            expect(await faultsOf(branch, ["shop"]), step).toEqual([]);
            expect(await countCommits(branch), step).toBe(before + seq);
          }
        }
        expect(seq, "requests of a publication").toBeGreaterThan(6 * moments.length);
        expect(betweenPushAndMark, "kills between commit and mark").toBe(1);
      },
      300_000,
    );
  });

  describe("what GitHub refuses", () => {
    it("is a condition, made up for by the next transition", async () => {
      const { storeUri, store, faultsOf } = fixture;
      fake.protectBranch("main", "Changes must be made through a pull request.");
      const job = { folder: "work", storeUri, migration: "shop", github };
      const refused = await fixture.startPublishing({ ...job, upTo: 2 });
      expect(refused.exitCode).toBe(0);
      expect(publications(refused.stdout)).toMatchObject([
        { seq: 1, status: "false", message: expect.stringContaining("set state.branch") },
        { seq: 2, status: "false" },
      ]);
      expect((await store.readRun("shop"))?.publishedSeq).toBe(0);
      const own = await fixture.startPublishing({ ...job, upTo: 3, stateBranch: "states" });
      expect(publications(own.stdout).at(-1)).toMatchObject({ seq: 3, status: "true" });
      expect(await faultsOf("states", ["shop"])).toEqual([]);
    });
  });
}
