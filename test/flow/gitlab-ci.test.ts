/** docs/ci/gitlab-ci.yml as a runner of GitLab carries it out: its own lines in bash, against a stand-in for the few requests in it. */
import { execa } from "execa";
import { MongoClient } from "mongodb";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { parse } from "yaml";
import { type BorrowedSet, borrowSet } from "../support/borrow-set.ts";
import {
  CONNECTIONS,
  migrationOf,
  openReviewFixture,
  type ReviewFixture,
} from "../support/review-fixture.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TOKEN = "glpat-planted0token";
const JOB_TOKEN = "glcbt-planted0job";
const SHOP = "migrations/shop.yaml";
const FULL = ["mode: full", "objects: [{database: shop, as: store}]"];

interface Note {
  readonly id: number;
  readonly author: { readonly username: string };
  body: string;
}

let source: BorrowedSet;
let destination: BorrowedSet;
let fixture: ReviewFixture;
let server: Server;
let api: string;
let notes: Note[];
let triggers: string[];
let jobs: Readonly<Record<string, { readonly script: readonly string[] }>>;

beforeAll(async () => {
  const tools = ["bash", "curl", "jq"].map(async (name) => execa(name, ["--version"]));
  await Promise.all(tools);
  jobs = parse(await readFile(join(ROOT, "docs/ci/gitlab-ci.yml"), "utf8")) as typeof jobs;
  [source, destination] = await Promise.all([borrowSet("source"), borrowSet("destination")]);
  await using client = await MongoClient.connect(source.uri);
  await client.db("shop").collection("orders").insertOne({ a: 1 });
  server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const answer = answerTo(
        `${request.method} ${request.url}`,
        Buffer.concat(chunks).toString("utf8"),
        request.headers["private-token"],
      );
      response.writeHead(answer === null ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer));
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
});

beforeEach(async () => {
  notes = [
    { id: 1, author: { username: "eve" }, body: "<!-- mongoferry -->\nnot ours" },
    { id: 2, author: { username: "una" }, body: "looks fine" },
  ];
  triggers = [];
  fixture = await openReviewFixture({ SOURCE_URI: source.uri, DESTINATION_URI: destination.uri });
  await fixture.push("main", { "migrations/connections.yaml": CONNECTIONS });
});

afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
});

function answerTo(request: string, body: string, token: unknown): unknown {
  const own = "/projects/1/merge_requests/7/notes";
  if (request === "POST /projects/1/trigger/pipeline") {
    triggers.push(body);
    return {};
  }
  if (token !== TOKEN) return null;
  if (request === "GET /user") return { username: "project_1_bot" };
  if (request.startsWith(`GET ${own}?`)) return notes;
  const text = (): string => (JSON.parse(body) as { readonly body: string }).body;
  if (request === `POST ${own}`) {
    const note = { id: notes.length + 1, author: { username: "project_1_bot" }, body: text() };
    notes.push(note);
    return note;
  }
  const edited = notes.find(({ id }) => request === `PUT ${own}/${id}`);
  if (edited === undefined) return null;
  edited.body = text();
  return edited;
}

/** Carries out the lines of a job in the clone, at the last commit of a branch. */
async function runJob(
  job: "plan" | "migrate",
  branch: string,
  env: Readonly<Record<string, string>>,
) {
  const { author, bare } = fixture;
  await author.git("fetch", "--quiet", bare, `+refs/heads/${branch}:refs/remotes/origin/${branch}`);
  await author.git("checkout", "--quiet", "--detach", `origin/${branch}`);
  const bin = join(author.directory, ".git", "bin");
  await mkdir(bin, { recursive: true });
  const program = `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, "dist/bin.js")}' "$@"\n`;
  await writeFile(join(bin, "mongoferry"), program);
  await chmod(join(bin, "mongoferry"), 0o755);
  return execa("bash", ["-eo", "pipefail", "-c", (jobs[job]?.script ?? []).join("\n")], {
    cwd: author.directory,
    reject: false,
    env: {
      PATH: `${bin}:${process.env["PATH"]}`,
      GIT_CONFIG_GLOBAL: "/dev/null",
      SOURCE_URI: source.uri,
      DESTINATION_URI: destination.uri,
      GITLAB_CI: "true",
      MARKER: "<!-- mongoferry -->",
      MONGOFERRY_TOKEN: TOKEN,
      CI_JOB_TOKEN: JOB_TOKEN,
      CI_API_V4_URL: api,
      CI_PROJECT_ID: "1",
      CI_PROJECT_URL: bare.replace(/\.git$/u, ""),
      ...env,
    },
  });
}

const IN_REQUEST = {
  CI_MERGE_REQUEST_IID: "7",
  CI_MERGE_REQUEST_PROJECT_ID: "1",
  CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "1",
  CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
};

it("has one note, which it edits, and works on what is merged", async () => {
  await fixture.push("shop", { [SHOP]: migrationOf("shop", FULL) });
  const first = await runJob("plan", "shop", IN_REQUEST);
  expect(first.exitCode, first.stderr).toBe(0);
  expect(notes).toHaveLength(3);
  expect(notes[2]?.body).toContain("## 🟢 shop — ");
  await fixture.push("shop", { [SHOP]: migrationOf("shop", [...FULL, "title: x", "mode: ful"]) });
  const invalid = await runJob("plan", "shop", IN_REQUEST);
  expect(invalid.exitCode).toBe(1);
  const other = FULL.with(1, "objects: [{database: crm}]");
  await fixture.push("shop", { [SHOP]: migrationOf("shop", other) });
  const second = await runJob("plan", "shop", IN_REQUEST);
  expect(second.exitCode, second.stderr).toBe(4);
  expect(notes).toHaveLength(3);
  expect(notes[2]?.body).toContain("## 🔴 shop — ");
  expect(notes[0]?.body).toContain("not ours");

  await fixture.push("main", { [SHOP]: migrationOf("shop", FULL) });
  const done = await runJob("migrate", "main", { CI_COMMIT_BRANCH: "main" });
  expect(done.exitCode, done.stderr).toBe(0);
  expect(triggers).toEqual([]);
  const status = ["show", "main:state/shop/status.yaml"];
  const published = await execa("git", status, { cwd: fixture.bare });
  expect(published.stdout).toContain("phase: Completed");
  expect(`${first.stdout}${second.stdout}${done.stdout}`).not.toContain("planted");
});

it("starts the next slice where one is over, and fails with what fails", async () => {
  await fixture.push("main", { [SHOP]: migrationOf("shop", ["mode: ful"]) });
  const failed = await runJob("migrate", "main", { CI_COMMIT_BRANCH: "main" });
  expect([failed.exitCode, triggers]).toEqual([1, []]);
  const { script } = jobs["migrate"] ?? { script: [] };
  const shorter = script.map((line) => line.replace("--deadline 150m", "--deadline 1s"));
  expect(shorter).not.toEqual(script);
  jobs = { ...jobs, migrate: { script: shorter } };
  await fixture.push("main", {
    [SHOP]: migrationOf("shop", ["mode: full-and-incremental", "objects: [{database: shop}]"]),
  });
  const over = await runJob("migrate", "main", { CI_COMMIT_BRANCH: "main" });
  expect(over.exitCode, over.stderr).toBe(0);
  expect(triggers).toEqual([expect.stringContaining(JOB_TOKEN)]);
  expect(triggers[0]).toContain("main");
});
