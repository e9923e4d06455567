import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { BugError, ExitCode } from "../base/errors.ts";
import { safeText } from "../base/safe-text.ts";
import type { Checkout } from "../ports.ts";
import { Controller } from "../serve/controller.ts";
import { startHealthServer } from "../serve/health-server.ts";
import { judgeLiveness, judgeReadiness } from "../serve/judge-health.ts";
import type { Specs } from "../serve/watched-migration.ts";
import { loadSpecs } from "../spec/load-specs.ts";
import { hashSpec } from "../spec/normalized-spec.ts";
import { type FollowedRepository, followBranch, loadAdapters } from "../wire.ts";
import type { SpecSource } from "./reconcile-one.ts";
import { createVisitor, objectionToChange, type VisitContext } from "./serve-visit.ts";
import { SPECS_HAVE_PROBLEMS } from "./task.ts";

export interface ServeContext
  extends VisitContext, Omit<FollowedRepository, "specPaths" | "folder"> {
  /** Null: a temporary one, which goes with the process. */
  readonly folder: string | null;
  /** Where probes are answered. */
  readonly listenAddress: string;
  readonly port: number;
  /** How often the branch is asked while nothing is worked on. */
  readonly intervalMs: number;
}

/** How old what whoever works knows of the branch may be, so that limits are obeyed within five seconds. */
const WHILE_WORKING_MS = 2_500;

/** `mongoferry serve`: keeps every migration of a repository as its spec wants, until it is told to stop. */
export async function runServe(context: ServeContext): Promise<ExitCode> {
  await loadAdapters();
  const own = context.folder === null ? await mkdtemp(join(tmpdir(), "mongoferry-serve-")) : null;
  try {
    return await serve({ ...context, folder: context.folder ?? own ?? "" });
  } finally {
    if (own !== null) await rm(own, { recursive: true, force: true });
  }
}

async function serve(given: ServeContext & { readonly folder: string }): Promise<ExitCode> {
  const { logger, stop, intervalMs, parallel, branch, listenAddress, port } = given;
  const specPaths = given.specPaths.length === 0 ? ["migrations"] : given.specPaths;
  const followed = await followBranch({ ...given, specPaths }, given);
  await using clone = followed.clone;
  const context: ServeContext = { ...given, env: followed.env };
  const mostAgeMs = Math.min(WHILE_WORKING_MS, intervalMs);
  const specSource: SpecSource = {
    readNow: async () => {
      const { checkout, trouble } = await controller.branch.look(mostAgeMs);
      if (checkout === null) throw new BugError("Nobody works before the branch was read.");
      return { cwd: checkout.root, overrides: new Map(), trouble };
    },
    lastCommit: () => clone.current?.specsCommit ?? null,
  };
  const controller = new Controller({
    clone,
    clock: systemClock,
    logger,
    stop,
    intervalMs,
    parallel,
    load: async (checkout) => load(checkout, context),
    visit: createVisitor(context, specSource),
    objectionToChange: async (entry, specs) => objectionToChange(entry, specs, context),
  });
  const routes = new Map([
    ["/healthz", () => judgeLiveness(controller.health)],
    ["/readyz", () => judgeReadiness(controller.health, intervalMs)],
  ]);
  await using server = await startHealthServer({ address: listenAddress, port, routes });
  logger.info(`Follows branch ${safeText(branch)}; answers probes at ${server.url}`);
  const { hasInterrupted } = await controller.run();
  logger.info(hasInterrupted ? "Stopped; whoever goes on begins where this ends" : "Stopped");
  return hasInterrupted ? ExitCode.interrupted : ExitCode.done;
}

async function load(
  checkout: Checkout,
  { specPaths, logger }: ServeContext,
): Promise<Omit<Specs, "seenAtMs">> {
  const { migrations, problems } = await loadSpecs(specPaths, { cwd: checkout.root });
  if (problems.length > 0) logger.error(SPECS_HAVE_PROBLEMS);
  for (const { file, line, column, message, remedy } of problems) {
    logger.error(`${file}:${line}:${column}: ${message} ${remedy}`);
  }
  const entries = migrations.map((migration) => ({ migration, specHash: hashSpec(migration) }));
  return { checkout, entries, hasProblems: problems.length > 0 };
}
