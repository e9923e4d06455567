/**
 * Collections, options and indexes while changes are followed: what differs is looked at again once the feed has passed it, and counts
 * only if it then still differs in the same way.
 */
import { compareDefinitions, type DefinitionDifferences } from "../model/compare-definitions.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { VerificationResult } from "../model/run.ts";
import { desiredDefinition, type SelectedObject } from "../model/select-objects.ts";
import type { FollowedObjects } from "./verify-objects.ts";

/** Looks that have to find the same. */
const SAME_LOOKS = 2;
const MOST_LOOKS = 8;

export interface LookedAgain {
  readonly object: SelectedObject;
  /** Null: it was dropped or made anew while it was compared. */
  readonly result: VerificationResult | null;
}

export interface ConfirmTools {
  readonly follows: FollowedObjects;
  readonly signal: AbortSignal;
  /** Compares objects from the beginning. */
  compare(objects: readonly SelectedObject[]): Promise<readonly LookedAgain[]>;
}

interface Open extends LookedAgain {
  /** Looks in a row that have found these differences. */
  readonly sameLooks: number;
}

/** Results in the order given, without those of objects that are not meant any more. */
export async function confirmDefinitions(
  compared: readonly LookedAgain[],
  { follows, signal, compare }: ConfirmTools,
): Promise<readonly VerificationResult[]> {
  const results = new Map(compared.map((each) => [nameOf(each.object), each.result]));
  let open: readonly Open[] = compared
    .filter(({ result }) => isOpen(result))
    .map((each) => ({ ...each, sameLooks: 0 }));
  for (let look = 1; open.length > 0 && look <= MOST_LOOKS; look++) {
    if (!(await follows.hasPassed(await follows.now(), signal))) break;
    const now = new Map((await follows.lookAgain()).map((object) => [nameOf(object), object]));
    const anew: SelectedObject[] = [];
    const next: Open[] = [];
    for (const each of open) {
      const name = nameOf(each.object);
      const object = now.get(name);
      if (object === undefined) results.delete(name);
      else if (isAnother(each, object)) anew.push(object);
      else {
        const again = lookAt(each, object);
        results.set(name, again.result);
        if (isOpen(again.result) && again.sameLooks < SAME_LOOKS) next.push(again);
      }
    }
    for (const each of await compare(anew)) {
      results.set(nameOf(each.object), each.result);
      if (isOpen(each.result)) next.push({ ...each, sameLooks: 0 });
    }
    open = next;
  }
  return compared.flatMap(({ object }) => {
    const result = results.get(nameOf(object));
    return result === null ? [neverStill(object)] : (result ?? []);
  });
}

function isOpen(result: VerificationResult | null): boolean {
  return (
    result === null || result.optionDifferences.length > 0 || result.indexDifferences.length > 0
  );
}

/** Whether its documents have to be compared, since these are others, or none were. */
function isAnother({ object, result }: LookedAgain, now: SelectedObject): boolean {
  if (result === null) return true;
  const isSame =
    object.source.uuid === now.source.uuid &&
    (object.existing?.uuid ?? null) === (now.existing?.uuid ?? null) &&
    (object.existing === null) === (now.existing === null);
  return !isSame;
}

function lookAt(before: Open, object: SelectedObject): Open {
  const { result } = before;
  if (result === null || object.existing === null) {
    return { ...before, sameLooks: before.sameLooks + 1 };
  }
  const definitions = compareDefinitions(desiredDefinition(object), object.existing);
  const isSame = textOf(definitions) === textOf(result);
  const isEqual = areDocumentsEqual(result) && textOf(definitions) === NOTHING;
  return {
    object,
    result: { ...result, ...definitions, isEqual },
    sameLooks: isSame ? before.sameLooks + 1 : 0,
  };
}

function areDocumentsEqual(result: VerificationResult): boolean {
  const { differingDocuments, missingDocuments, extraDocuments, undecidedDocuments } = result;
  return [differingDocuments, missingDocuments, extraDocuments, undecidedDocuments].every(
    (count) => count === null || count === 0,
  );
}

function textOf({ optionDifferences, indexDifferences }: DefinitionDifferences): string {
  return JSON.stringify([optionDifferences, indexDifferences]);
}

const NOTHING = textOf({ optionDifferences: [], indexDifferences: [] });

function nameOf({ source, target }: SelectedObject): string {
  return JSON.stringify([formatNamespace(source.namespace), formatNamespace(target)]);
}

function neverStill({ source, target }: SelectedObject): VerificationResult {
  return {
    source: source.namespace,
    target,
    sourceDocuments: 0,
    targetDocuments: 0,
    differingDocuments: null,
    missingDocuments: null,
    extraDocuments: null,
    undecidedDocuments: null,
    examples: [],
    differences: [],
    optionDifferences: [
      `${formatNamespace(target)} was dropped or made anew each time it was compared`,
    ],
    indexDifferences: [],
    isEqual: false,
  };
}
