import { expect, it } from "vitest";
import { type Fact, hasBeen, hasSaid, waitForFact } from "../../../dev/demo/facts.ts";
import { DemoFailure } from "../../../dev/demo/run-cli.ts";
import { BareRepository } from "../../../dev/fake-github/bare-repository.ts";
import { answerRequest } from "../../../dev/fake-github/operations.ts";
import { type Account, FakeState } from "../../../dev/fake-github/state.ts";
import { withNews } from "../../../src/report/obeyed-heading.ts";

const BOT: Account = { login: "bot", type: "Bot", permissions: new Set(["issues"]) };
const GOES_ON = new Promise<void>(() => {});
const { signal: NEVER } = new AbortController();

it("finds a phase that was left again between two looks", async () => {
  const events: string[] = [];
  const copying = waitFor(hasBeen("Copying", async () => [...events]));
  events.push("state/world/events/000001-prechecking.yaml");
  events.push("state/world/events/000002-copying.yaml");
  events.push("state/world/events/000003-catchingup.yaml");
  expect(await copying).toBe(true);
});

it("finds a heading of a comment that another one has replaced between two looks", async () => {
  const comments = new FakeState("demo/migrations", new BareRepository("none"));
  const reviewed = "<!-- marker -->\n## 🟢 world — settings change";
  const { id } = comments.addComment(2, BOT, reviewed);
  const said = hasSaid("the change is obeyed", [1, 2], (number) => comments.textsOf(number));
  expect(await said.look()).toBe(false);
  const found = waitFor(said);
  for (const what of ["the change is obeyed", "Streaming"]) {
    const news = { migration: "world", what, sinceMergeMs: 1_000, detail: "" };
    await answerRequest("patch /repos/{owner}/{repo}/issues/comments/{comment_id}", {
      state: comments,
      account: BOT,
      path: { comment_id: String(id) },
      query: {},
      body: { body: withNews(reviewed, news) },
    });
  }
  expect(comments.comment(id)?.body).not.toContain("the change is obeyed");
  expect(await found).toBe(
    "Under pull request 2: world — the change is obeyed, 1.0 s after the merge",
  );
});

it("finds what came just before the work ended, and does not wait for what did not", async () => {
  const looks = [false, true] as const;
  let count = 0;
  const late: Fact<true> = { what: "it came", look: async () => looks[count++]! };
  expect(await waitForFact(late, Promise.resolve(), NEVER)).toBe(true);
  const never: Fact<true> = { what: "it came", look: async () => false };
  await expect(waitForFact(never, Promise.resolve(), NEVER)).rejects.toThrow(
    new DemoFailure("nothing has shown that it came"),
  );
});

it("ends with the work's failure, or when it is told to stop", async () => {
  const never: Fact<true> = { what: "it came", look: async () => false };
  const failure = new DemoFailure("mongoferry reconcile failed: exit 1");
  await expect(waitForFact(never, Promise.reject(failure), NEVER)).rejects.toBe(failure);
  await expect(waitForFact(never, GOES_ON, AbortSignal.abort())).rejects.toThrow("aborted");
});

async function waitFor<T>(fact: Fact<T>): Promise<T> {
  return waitForFact(fact, GOES_ON, NEVER);
}
