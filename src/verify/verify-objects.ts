/** Compares every migrated object with its source: options, indexes, and documents as the spec asks. */
import pLimit from "p-limit";
import { SourceGoneError } from "../base/errors.ts";
import { settleTogether } from "../base/settle-together.ts";
import { compareDefinitions } from "../model/compare-definitions.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { VerificationResult } from "../model/run.ts";
import { desiredDefinition, type SelectedObject } from "../model/select-objects.ts";
import { confirmDefinitions, type LookedAgain } from "./confirm-definitions.ts";
import type { FollowedSource } from "./settle-suspects.ts";
import { type ContentsTools, verifyContents } from "./verify-contents.ts";

export interface VerifyTools extends Omit<ContentsTools, "reading" | "follows"> {
  /** Ranges, or collections, read at the same time. */
  readonly workers: number;
  /** Null: nothing changes meanwhile. */
  readonly follows: FollowedObjects | null;
  onCompared(result: VerificationResult): void;
}

export interface FollowedObjects extends FollowedSource {
  /** The objects as they are now. */
  lookAgain(): Promise<readonly SelectedObject[]>;
}

/** For those who compare once, at rest, and list no more than a few documents. */
export const ONCE_AT_REST = {
  mode: "full",
  sampleDocuments: 1_000,
  limit: 5,
  showsValues: false,
  follows: null,
  records: null,
  mostPerRange: null,
} as const;

/** What a comparison found of an object; null where it was dropped or made anew meanwhile. */
interface Compared {
  readonly object: SelectedObject;
  readonly result: VerificationResult | null;
}

/**
 * Results in the order of the objects. While changes are followed, those that are gone by the end have none.
 *
 * @throws SourceGoneError where a collection is dropped or made anew while nothing is followed.
 */
export async function verifyObjects(
  objects: readonly SelectedObject[],
  tools: VerifyTools,
): Promise<readonly VerificationResult[]> {
  const compared = await compareAll(objects, tools);
  const { follows, signal } = tools;
  if (follows === null) return compared.flatMap(({ result }) => result ?? []);
  return confirmDefinitions(compared.map(toLookedAgain), {
    follows,
    signal,
    compare: async (again) => (await compareAll(again, tools)).map(toLookedAgain),
  });
}

function toLookedAgain({ object, result }: Compared): LookedAgain {
  return { object, result };
}

async function compareAll(
  objects: readonly SelectedObject[],
  tools: VerifyTools,
): Promise<readonly Compared[]> {
  const limit = pLimit(tools.workers);
  const reading = pLimit(tools.workers);
  const compared: Compared[] = [];
  await settleTogether(tools.signal, (signal) =>
    objects.map(async (object, position) =>
      limit(async () => {
        signal.throwIfAborted();
        const result = await verifyObject(object, { ...tools, signal, reading });
        compared[position] = { object, result };
        if (result !== null) tools.onCompared(result);
      }),
    ),
  );
  return compared;
}

async function verifyObject(
  object: SelectedObject,
  tools: VerifyTools & Pick<ContentsTools, "reading">,
): Promise<VerificationResult | null> {
  const { source, target, existing } = object;
  if (existing === null) return absent(object);
  const definitions = compareDefinitions(desiredDefinition(object), existing);
  try {
    const documents = source.kind === "view" ? NO_DOCUMENTS : await compareDocuments(object, tools);
    const isEqual =
      documents.isEqual &&
      definitions.optionDifferences.length === 0 &&
      definitions.indexDifferences.length === 0;
    return { source: source.namespace, target, ...documents, ...definitions, isEqual };
  } catch (error) {
    if (error instanceof SourceGoneError && tools.follows !== null) return null;
    throw error;
  }
}

type DocumentResult = Omit<
  VerificationResult,
  "source" | "target" | "optionDifferences" | "indexDifferences"
>;

const NO_DOCUMENTS: DocumentResult = {
  sourceDocuments: 0,
  targetDocuments: 0,
  differingDocuments: null,
  missingDocuments: null,
  extraDocuments: null,
  undecidedDocuments: null,
  examples: [],
  differences: [],
  isEqual: true,
};

const EXAMPLES = 5;

async function compareDocuments(
  object: SelectedObject,
  tools: VerifyTools & Pick<ContentsTools, "reading">,
): Promise<DocumentResult> {
  const found = await verifyContents(object, tools);
  const { sourceDocuments, targetDocuments, differences } = found;
  const differing = found.different + found.missing + found.extra + found.undecided;
  // While documents come and go, numbers that are taken one after the other say nothing.
  const isCountEqual =
    tools.mode === "full" || tools.follows !== null || sourceDocuments === targetDocuments;
  return {
    sourceDocuments,
    targetDocuments,
    differingDocuments: found.different,
    missingDocuments: found.missing,
    extraDocuments: found.extra,
    undecidedDocuments: found.undecided,
    examples: differences.slice(0, EXAMPLES).map(({ key }) => key),
    differences,
    isEqual: found.isComplete && differing === 0 && isCountEqual,
  };
}

function absent({ source, target }: SelectedObject): VerificationResult {
  return {
    source: source.namespace,
    target,
    ...NO_DOCUMENTS,
    sourceDocuments: source.documentCount,
    optionDifferences: [`${formatNamespace(target)} does not exist at the destination`],
    indexDifferences: [],
    isEqual: false,
  };
}
