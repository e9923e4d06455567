import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readPullRequestEvent } from "../../src/commands/github-event.ts";

const [BASE, HEAD] = ["a".repeat(40), "b".repeat(40)];
const pull = (changes: object = {}): object => ({
  pull_request: {
    number: 7,
    base: { sha: BASE, repo: { full_name: "una/shop" } },
    head: { sha: HEAD, repo: { full_name: "una/shop" } },
    ...changes,
  },
});

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "mongoferry-event-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function read(event: unknown, name = "pull_request") {
  const path = join(directory, "event.json");
  await writeFile(path, typeof event === "string" ? event : JSON.stringify(event));
  return readPullRequestEvent({ GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: path });
}

describe("readPullRequestEvent", () => {
  it("reads number, commits, and whether it comes from another repository", async () => {
    const event = { number: 7, headCommit: HEAD, baseCommit: BASE, isFork: false };
    expect(await read(pull())).toEqual(event);
    const fork = { sha: HEAD, repo: { full_name: "eve/shop" } };
    expect(await read(pull({ head: fork }))).toEqual({ ...event, isFork: true });
    expect(await read(pull({ head: { sha: HEAD, repo: null } }))).toMatchObject({ isFork: true });
  });

  it("reads nothing outside of a workflow for pull requests", async () => {
    expect(await read(pull(), "push")).toBeNull();
    expect(await readPullRequestEvent({})).toBeNull();
    expect(await readPullRequestEvent({ GITHUB_EVENT_NAME: "pull_request" })).toBeNull();
  });

  it.each([
    ["no JSON", "{"],
    ["no pull request", {}],
    ["no number", pull({ number: "7" })],
    ["no commits", pull({ head: { sha: "--upload-pack=x", repo: null } })],
  ])("says so where the event has %s", async (_, event) => {
    await expect(read(event)).rejects.toThrow("the event cannot be read");
  });

  it("refuses events that have secrets for what nobody has reviewed", async () => {
    await expect(read(pull(), "pull_request_target")).rejects.toThrow("pull_request_target");
  });
});
