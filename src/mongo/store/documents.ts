/** Shapes of the metadata database's documents, and how they become the program's own types. */
import { Binary, type Collection, type MongoClient, type ObjectId, Timestamp } from "mongodb";
import type { FollowFigures } from "../../model/checkpoint.ts";
import type { FailedIndex } from "../../model/facts.ts";
import type { LimitOverrides, LoadRecord } from "../../model/limits.ts";
import { type Namespace, formatNamespace, parseNamespace } from "../../model/namespace.ts";
import { BugError } from "../../base/errors.ts";
import type { ProcessIdentity } from "../../base/process-identity.ts";
import type { Condition, Phase } from "../../model/run.ts";
import type { DocumentKey } from "../../model/document-key.ts";
import type { ArtifactKind } from "../../ports.ts";
import type { CutoverDocument } from "./cutover-store.ts";
import type { JournalDocument } from "./journal-store.ts";
import type { ComparedRangeDocument, VerificationDocument } from "./verification-store.ts";

export interface LeaseDocument {
  readonly _id: string;
  readonly epoch: number;
  readonly owner: ProcessIdentity | null;
  /** By the server's clock. */
  readonly until: Date;
}

export interface RunDocument {
  readonly _id: string;
  readonly phase: Phase;
  readonly since: Date;
  readonly epoch: number;
  readonly seq: number;
  readonly runSeq: number;
  readonly publishedSeq: number;
  readonly planDigest: string | null;
  readonly specHash: string;
  readonly conditions: readonly Condition[];
  readonly startFence: Timestamp | null;
  /** Left out by versions that did not note it. */
  readonly isAdmitted?: boolean;
}

export interface TransitionDocument {
  readonly _id: { readonly migration: string; readonly seq: number };
  readonly epoch: number;
  readonly from: Phase;
  readonly to: Phase;
  readonly at: Date;
  readonly reason: string;
  readonly planDigest: string | null;
  readonly specHash: string;
  readonly conditions: readonly Condition[];
}

export interface CollectionDocument {
  readonly migration: string;
  readonly target: string;
  readonly epoch: number;
  readonly source: string;
  readonly sourceUuid: string | null;
  readonly targetUuid: string | null;
  readonly replaced: { readonly documentCount: number; readonly dataBytes: number } | null;
  readonly filter?: string | null;
  readonly planDigest: string;
  readonly runSeq: number;
  readonly state: "copying" | "indexing" | "done";
  readonly partitionCount: number;
  /** Left out by versions that knew no failed indexes. */
  readonly failedIndexes?: readonly FailedIndex[];
  /** Left out by versions that followed no changes. */
  readonly indexes?: readonly string[];
  /** Left out by versions that knew a view by its name. */
  readonly viewDigest?: string | null;
}

export interface PartitionDocument {
  readonly _id?: ObjectId;
  readonly migration: string;
  readonly target: string;
  readonly epoch: number;
  readonly index: number;
  readonly min: Binary | null;
  readonly max: Binary | null;
  readonly state: "pending" | "copying" | "done";
  readonly worker: string | null;
  /** Epoch in which `worker` claimed it; a claim of an earlier epoch is void. */
  readonly workerEpoch: number | null;
  readonly copiedThrough: Binary | null;
  readonly copiedDocuments: number;
  readonly copiedBytes: number;
}

export interface CheckpointDocument {
  readonly _id: string;
  readonly epoch: number;
  readonly runSeq: number;
  readonly resumeToken: Binary;
  readonly clusterTime: Timestamp;
  readonly sourceIdentity: string;
  readonly consistentFrom: Timestamp | null;
  readonly figures: FollowFigures | null;
}

export interface LimitsDocument {
  readonly _id: string;
  readonly overrides: LimitOverrides;
}

export interface LoadDocument {
  readonly _id: string;
  readonly epoch: number;
  readonly load: LoadRecord;
}

export interface ArtifactDocument {
  readonly migration: string;
  readonly kind: ArtifactKind;
  readonly planDigest: string;
  readonly part: number;
  /** A piece of the UTF-8 text; it may end within a character. */
  readonly bytes: Binary;
}

export interface StoreCollections {
  readonly client: MongoClient;
  readonly leases: Collection<LeaseDocument>;
  readonly migrations: Collection<RunDocument>;
  readonly transitions: Collection<TransitionDocument>;
  readonly collections: Collection<CollectionDocument>;
  readonly partitions: Collection<PartitionDocument>;
  readonly checkpoints: Collection<CheckpointDocument>;
  readonly cutovers: Collection<CutoverDocument>;
  readonly journal: Collection<JournalDocument>;
  readonly limits: Collection<LimitsDocument>;
  readonly loads: Collection<LoadDocument>;
  readonly artifacts: Collection<ArtifactDocument>;
  readonly verifications: Collection<VerificationDocument>;
  readonly comparedRanges: Collection<ComparedRangeDocument>;
}

export function toBinary(key: DocumentKey | null): Binary | null {
  return key === null ? null : new Binary(Buffer.from(key));
}

export function fromBinary(binary: Binary | null): DocumentKey | null {
  return binary === null ? null : binary.value();
}

export function fromNamespaceText(text: string): Namespace {
  const namespace = parseNamespace(text);
  if (namespace === null) throw new BugError(`The metadata database names a namespace ${text}`);
  return namespace;
}

export const toNamespaceText = formatNamespace;

export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === 11_000;
}
