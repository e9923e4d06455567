/**
 * What the demo waits for. A fact stays once it has come, so that a late look finds it. How things are at the moment
 * is none: another phase, or another heading of a comment, may take its place between two looks.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Phase } from "../../src/model/run.ts";
import type { DemoHost } from "./demo-host.ts";
import type { DemoRepository } from "./demo-repository.ts";
import { MIGRATION } from "./demo-spec.ts";
import { DemoFailure, type RunningCli } from "./run-cli.ts";

export interface Fact<T> {
  /** Such as `the migration was Streaming`. */
  readonly what: string;
  /** False: not yet. */
  look(): Promise<T | false>;
}

const LOOK_EVERY_MS = 250;
/** For what never comes. What takes seconds may take a minute where the machine is busy. */
const WITHIN_MS = 300_000;

/** Each phase that the migration comes to is an event in the repository. */
export function hasBeen(phase: Phase, listPushed: DemoRepository["listPushed"]): Fact<true> {
  const ending = `-${phase.toLowerCase()}.yaml`;
  return {
    what: `the migration was ${phase}`,
    async look() {
      const events = await listPushed(`state/${MIGRATION}/events/`);
      return events.some((path) => path.endsWith(ending));
    },
  };
}

/** A comment under one of the pull requests says so, or has said so before something else took its place. */
export function hasSaid(
  what: string,
  numbers: readonly number[],
  textsUnder: DemoHost["textsUnder"],
): Fact<string> {
  return {
    what: `a comment said "${what}"`,
    async look() {
      for (const number of numbers) {
        const headings = textsUnder(number).map((text) => /^## 📣 (.*)$/mu.exec(text)?.[1]);
        const found = headings.find((heading) => heading?.includes(`— ${what}`));
        if (found !== undefined) return `Under pull request ${number}: ${found}`;
      }
      return false;
    },
  };
}

/**
 * @param work - What is to bring it about, up to its end.
 * @throws DemoFailure where the work fails or ends without it, or it takes too long.
 */
export async function waitForFact<T>(
  { what, look }: Fact<T>,
  work: RunningCli["ended"],
  stop: AbortSignal,
): Promise<T> {
  const untilMs = performance.now() + WITHIN_MS;
  for (let isOver = false; ;) {
    const found = await look();
    if (found !== false) return found;
    // Only after a look that came after the end: the fact may have come just before.
    if (isOver) throw new DemoFailure(`nothing has shown that ${what}`);
    isOver = await Promise.race([
      work.then(() => true),
      sleep(LOOK_EVERY_MS, false, { signal: stop }),
    ]);
    isOver ||= performance.now() > untilMs;
  }
}
