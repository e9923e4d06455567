/** The Action as workflows use it: a release, which needs no npm, and a plain commit, which is built where no secret is seen. */
import { execa } from "execa";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import {
  CONNECTIONS,
  migrationOf,
  openReviewFixture,
  type ReviewFixture,
} from "../support/review-fixture.ts";
import { openActHost } from "./act-host.ts";
import { type ActionCheckout, openActionCheckout } from "./action-checkout.ts";
import { ACT, requireGoTool } from "./go-tool.ts";
import { type NpmStandIn, openNpmStandIn } from "./npm-stand-in.ts";

const SECRET = "planted0secret";
const CHECKOUT = `actions/checkout@${"0123456789".repeat(4)}`;

interface Step {
  readonly run: string;
}

let folder: string;
let checkout: ActionCheckout;
let plain: string;
let release: string;
/** Folders of those two, as a runner downloads them. */
let downloaded: Readonly<Record<"plain" | "release", string>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mongoferry-action-"));
  checkout = await openActionCheckout();
  plain = await checkout.git("rev-parse", "HEAD");
  release = await checkout.release();
  downloaded = {
    plain: await checkout.extract(plain, join(folder, "plain")),
    release: await checkout.extract(release, join(folder, "release")),
  };
});

afterAll(async () => {
  await checkout?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function readSteps(): Promise<readonly [Step, Step]> {
  const action = parse(await readFile(join(downloaded.plain, "action.yml"), "utf8")) as {
    readonly runs: { readonly steps: readonly [Step, Step] };
  };
  return action.runs.steps;
}

describe("npm run release:action", () => {
  it("makes a commit beside the main branch, and the next one on top of it", async () => {
    expect(await checkout.git("rev-parse", "HEAD", "main")).toBe(`${plain}\n${plain}`);
    expect(await checkout.git("status", "--porcelain")).toBe("");
    expect(await checkout.git("rev-parse", "action")).toBe(release);
    await using other = await openActionCheckout();
    const again = await other.release("--branch", "releases");
    expect(await other.git("rev-parse", `${again}^{tree}`)).toBe(
      await checkout.git("rev-parse", `${release}^{tree}`),
    );
    await writeFile(join(other.directory, "LICENSE"), "changed");
    await expect(other.release("--branch", "releases")).rejects.toThrow("M LICENSE");
    await other.commit();
    const next = await other.release("--branch", "releases");
    expect(await other.git("rev-parse", `${next}^`)).toBe(again);
  });

  it("makes what runs without node_modules, and tells nothing of the machine", async () => {
    const bin = join(downloaded.release, "dist/bin.js");
    expect((await execa(bin, ["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+$/u);
    const repository = join(folder, "repository");
    await execa("git", ["init", "--quiet", repository]);
    const init = ["init", "--action", `una/mongoferry@${release}`, "--output", "json"];
    const { stdout } = await execa(bin, init, { cwd: repository });
    expect(JSON.parse(stdout)).toMatchObject({ written: { length: 4 }, left: [] });
    expect((await execa(bin, ["validate"], { cwd: repository })).stdout).toContain("Valid");

    const entries = await readdir(downloaded.release, { recursive: true, withFileTypes: true });
    for (const { parentPath, name } of entries.filter((entry) => entry.isFile())) {
      const text = await readFile(join(parentPath, name), "utf8");
      expect(text.includes(checkout.directory) || text.includes(tmpdir()), name).toBe(false);
    }
  });
});

describe("the action", () => {
  it("has no text of others in its scripts", async () => {
    for (const { run } of await readSteps()) expect(run).not.toContain("${{");
  });

  it("builds a plain commit as its lock file has it, with nothing but npm ci", async () => {
    const [setup, run] = await readSteps();
    const env = { GITHUB_ACTION_PATH: downloaded.plain, RUNNER_TEMP: join(folder, "temp") };
    await execa("bash", ["-e", "-c", setup.run], { env });
    const version = await execa("bash", ["-e", "-c", run.run], {
      env: { ...env, COMMAND: "--version" },
    });
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+$/u);
    expect(await readdir(downloaded.plain)).not.toContain("node_modules");
  });
});

describe("a workflow that hands its secrets to everything", () => {
  let npm: NpmStandIn;
  let fixture: ReviewFixture;
  let log: string;

  beforeAll(async () => {
    const act = await requireGoTool(ACT);
    npm = await openNpmStandIn();
    fixture = await openReviewFixture({});
    const { directory } = fixture.author;
    await mkdir(join(directory, ".github/workflows"), { recursive: true });
    await mkdir(join(directory, "node_modules/snappy"), { recursive: true });
    await fixture.push("main", {
      ".github/workflows/test.yml": stringify(workflow(), { aliasDuplicateObjects: false }),
      "migrations/connections.yaml": CONNECTIONS,
      "migrations/shop.yaml": migrationOf("shop", ["mode: full", "objects: [{database: shop}]"]),
      // What somebody commits is not what was asked for.
      "node_modules/snappy/index.js": "",
    });
    await using host = await openActHost({
      act,
      bare: fixture.bare,
      remote: fixture.bare,
      repository: fixture.github.repository,
      apiUrl: fixture.github.url,
      actions: { [uses(release)]: downloaded.release, [uses(plain)]: downloaded.plain },
      secrets: { PLANTED: SECRET, GITHUB_TOKEN: SECRET },
      variables: {},
      env: npm.env,
    });
    ({ log } = await host.run("test.yml", "push", { ref: "refs/heads/main" }));
  });

  afterAll(async () => {
    await npm?.[Symbol.asyncDispose]();
    await fixture?.[Symbol.asyncDispose]();
  });

  /** What a job has printed. */
  function printed(job: string): string {
    const begin = new RegExp(`^\\[test\\.yml/${job} *\\]`, "u");
    const lines = log.split("\n").filter((line) => begin.test(line));
    return lines.join("\n");
  }

  it("runs a release without npm", async () => {
    expect(printed("release"), log).toContain("Success - Main Set up mongoferry");
    expect(printed("release"), log).toContain("asks for compressors=snappy");
    expect(printed("release")).toMatch(
      /not installed in \S+\/mongoferry\/packages, or cannot be loaded there\./u,
    );
  });

  it("builds a plain commit and installs what is named, where no secret is seen", async () => {
    expect(printed("plain"), log).toContain(`seen: ${SECRET.length} ${SECRET.length}`);
    const calls = await npm.calls();
    expect(calls.map(({ args }) => args.join(" "))).toEqual([
      "ci --ignore-scripts --no-audit --no-fund",
      "run build",
      "install --ignore-scripts --no-audit --no-fund -- snappy@7.3.3",
      "rebuild -- snappy",
    ]);
    for (const { environments } of calls) {
      expect(environments.length).toBeGreaterThan(process.platform === "linux" ? 2 : 0);
      expect(environments.join("\n")).toContain("PATH=");
      expect(environments.join("\n")).not.toContain(SECRET);
    }
    // The program runs, finds the package, and gets as far as there is anything.
    expect(printed("plain"), log).toContain("127.0.0.1:9 refuses connections");
  });

  it("is told where a step is missing or in the wrong place", () => {
    expect(printed("unprepared"), log).toContain("This commit of the Action holds no bundle");
    expect(printed("misplaced"), log).toContain("packages: belongs into a step before");
  });

  it("prints no secret", () => {
    expect(log).not.toContain(SECRET);
  });
});

function uses(commit: string): string {
  return `una/mongoferry@${commit}`;
}

/** A job for each way to use the action. */
function workflow(): object {
  const secret = "${{ secrets.PLANTED }}";
  const setUp = (commit: string, packages?: string): object => ({
    uses: uses(commit),
    with: { command: "setup", ...(packages === undefined ? {} : { packages }) },
    env: { OF_STEP: secret },
  });
  const run = (commit: string, more: object = {}): object => ({
    uses: uses(commit),
    with: { command: "precheck", ...more },
    env: {
      SOURCE_URI: `mongodb://una:${secret}@127.0.0.1:9/?compressors=snappy`,
      DESTINATION_URI: "mongodb://127.0.0.1:9/",
    },
  });
  const job = (...steps: readonly object[]): object => ({
    "runs-on": "ubuntu-latest",
    env: { OF_JOB: secret },
    steps,
  });
  const code = { uses: CHECKOUT };
  return {
    on: "push",
    env: { OF_WORKFLOW: secret },
    jobs: {
      release: job(setUp(release), code, run(release)),
      plain: job(
        { run: 'echo "seen: ${#OF_WORKFLOW} ${#OF_JOB}"' },
        setUp(plain, "snappy@7.3.3"),
        code,
        run(plain),
      ),
      unprepared: job(code, run(plain)),
      misplaced: job(code, run(release, { packages: "snappy@7.3.3" })),
    },
  };
}
