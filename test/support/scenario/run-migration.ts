/** One migration with the product's own code, in this process and without a repository. */
import { setMaxListeners } from "node:events";
import { UserError } from "../../../src/base/errors.ts";
import type { Logger } from "../../../src/base/log.ts";
import { describeProcess } from "../../../src/base/process-identity.ts";
import { Redactor } from "../../../src/base/redact.ts";
import type { Facts } from "../../../src/model/facts.ts";
import type { Finding } from "../../../src/model/finding.ts";
import type { Migration } from "../../../src/model/migration.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { IndexFailure } from "../../../src/model/run.ts";
import type { StateFile } from "../../../src/model/state-commit.ts";
import type { StatePublisher } from "../../../src/ports.ts";
import { probeEnds, surveyEnds } from "../../../src/precheck/collect-facts.ts";
import { publishState } from "../../../src/publish-state.ts";
import { reconcile } from "../../../src/reconcile.ts";
import { assessFacts } from "../../../src/situation.ts";
import { wireMigration } from "../../../src/wire.ts";

/** What an `apply` came to. */
export interface MigrationRun {
  readonly exitCode: number;
  readonly message: string;
  readonly findings: readonly Finding[];
  readonly plan: Plan | null;
  readonly indexFailures: readonly IndexFailure[];
  /** The state files as they were rendered last. */
  readonly stateFiles: readonly StateFile[];
}

export type MigrationEnv = Readonly<Record<"SOURCE_URI" | "DESTINATION_URI", string>>;

export async function runMigration(
  migration: Migration,
  env: MigrationEnv,
  stop = new AbortController().signal,
): Promise<MigrationRun> {
  const surroundings = surroundingsOf(env, stop);
  await using wired = wireMigration(migration, surroundings);
  const { publisher, files } = memoryPublisher();
  let findings: readonly Finding[] = [];
  let plan: Plan | null = null;
  try {
    const outcome = await reconcile(migration, {
      readSpec: async () => ({ kind: "read", migration, trouble: null }),
      ends: wired.ends,
      logger: surroundings.logger,
      specCommit: null,
      stop: surroundings.stop,
      approvedDigests: null,
      redact: (text) => text,
      publish: async ({ store, lease }) =>
        publishState({ store, lease, publisher, specCommit: null, redact: (text) => text }),
      onAssessed: (assessedPlan, assessed) => {
        plan = assessedPlan;
        findings = assessed;
      },
      onCopying: () => {},
      onCopied: () => {},
      onFollowing: () => {},
      onFollowed: () => {},
    });
    return {
      exitCode: outcome.exitCode,
      message: outcome.message,
      findings,
      plan,
      indexFailures: outcome.indexFailures,
      stateFiles: files(),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {
      exitCode: error.exitCode,
      message: error.message,
      findings,
      plan,
      indexFailures: [],
      stateFiles: files(),
    };
  }
}

/** What `plan` shows now. */
export async function planMigration(
  migration: Migration,
  env: MigrationEnv,
): Promise<{ readonly plan: Plan; readonly findings: readonly Finding[]; readonly facts: Facts }> {
  const surroundings = surroundingsOf(env, new AbortController().signal);
  await using wired = wireMigration(migration, surroundings);
  const probed = await probeEnds(migration, wired.ends, surroundings.stop);
  const facts = await surveyEnds(migration, probed, wired.ends);
  return { ...assessFacts(migration, facts), facts };
}

/** One line for each action, such as `create-index store.orders total_1`. */
export function actionLines({ actions }: Plan): readonly string[] {
  return actions.map((action) => {
    const { db, coll } = action.target;
    const index = action.kind === "create-index" ? ` ${action.index}` : "";
    return `${action.kind} ${db}.${coll}${index}`;
  });
}

function surroundingsOf(env: MigrationEnv, stop: AbortSignal) {
  setMaxListeners(0, stop);
  return {
    env,
    redactor: new Redactor(),
    logger: SILENT,
    holder: { identity: describeProcess(process.pid), isProcessAlive: () => true },
    stop,
  };
}

const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Renders what would be committed, and keeps it. */
function memoryPublisher(): {
  readonly publisher: StatePublisher;
  readonly files: () => readonly StateFile[];
} {
  let files: readonly StateFile[] = [];
  return {
    files: () => files,
    publisher: {
      publish: async (_commit, render) => {
        files = await render();
        return { kind: "files-only", notice: "" };
      },
      specCommit: async () => null,
    },
  };
}
