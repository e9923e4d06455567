import type { CollectionFacts } from "../../model/facts.ts";
import { formatNamespace } from "../../model/namespace.ts";
import { failed, objectsToMake, type Objection, type Rule, warning } from "../rule.ts";

/** State of Queryable Encryption: `enxcol_.<collection>.esc`, `.ecoc`, `.ecc`. */
const STATE_COLLECTION = /^enxcol_\./;
const KEY_VAULT = "__keyVault";

/**
 * Queryable Encryption keeps state that only its own clients may write. Fields that a client encrypts without it (CSFLE) are
 * plain binary values to a server, and are copied as such.
 */
export const encryptedFields: Rule = {
  id: "encrypted-fields",
  passed: "no selected collection uses Queryable Encryption",
  needsServers: true,
  check: ({ selected }) => {
    const vaults = new Set(selected.objects.map(({ source }) => source.namespace.coll));
    const copied = objectsToMake({ selected });
    return copied.flatMap(({ source }) => objectTo(source, vaults.has(KEY_VAULT)));
  },
};

function objectTo(source: CollectionFacts, hasKeyVault: boolean): Objection[] {
  const name = formatNamespace(source.namespace);
  const remedy =
    "Leave it out with `exclude`, and let an application that has the keys read it there and write it here";
  if (STATE_COLLECTION.test(source.namespace.coll)) {
    return [failed(`${name} holds state of Queryable Encryption, which is not migrated`, remedy)];
  }
  if (source.options.fields.has("encryptedFields")) {
    return [failed(`${name} uses Queryable Encryption, which is not migrated`, remedy)];
  }
  if (hasKeyVault || !mentionsEncryption(source.options.fields.get("validator"))) return [];
  return [
    warning(
      `${name} has fields that its clients encrypt: they are copied as they are, and no collection ${KEY_VAULT} is selected`,
      "Select the collection with the clients' data keys too, and keep its name or tell the clients the new one; the master key stays where it is",
    ),
  ];
}

/** Whether a validator's schema has `encrypt` or `encryptMetadata` anywhere. */
function mentionsEncryption(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(mentionsEncryption);
  if (!(value instanceof Map)) return false;
  return [...value].some(
    ([key, inner]) =>
      (inner instanceof Map && (key === "encrypt" || key === "encryptMetadata")) ||
      mentionsEncryption(inner),
  );
}
