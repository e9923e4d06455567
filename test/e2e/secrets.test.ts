/** I9: what is planted as a secret is found nowhere, however a run ends and whatever form it might have taken. */
import { execa } from "execa";
import { MongoClient } from "mongodb";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ReplicaSet, startReplicaSet } from "../../dev/mongod/replica-set.ts";
import {
  BOT,
  migrationOf,
  openReviewFixture,
  type ReviewFixture,
} from "../support/review-fixture.ts";
import { watchProcesses } from "../support/watch-processes.ts";

const RANDOM = randomBytes(5).toString("hex");
/** In the middle of each secret: letters and digits, which no escaping changes. */
const CORES = ["source", "destination", "token"].map((end) => `planted0${end}0${RANDOM}`);
const [SOURCE_CORE = "", DESTINATION_CORE = "", TOKEN_CORE = ""] = CORES;
/** All that markdown, HTML, JSON, YAML, shells and addresses write otherwise. */
const SOURCE_PASSWORD = `p@ss/w*_${SOURCE_CORE}|<b>&#1%41:`;
const DESTINATION_PASSWORD = `d"q'\\~ü\`${DESTINATION_CORE}[x](y)\u00ad`;
const TOKEN = `ghs_${TOKEN_CORE}`;

let source: ReplicaSet;
let destination: ReplicaSet;
let client: MongoClient;
let there: MongoClient;
let fixture: ReviewFixture;

beforeAll(async () => {
  [source, destination] = await Promise.all([
    startReplicaSet({ name: "source", auth: { username: "una", password: SOURCE_PASSWORD } }),
    startReplicaSet({
      name: "destination",
      auth: { username: "una", password: DESTINATION_PASSWORD },
    }),
  ]);
  [client, there] = await Promise.all([
    MongoClient.connect(source.uri),
    MongoClient.connect(destination.uri),
  ]);
  // Whoever knows a secret may call something after it.
  const orders = client.db("shop").collection("orders");
  await orders.insertMany(Array.from({ length: 50 }, (_, n) => ({ n, text: SOURCE_PASSWORD })));
  await orders.createIndex({ n: 1 }, { name: DESTINATION_PASSWORD });
  await client.db("shop").collection(SOURCE_PASSWORD).insertOne({ a: 1 });
});

afterAll(async () => {
  await Promise.all([client?.close(), there?.close()]);
  await Promise.all([source?.stop(), destination?.stop()]);
});

beforeEach(async () => {
  await Promise.all(["store", "mongoferry"].map(async (name) => there.db(name).dropDatabase()));
  fixture = await openReviewFixture({
    SOURCE_URI: source.uri,
    DESTINATION_PASSWORD,
    GITHUB_TOKEN: TOKEN,
  });
  fixture.github.addAccount(TOKEN, BOT);
  await fixture.push("main", { "migrations/connections.yaml": connections() });
});

afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
});

const SPEC = migrationOf("shop", ["mode: full", "objects: [{database: shop, as: store}]"]);
const SHOP = { "migrations/shop.yaml": SPEC };
const LOUD = ["--log-level", "debug"];
const JSON_LOG = [...LOUD, "--log-format", "json"];
/** A workflow's own token, in the place of the fixture's. */
const WITH_TOKEN = { env: { GITHUB_TOKEN: TOKEN } };

function connectionOf(name: string, ...spec: readonly string[]): string {
  return [
    "apiVersion: mongoferry.dev/v1",
    "kind: Connection",
    `metadata: {name: ${name}}`,
    "spec:",
    ...["provider: mongodb", ...spec].map((line) => `  ${line}`),
    "",
  ].join("\n");
}

/** The source as a connection string, the destination in parts with a password of its own. */
function connections(): string {
  const [host = "", port = ""] = (destination.hosts[0] ?? "").split(":");
  return [
    connectionOf("source", "uri: {env: SOURCE_URI}", "timeouts: {serverSelectionSeconds: 3}"),
    connectionOf(
      "destination",
      `host: ${host}`,
      `port: ${port}`,
      `replicaSet: ${destination.name}`,
      "username: una",
      "password: {env: DESTINATION_PASSWORD}",
      "timeouts: {serverSelectionSeconds: 3}",
    ),
  ].join("---\n");
}

/** A text with one of the secrets in it, whichever way it is written. */
function findSecret(texts: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(texts).flatMap(([name, text]) =>
    TRACES.filter((trace) => text.includes(trace)).map((trace) => {
      const at = text.indexOf(trace);
      return `${name}: …${text.slice(Math.max(0, at - 100), at + trace.length + 40)}…`;
    }),
  );
}

const TRACES = [
  ...CORES,
  ...[SOURCE_PASSWORD, DESTINATION_PASSWORD, TOKEN].flatMap((secret) =>
    // A text in base64 looks another way behind one or two bytes more.
    [0, 1, 2].flatMap((before) => {
      const bytes = Buffer.from("x".repeat(before) + secret);
      return [bytes.toString("base64"), bytes.toString("base64url")].map((text) =>
        text.slice(8, -8),
      );
    }),
  ),
];

/** All that is in a repository: contents, names and messages of every commit. */
async function everythingIn(repository: string): Promise<string> {
  const log = ["log", "--all", "--patch", "--text", "--format=fuller", "--name-only"];
  const [commits, patches] = await Promise.all([
    execa("git", log, { cwd: repository }),
    execa("git", ["log", "--all", "--patch", "--text"], { cwd: repository }),
  ]);
  return `${commits.stdout}\n${patches.stdout}`;
}

function commentsOn(number: number): string {
  const { headCommit } = fixture.github.pullRequest(number);
  return JSON.stringify([fixture.github.comments(number), fixture.github.statuses(headCommit)]);
}

describe("I9 a planted secret", () => {
  it("appears nowhere from the pull request to the report", async () => {
    const watch = watchProcesses();
    const number = await fixture.propose("shop", SHOP);
    const listed = await fixture.inPullRequest(number, ["pr", "--list"], WITH_TOKEN);
    const reviewed = await fixture.inPullRequest(
      number,
      ["pr", "--markdown", "review.md", ...LOUD],
      WITH_TOKEN,
    );
    expect(reviewed.exitCode, reviewed.stderr).toBe(0);
    const [comment] = fixture.github.comments(number);
    expect(comment?.body).toContain("[redacted]");
    const asJson = await fixture.inPullRequest(
      number,
      ["pr", "-o", "json", ...JSON_LOG],
      WITH_TOKEN,
    );
    expect(asJson.stdout).toContain("[redacted]");
    await fixture.merge(number);
    const env = { GITHUB_TOKEN: TOKEN };
    const [matrix, done, plan, status, verified] = [
      await fixture.onMain(["reconcile", "--list"], env),
      await fixture.onMain(["reconcile", ...LOUD], env),
      await fixture.onMain(["plan", "-o", "json", ...JSON_LOG], env),
      await fixture.onMain(["status"], env),
      await fixture.onMain(["verify", "--show-values", ...JSON_LOG], env),
    ];
    expect([done.exitCode, verified.exitCode], String(done.stderr)).toEqual([0, 0]);
    await watch[Symbol.asyncDispose]();
    const report = await execa("git", ["show", "main:state/shop/report.html"], {
      cwd: fixture.bare,
    });
    expect(report.stdout).toContain("[redacted]");
    expect(watch.seen.gitEnvironments.size).toBeGreaterThan(0);
    const runs = [listed, reviewed, asJson, matrix, done, plan, status, verified];
    expect(
      findSecret({
        ...textsOf(runs),
        comment: commentsOn(number),
        markdown: await readFile(join(fixture.author.directory, "review.md"), "utf8"),
        repository: await everythingIn(fixture.bare),
        processes: [...watch.seen.commandLines].join("\n"),
      }),
    ).toEqual([]);
    expect(secretsIn(watch.seen.gitEnvironments)).toEqual([]);
  }, 180_000);

  it.each([
    ["a wrong password at the source", { SOURCE_URI: () => source.uri.replace("una:", "una:x") }],
    [
      "a wrong password at the destination",
      { DESTINATION_PASSWORD: () => `${DESTINATION_PASSWORD}x` },
    ],
    ["a host that is away", { SOURCE_URI: () => source.uri.replace(/@[^/]+/u, "@127.0.0.1:1") }],
    ["a malformed connection string", { SOURCE_URI: () => `mongodb//una:${SOURCE_PASSWORD}@h/` }],
    ["an option nobody knows", { SOURCE_URI: () => `${source.uri}&secret=${SOURCE_CORE}` }],
  ])("appears nowhere after %s", async (_, changes) => {
    const env: Record<string, string> = { GITHUB_TOKEN: TOKEN };
    for (const [name, make] of Object.entries(changes)) env[name] = make();
    const number = await fixture.propose("shop", SHOP);
    const reviewed = await fixture.inPullRequest(number, ["pr", ...LOUD], { env });
    expect(reviewed.exitCode).toBeGreaterThan(0);
    expect(fixture.github.comments(number)).toHaveLength(1);
    await fixture.merge(number, "squash");
    const reconciled = await fixture.onMain(["reconcile", ...JSON_LOG], env);
    expect(reconciled.exitCode).toBeGreaterThan(0);
    const planned = await fixture.onMain(["plan", ...LOUD], env);
    const texts = {
      ...textsOf([reviewed, reconciled, planned]),
      comment: commentsOn(number),
      repository: await everythingIn(fixture.bare),
    };
    expect(findSecret(texts)).toEqual([]);
  });

  it("appears nowhere where GitHub refuses the token, or quotes it", async () => {
    const number = await fixture.propose("shop", SHOP);
    const refused = await fixture.inPullRequest(number, ["pr", ...LOUD], {
      env: { GITHUB_TOKEN: `${TOKEN}x` },
    });
    expect(refused.exitCode, refused.stderr).toBe(0);
    expect(refused.stderr).toContain("No comment of shop");
    await fixture.merge(number);
    const reconciled = await fixture.onMain(["reconcile", ...JSON_LOG], {
      GITHUB_TOKEN: `${TOKEN}x`,
    });
    expect(findSecret(textsOf([refused, reconciled]))).toEqual([]);
  });
});

interface AnyRun {
  readonly stdout?: unknown;
  readonly stderr?: unknown;
  readonly summary?: string;
  readonly output?: string;
}

function textsOf(runs: readonly AnyRun[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    runs.flatMap(({ stdout, stderr, summary = "", output = "" }, number) => [
      [`stdout ${number}`, String(stdout)],
      [`stderr ${number}`, String(stderr)],
      [`summary ${number}`, summary],
      [`output ${number}`, output],
    ]),
  );
}

/** Secrets of connections in environments of git; the token of the job is another matter, which credential helpers may need. */
function secretsIn(environments: ReadonlySet<string>): readonly string[] {
  const variables = [...environments].flatMap((text) => text.split("\0"));
  return variables.filter((text) =>
    [SOURCE_CORE, DESTINATION_CORE].some((core) => text.includes(core)),
  );
}
