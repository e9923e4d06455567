/** What the destination must hold, from what both ends held before and what a scenario expects. */
import { canonical, type DeploymentContents, type ObjectContents } from "./read-deployment.ts";
import type { Expectation, ExpectedObject } from "./scenario.ts";

export function expectedContents(
  { objects, exitCode }: Expectation,
  source: DeploymentContents,
  before: DeploymentContents,
): DeploymentContents {
  // What is refused changes nothing.
  if (objects === null) return exitCode === 0 ? source : before;
  return Object.fromEntries(
    [...objects].map(([target, expected]) => {
      const found = expected.from === null ? before[target] : source[expected.from];
      if (found === undefined) throw new Error(`${expected.from ?? target} does not exist`);
      return [target, change(found, expected)];
    }),
  );
}

function change(
  { type, options, indexes, documents }: ObjectContents,
  expected: ExpectedObject,
): ObjectContents {
  const keys = expected.keys === null ? null : new Set(expected.keys.map(canonical));
  const without = new Set(expected.withoutIndexes);
  const changed = [...expected.options].map(([name, value]) => [name, canonical(value)] as const);
  return {
    type,
    options: { ...options, ...Object.fromEntries(changed) },
    indexes: Object.fromEntries(Object.entries(indexes).filter(([name]) => !without.has(name))),
    documents: keys === null ? documents : documents.filter(({ key }) => keys.has(key)),
  };
}
