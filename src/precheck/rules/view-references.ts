import { formatNamespace } from "../../model/namespace.ts";
import type { ViewReference } from "../../model/resolve-references.ts";
import type { SelectedObject } from "../../model/select-objects.ts";
import { failed, type Objection, objectsToMake, type Rule, warning } from "../rule.ts";

/** Views read the same data at the destination as at the source, under the names that it has there. */
export const viewReferences: Rule = {
  id: "view-references",
  passed: "views find what they read from, under its names at the destination",
  needsServers: true,
  check: (context) =>
    objectsToMake(context).flatMap((view) =>
      view.references.flatMap((reference) => objectTo(view, reference)),
    ),
};

function objectTo(view: SelectedObject, reference: ViewReference): Objection[] {
  const name = formatNamespace(view.source.namespace);
  const { name: coll, problem, isSelected } = reference;
  if (problem !== null) {
    return [failed(`${name} ${describeProblem(view, reference)}`, remedyOf(reference))];
  }
  if (isSelected) return [];
  return [
    warning(
      `${name} reads from ${coll}, which is not selected: the view is empty unless ${view.target.db} has it`,
      `Select ${coll} too, or exclude the view`,
    ),
  ];
}

function describeProblem(view: SelectedObject, { name, problem, involved }: ViewReference): string {
  const names = involved.join(" and ");
  switch (problem) {
    case "moved":
      return `reads from ${name}, which goes to another database (${names}) than the view (${view.target.db}); views read from their own`;
    case "several":
      return `reads from ${name}, which gets several names (${names}), so that it is not clear which one is meant`;
    case "taken":
      return `reads from ${name}, a name that ${names} gets at the destination`;
    case "doubtful":
      return `may name ${name}, which is renamed, in a place where it is not rewritten`;
    default:
      return `has a ${name}, and stages that name a database are not rewritten`;
  }
}

const BY_HAND = "Exclude the view and create it at the destination";

function remedyOf({ name, problem }: ViewReference): string {
  if (problem === "foreign") return BY_HAND;
  if (problem === "taken") return `${BY_HAND}, or choose another name with \`as\``;
  if (problem === "moved") return `${BY_HAND}, or map both to the same database`;
  if (problem === "several") return `${BY_HAND}, or map ${name} to one name in its database`;
  return `${BY_HAND}, or keep the name of ${name}`;
}
