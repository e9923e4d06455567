import { setTimeout as delay } from "node:timers/promises";
import type { DemoRepository } from "./demo-repository.ts";
import { MIGRATION, NEW_URI, OLD_URI, SOURCE_DATABASE, TARGET_DATABASE } from "./demo-spec.ts";
import type { Stage } from "./open-stage.ts";
import { CLI_COMMAND } from "./run-cli.ts";
import type { Tell } from "./tell.ts";

/** Some 24 days; timers can't wait for longer. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Leaves everything running, and says how to look around, until told to stop. */
export async function keepUp(
  { oldSet, newSet }: Stage,
  { folder, git }: DemoRepository,
  tell: Tell,
  stop: AbortSignal,
): Promise<void> {
  await git("checkout", "--quiet", "-B", "main", "origin/main");
  const comment = (text: string): void => tell.line(tell.paint("dim", `# ${text}`));
  tell.say("Everything is still running. To look around (the strings work in Compass, too):");
  tell.line("");
  comment("the old deployment, and the new one");
  tell.line(`mongosh "${withDatabase(oldSet.uri, SOURCE_DATABASE)}"`);
  tell.line(`mongosh "${withDatabase(newSet.uri, TARGET_DATABASE)}"`);
  comment(`the repository; its report is state/${MIGRATION}/report.html`);
  tell.line(`cd "${folder}"`);
  tell.line(`export ${OLD_URI}="${oldSet.uri}"`);
  tell.line(`export ${NEW_URI}="${newSet.uri}"`);
  tell.line(`${CLI_COMMAND} status`);
  tell.line("");
  tell.say("Ctrl-C ends it and removes everything.");
  await delay(LONGEST_DELAY_MS, undefined, { signal: stop }).catch(() => {});
}

function withDatabase(uri: string, database: string): string {
  return uri.replace("/?", `/${database}?`);
}
