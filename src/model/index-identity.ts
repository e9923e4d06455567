/** When two indexes of one collection are one to a server, which then refuses the second under another name. */
import { comparableIndex } from "./comparable-index.ts";
import { asNumber, type ExactDocument, nestedFields, valueText } from "./exact-document.ts";
import { repairIndex } from "./repair-index.ts";

/** Text that is equal for indexes, as they are built, of which servers before 5.0 take one: those of one key and collation. */
export function keyIdentity(spec: ExactDocument): string {
  const { fields } = repairIndex(spec);
  const key = [...nestedFields(fields, "key")].map(([field, value]) => [
    field,
    // Numbers of any type are equal.
    asNumber(value) ?? valueText(value),
  ]);
  return JSON.stringify([key, valueText(fields.get("collation"))]);
}

/** The same for servers from 5.0 on, which also tell apart by what is in the index (tried on 4.4.2, 5.0.4, 6.0.5 and 6.0.27). */
export function indexIdentity(spec: ExactDocument): string {
  const fields = comparableIndex(repairIndex(spec).fields);
  return JSON.stringify([
    keyIdentity(spec),
    valueText(fields.get("partialFilterExpression")),
    valueText(fields.get("wildcardProjection")),
    fields.get("sparse") === true,
    fields.get("unique") === true,
  ]);
}
