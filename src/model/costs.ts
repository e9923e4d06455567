import type { Migration } from "./migration.ts";
import type { Estimate } from "./plan.ts";

/** What the spec says that moving data costs; null: it says nothing. */
export interface CostRates {
  /** Of what leaves the source, per gigabyte (10⁹ bytes). */
  readonly egressPerGigabyte: number | null;
  /** Of what runs the migration while it follows changes, per hour. */
  readonly perHour: number | null;
  /** Code of three letters. */
  readonly currency: string;
}

export interface Cost extends Omit<CostRates, "egressPerGigabyte"> {
  /** Of the copy. */
  readonly egress: number | null;
}

const GIGABYTE = 1_000_000_000;

/** Documents cross the network as the source has them, indexes do not. Null where the spec names no rate that counts. */
export function estimateCost(
  { costs, mode }: Pick<Migration, "costs" | "mode">,
  { dataBytes }: Pick<Estimate, "dataBytes">,
): Cost | null {
  const { egressPerGigabyte, currency } = costs;
  const perHour = mode === "full-and-incremental" ? costs.perHour : null;
  if (egressPerGigabyte === null && perHour === null) return null;
  const egress = egressPerGigabyte === null ? null : (dataBytes / GIGABYTE) * egressPerGigabyte;
  return { egress, perHour, currency };
}
