import type { Facts } from "../model/facts.ts";
import type { Migration } from "../model/migration.ts";
import type { PlanEnd } from "../model/plan.ts";

/** Names and versions of both ends, for headings. */
export function describeEnds(
  { source, destination }: Migration,
  facts: Pick<Facts, "source" | "destination">,
): { readonly source: PlanEnd; readonly destination: PlanEnd } {
  return {
    source: { connection: source.name, version: facts.source.server?.version ?? "?" },
    destination: {
      connection: destination.name,
      version: facts.destination.server?.version ?? "?",
    },
  };
}
