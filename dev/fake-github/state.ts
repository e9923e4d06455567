/** What the fake knows: accounts, pull requests, comments, statuses, started workflows. */
import type { BareRepository } from "./bare-repository.ts";
import type { Dispatch } from "./fake-github.ts";

export type Permission = "issues" | "statuses" | "contents" | "actions";

export interface Account {
  readonly login: string;
  /** Tokens of bots, such as those of workflows, may not ask who they are. */
  readonly type: "User" | "Bot";
  /** What it may write. */
  readonly permissions: ReadonlySet<Permission>;
}

export interface NewPull {
  readonly head: string;
  readonly base: string;
  readonly title?: string;
  /** Left out: it comes from the repository itself. */
  readonly headRepository?: string;
}

export interface FakePull extends NewPull {
  readonly number: number;
  readonly headCommit: string;
  readonly mergedAt: Date | null;
  readonly mergeCommit: string | null;
  /** Commits that the merge has brought to the base. */
  readonly merged: ReadonlySet<string>;
}

export interface FakeComment {
  readonly id: number;
  readonly pullRequest: number;
  readonly login: string;
  readonly type: "User" | "Bot";
  body: string;
  /** What it said before, oldest first. */
  readonly replaced: string[];
}

export class FakeState {
  readonly repository: string;
  readonly bare: BareRepository;
  readonly accounts = new Map<string, Account>();
  readonly statuses = new Map<string, Record<string, unknown>[]>();
  readonly dispatches: Dispatch[] = [];
  /** What is answered to who would move one of these refs. */
  readonly rules = new Map<string, string>();
  webUrl = "";
  readonly #pulls = new Map<number, FakePull>();
  readonly #comments: FakeComment[] = [];
  #lastId = 1_000;

  constructor(repository: string, bare: BareRepository) {
    this.repository = repository;
    this.bare = bare;
  }

  async openPull(pull: NewPull): Promise<number> {
    const number = this.#pulls.size + 1;
    const headCommit = await this.#headOf(pull.head);
    const unmerged = { mergedAt: null, mergeCommit: null, merged: new Set<string>() };
    this.#pulls.set(number, { ...pull, number, headCommit, ...unmerged });
    await this.#previewMerge(number);
    return number;
  }

  async refreshPull(number: number): Promise<FakePull> {
    const pull = this.pull(number);
    const fresh = { ...pull, headCommit: await this.#headOf(pull.head) };
    this.#pulls.set(number, fresh);
    if (fresh.mergedAt === null) await this.#previewMerge(number);
    return fresh;
  }

  async mergePull(number: number, how: "merge" | "squash"): Promise<string> {
    const pull = await this.refreshPull(number);
    const message = `Merge pull request #${number} from ${pull.head}`;
    const merge = async (): Promise<string> =>
      this.bare.merge(pull.base, pull.headCommit, how, message);
    // Somebody may push to the base at the same time.
    const mergeCommit = await merge().catch(merge).catch(merge);
    const merged = new Set([mergeCommit, ...(how === "merge" ? [pull.headCommit] : [])]);
    this.#pulls.set(number, { ...pull, mergedAt: new Date(), mergeCommit, merged });
    return mergeCommit;
  }

  pull(number: number): FakePull {
    const pull = this.#pulls.get(number);
    if (pull === undefined) throw new Error(`there is no pull request ${number}`);
    return pull;
  }

  hasPull(number: number): boolean {
    return this.#pulls.has(number);
  }

  /** As GitHub does: those that have brought a commit, or else the open ones that have it. */
  pullsWith(commit: string): readonly FakePull[] {
    const all = [...this.#pulls.values()];
    const merged = all.filter((pull) => pull.merged.has(commit));
    return merged.length > 0 ? merged : all.filter(({ headCommit }) => headCommit === commit);
  }

  commentsOf(pullRequest: number): readonly FakeComment[] {
    return this.#comments.filter((each) => each.pullRequest === pullRequest);
  }

  /** All that the comments have said, also what was replaced, oldest first. */
  textsOf(pullRequest: number): readonly string[] {
    return this.commentsOf(pullRequest).flatMap(({ replaced, body }) => [...replaced, body]);
  }

  comment(id: number): FakeComment | null {
    return this.#comments.find((each) => each.id === id) ?? null;
  }

  addComment(pullRequest: number, { login, type }: Account, body: string): FakeComment {
    const comment = { id: ++this.#lastId, pullRequest, login, type, body, replaced: [] };
    this.#comments.push(comment);
    return comment;
  }

  deleteComment(id: number): void {
    this.#comments.splice(
      this.#comments.findIndex((each) => each.id === id),
      1,
    );
  }

  /** What workflows for the pull request check out; missing where it cannot be merged. */
  async #previewMerge(number: number): Promise<void> {
    const { base, headCommit } = this.pull(number);
    const ref = `refs/pull/${number}/merge`;
    await this.bare.merge(base, headCommit, "merge", `Merge ${headCommit}`, ref).catch(() => {});
  }

  async #headOf(name: string): Promise<string> {
    const commit = await this.bare.resolve(name);
    if (commit === null) throw new Error(`${name} is no commit of the repository`);
    return commit;
  }
}
