import type { DocumentKey } from "../model/document-key.ts";
import type { WriteTarget } from "../ports.ts";
import { documentSequence } from "./document-sequence.ts";
import { guardOf, type WriteDestination } from "./insert-documents.ts";
import { refuseErrors, runWrite } from "./run-write.ts";
import { deleteStatements } from "./write-statements.ts";

/** Keys that are not there count as deleted. */
export async function deleteKeys(
  destination: WriteDestination,
  target: WriteTarget,
  keys: readonly DocumentKey[],
): Promise<void> {
  const { namespace } = target;
  const command = {
    delete: namespace.coll,
    deletes: documentSequence("deletes", deleteStatements(keys)),
    ordered: false,
    ...guardOf(destination, target),
  };
  refuseErrors(namespace, await runWrite(destination, namespace, command), keys);
}
