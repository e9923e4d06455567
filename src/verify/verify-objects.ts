/** Compares every migrated object with its source: options, indexes, and documents as the spec asks. */
import pLimit from "p-limit";
import { settleTogether } from "../base/settle-together.ts";
import { isCapped, storageOf } from "../model/document-storage.ts";
import { formatNamespace } from "../model/namespace.ts";
import type { VerificationMode } from "../model/migration.ts";
import type { VerificationResult } from "../model/run.ts";
import { desiredDefinition, type SelectedObject } from "../model/select-objects.ts";
import type {
  DestinationDeployment,
  DocumentReader,
  ReadRequest,
  SourceDeployment,
} from "../ports.ts";
import { compareDefinitions } from "../model/compare-definitions.ts";
import { compareDocuments } from "./compare-documents.ts";

/** Aim for each batch that is read. */
const BATCH_BYTES = 4 * 1024 * 1024;

export interface VerifyTools {
  readonly source: SourceDeployment;
  readonly destination: DestinationDeployment;
  readonly mode: Exclude<VerificationMode, "none">;
  /** Collections compared at the same time. */
  readonly workers: number;
  readonly signal: AbortSignal;
  onCompared(result: VerificationResult): void;
}

export async function verifyObjects(
  objects: readonly SelectedObject[],
  tools: VerifyTools,
): Promise<readonly VerificationResult[]> {
  const limit = pLimit(tools.workers);
  const results: VerificationResult[] = [];
  await settleTogether(tools.signal, (signal) =>
    objects.map(async (object, position) =>
      limit(async () => {
        signal.throwIfAborted();
        const result = await verifyObject(object, { ...tools, signal });
        results[position] = result;
        tools.onCompared(result);
      }),
    ),
  );
  return results;
}

async function verifyObject(
  object: SelectedObject,
  tools: VerifyTools,
): Promise<VerificationResult> {
  const { source, target, existing } = object;
  const names = { source: source.namespace, target };
  if (existing === null) return absent(object);
  const definitions = compareDefinitions(desiredDefinition(object), existing);
  const documents =
    source.kind === "view"
      ? NO_DOCUMENTS
      : await (tools.mode === "counts" ? compareCounts : compareContents)(object, tools);
  const isEqual =
    documents.isEqual &&
    definitions.optionDifferences.length === 0 &&
    definitions.indexDifferences.length === 0;
  return { ...names, ...documents, ...definitions, isEqual };
}

type DocumentResult = Pick<
  VerificationResult,
  | "sourceDocuments"
  | "targetDocuments"
  | "differingDocuments"
  | "missingDocuments"
  | "extraDocuments"
  | "examples"
  | "isEqual"
>;

const NO_DOCUMENTS: DocumentResult = {
  sourceDocuments: 0,
  targetDocuments: 0,
  differingDocuments: null,
  missingDocuments: null,
  extraDocuments: null,
  examples: [],
  isEqual: true,
};

async function compareCounts(
  { source, target, filter, existing }: SelectedObject,
  tools: VerifyTools,
): Promise<DocumentResult> {
  const [sourceDocuments, targetDocuments] = await Promise.all([
    tools.source.countDocuments(storageOf(source.namespace, source.options), filter),
    tools.destination.countDocuments(storageOf(target, existing?.options ?? source.options), null),
  ]);
  const isEqual = sourceDocuments === targetDocuments;
  return { ...NO_DOCUMENTS, sourceDocuments, targetDocuments, isEqual };
}

async function compareContents(
  { source, target, filter, existing }: SelectedObject,
  tools: VerifyTools,
): Promise<DocumentResult> {
  const whole = {
    range: { min: null, max: null },
    after: null,
    notBefore: null,
    batchBytes: BATCH_BYTES,
    averageDocumentBytes: null,
    order: isCapped(source.options) ? ("natural" as const) : ("key" as const),
  };
  const from = storageOf(source.namespace, source.options);
  const to = storageOf(target, existing?.options ?? source.options);
  const read = (reader: DocumentReader, what: Pick<ReadRequest, "namespace" | "uuid" | "filter">) =>
    reader.readBatches({ ...whole, ...what }, tools.signal);
  const found = await compareDocuments(
    read(tools.source, { namespace: from, uuid: source.uuid, filter }),
    // All that is there: a document that the filter leaves out should not be.
    read(tools.destination, { namespace: to, uuid: existing?.uuid ?? null, filter: null }),
    (document) => tools.source.keyOf(document),
    whole.order,
  );
  return {
    sourceDocuments: found.sourceDocuments,
    targetDocuments: found.targetDocuments,
    differingDocuments: found.differing,
    missingDocuments: found.missing,
    extraDocuments: found.extra,
    examples: found.examples.map((key) => tools.source.describeKey(key)),
    isEqual: found.isComplete && found.differing + found.missing + found.extra === 0,
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
