import { groupBy } from "../../base/group-by.ts";
import { formatNamespace } from "../../model/namespace.ts";
import type { SelectedObject } from "../../model/select-objects.ts";
import { failed, type Objection, type PrecheckContext, type Rule, warning } from "../rule.ts";

/** No two objects get one name, and no two database names differ by letter case only, which servers refuse. */
export const mappingCollisions: Rule = {
  id: "mapping-collisions",
  passed: "every object gets a name of its own",
  needsServers: true,
  check: (context) => [
    ...sameTargets(context.selected.objects),
    ...databasesByCase(context),
    ...collectionsByCase(context.selected.objects),
  ],
};

function sameTargets(objects: readonly SelectedObject[]): Objection[] {
  const groups = groupBy(objects, (object) => formatNamespace(object.target));
  return [...groups]
    .filter(([, group]) => group.length > 1)
    .map(([target, group]) => {
      const sources = new Set(group.map((object) => formatNamespace(object.source.namespace)));
      return sources.size === 1
        ? selectedTwice(group)
        : failed(
            `${[...sources].join(" and ")} are mapped to the same name, ${target}`,
            "Leave the name to one of them: map the others to other names with `as`, or exclude them",
          );
    });
}

/** By patterns that meet, or by entries of several databases. */
function selectedTwice(group: readonly SelectedObject[]): Objection {
  const [name] = group.map((object) => formatNamespace(object.source.namespace));
  const settings = group.map(
    ({ onExisting, filter }) =>
      `onExisting ${onExisting} and ${filter === null ? "no filter" : `filter ${filter}`}`,
  );
  return failed(
    `${name} is selected more than once with different settings: ${settings.join("; ")}`,
    "Name the collection exactly in one entry, which then holds, or change the patterns so that only one takes it",
  );
}

function databasesByCase({ selected, facts }: PrecheckContext): Objection[] {
  const targets = new Set(selected.objects.map((object) => object.target.db));
  const all = new Set([...targets, ...facts.destinationDatabases]);
  const groups = groupBy(all, (name) => name.toLowerCase());
  return [...groups.values()]
    .filter((names) => names.length > 1 && names.some((name) => targets.has(name)))
    .map((names) =>
      failed(
        `databases ${names.join(" and ")} differ by letter case only, which a server refuses`,
        "Map the database to another name with `as`",
      ),
    );
}

function collectionsByCase(objects: readonly SelectedObject[]): Objection[] {
  const names = new Set(objects.map((object) => formatNamespace(object.target)));
  const groups = groupBy(names, (name) => name.toLowerCase());
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) =>
      warning(
        `${group.join(" and ")} differ by letter case only`,
        "Both are copied; make sure that this is meant",
      ),
    );
}
