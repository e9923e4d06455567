import { describe, expect, it } from "vitest";
import { MergedReviews } from "../../src/commands/merged-review.ts";
import type { CodeHost, PullRequest, SpecHistory } from "../../src/ports.ts";
import {
  approvalLine,
  NOT_PLANNED,
  PLANNED_LATER,
  planMarker,
} from "../../src/report/plan-comment-marker.ts";

const DIGEST = "d".repeat(64);
const SPEC = "a".repeat(64);
const OTHER = "b".repeat(64);
const HEAD = "0".repeat(40);
const NEWS = { migration: "shop", what: "Paused", detail: "the spec wants it so" };

interface Merged {
  readonly commit: string;
  /** Null: it was pushed. */
  readonly number: number | null;
  /** Migrations that are shown there. */
  readonly shows: readonly string[];
  /** Second line of the comments; left out: an approval. */
  readonly line?: string;
  readonly isFork?: boolean;
}

/** A branch with its merges, the newest first. */
function open(merges: readonly Merged[], missing: Record<string, number> = {}) {
  const comments = new Map<string, string>();
  for (const { number, shows, line } of merges) {
    for (const name of shows) {
      const second = line ?? approvalLine({ digest: DIGEST, spec: SPEC, head: HEAD });
      comments.set(`${number} ${planMarker(name)}`, `${planMarker(name)}\n${second}\n## ${name}`);
    }
  }
  const said: string[] = [];
  const host: CodeHost = {
    async upsertComment(number, marker, body) {
      comments.set(`${number} ${marker}`, body);
      return { kind: "done", url: null };
    },
    readComment: async (number, marker) => comments.get(`${number} ${marker}`) ?? null,
    setStatus: async () => ({ kind: "done", url: null }),
    async mergedPullRequest(commit): Promise<PullRequest | null> {
      const left = missing[commit] ?? 0;
      missing[commit] = left - 1;
      const { number = null, isFork = false } = merges.find((each) => each.commit === commit) ?? {};
      if (left > 0 || number === null) return null;
      return { number, url: "", mergedAt: new Date(), headCommit: HEAD, isFork };
    },
    dispatchWorkflow: async () => ({ kind: "done", url: null }),
  };
  const history: Pick<SpecHistory, "listCommits"> = {
    async listCommits(_paths, most, tip = merges[0]?.commit) {
      const from = merges.findIndex(({ commit }) => commit === tip);
      return merges.slice(from, from + most).map(({ commit }) => commit);
    },
  };
  const warn = (line: string): void => void said.push(line);
  const reviews = new MergedReviews({
    host,
    history: history as SpecHistory,
    branch: "main",
    specPaths: [],
    logger: { debug: warn, info: warn, warn, error: warn },
    askedAgainAfterMs: [1, 1],
  });
  const toldOf = (): readonly string[] =>
    [...comments].filter(([, body]) => body.includes("📣")).map(([where]) => where.slice(0, 1));
  return { reviews, said, toldOf };
}

describe("news", () => {
  it("stand where the migration was changed last, whatever of others was merged since", async () => {
    const { reviews, toldOf } = open([
      { commit: "c3", number: 3, shows: ["crm"] },
      { commit: "c2", number: 2, shows: ["shop", "crm"] },
      { commit: "c1", number: 1, shows: ["shop"] },
    ]);
    await reviews.tell(null, NEWS);
    expect(toldOf()).toEqual(["2"]);
  });

  it("are of the commit that is obeyed, which may not be the one that is checked out", async () => {
    const { reviews, toldOf } = open([
      { commit: "c2", number: 2, shows: ["shop"] },
      { commit: "c1", number: 1, shows: ["shop"] },
    ]);
    await reviews.tell("c1", NEWS);
    expect(toldOf()).toEqual(["1"]);
  });

  it("are not told where somebody has pushed since", async () => {
    const { reviews, toldOf, said } = open([
      { commit: "c2", number: null, shows: [] },
      { commit: "c1", number: 1, shows: ["shop"] },
    ]);
    await reviews.tell("c2", NEWS);
    expect([toldOf(), said]).toEqual([[], []]);
  });

  it("wait for a host that does not know yet what was merged", async () => {
    const merges = [{ commit: "c1", number: 1, shows: ["shop"] }];
    const { reviews, toldOf } = open(merges, { c1: 2 });
    await reviews.tell("c1", NEWS);
    expect(toldOf()).toEqual(["1"]);
  });
});

describe("an approval", () => {
  it("is of the same spec, also behind pull requests that show nothing of it", async () => {
    const { reviews } = open([
      { commit: "c3", number: 3, shows: ["crm"] },
      { commit: "c2", number: null, shows: [] },
      { commit: "c1", number: 1, shows: ["shop"] },
    ]);
    expect(await reviews.findApproval("shop", SPEC)).toEqual({ kind: "approved", digest: DIGEST });
  });

  it("of another spec than what was merged is said to be that", async () => {
    const { reviews } = open([
      { commit: "c3", number: 3, shows: ["crm"] },
      { commit: "c2", number: 2, shows: ["shop"] },
      { commit: "c1", number: 1, shows: ["shop"] },
    ]);
    expect(await reviews.findApproval("shop", OTHER)).toEqual({ kind: "other", pullRequest: 2 });
    expect(await reviews.findApproval("blog", OTHER)).toEqual({ kind: "none" });
  });

  it("is none of a pull request that was merged without a plan, but of an earlier one for the same spec", async () => {
    const { reviews } = open([
      { commit: "c2", number: 2, shows: ["shop"], line: NOT_PLANNED },
      { commit: "c1", number: 1, shows: ["shop"] },
    ]);
    expect(await reviews.findApproval("shop", OTHER)).toEqual({
      kind: "unplanned",
      pullRequest: 2,
    });
    expect(await reviews.findApproval("shop", SPEC)).toEqual({ kind: "approved", digest: DIGEST });
  });

  it.each<{ readonly what: string; readonly last: Merged }>([
    { what: "was pushed", last: { commit: "c2", number: null, shows: [] } },
    { what: "came from a fork", last: { commit: "c2", number: 2, shows: [], isFork: true } },
    {
      what: "was to be planned after the merge",
      last: { commit: "c2", number: 2, shows: ["shop"], line: PLANNED_LATER },
    },
  ])("is none where something $what since", async ({ last }) => {
    const { reviews } = open([last, { commit: "c1", number: 1, shows: ["shop"] }]);
    expect(await reviews.findApproval("shop", OTHER)).toEqual({ kind: "none" });
  });
});
