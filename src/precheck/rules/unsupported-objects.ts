import { formatNamespace } from "../../model/namespace.ts";
import { refuseDefinition } from "../../model/refuse-definition.ts";
import { failed, objectsToMake, type Rule } from "../rule.ts";

/** Every selected object is of a kind that this version copies exactly; all others are named. */
export const unsupportedObjects: Rule = {
  id: "unsupported-objects",
  passed: "all selected objects are of kinds that are copied exactly",
  needsServers: true,
  check: (context) =>
    objectsToMake(context).flatMap(({ source }) => {
      const refusal = refuseDefinition(source);
      if (refusal === null) return [];
      return [failed(`${formatNamespace(source.namespace)}: ${refusal.reason}`, refusal.remedy)];
    }),
};
