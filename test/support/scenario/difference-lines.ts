import { formatNamespace } from "../../../src/model/namespace.ts";
import type { ObjectChange, Plan } from "../../../src/model/plan.ts";

/** What a plan shows besides its actions about objects that stay as they are; nothing after an exact migration. */
export function differenceLines({ objects, warnings }: Plan): readonly string[] {
  return [
    ...objects.filter(({ change }) => change === "unchanged").flatMap(linesOf),
    ...warnings
      .filter((warning) => / differs? /u.test(warning))
      .map(() => "warning of differences"),
  ];
}

function linesOf({ source, target, differences, indexes }: ObjectChange): readonly string[] {
  const name = formatNamespace(target ?? source);
  return [
    ...differences.map((difference) => `differs ${name} ${difference.name}`),
    ...indexes
      .filter(({ change }) => change !== "unchanged" && change !== "create")
      .map((index) => `${index.change} ${name} ${index.name}`),
    ...indexes.flatMap((index) =>
      index.differences.map((each) => `differs ${name} ${index.name}.${each.name}`),
    ),
  ];
}
