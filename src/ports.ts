import type { ProcessIdentity } from "./base/process-identity.ts";
import type { Pressure } from "./model/back-off.ts";
import type { Change, ChangeBatch, ChangedCollection, FeedPosition } from "./model/change.ts";
import type { Checkpoint } from "./model/checkpoint.ts";
import type { CutoverRecord } from "./model/cutover.ts";
import type { DocumentKey } from "./model/document-key.ts";
import type { ExactDocument } from "./model/exact-document.ts";
import type {
  CollectionFacts,
  DeploymentFacts,
  ForeignTarget,
  LeftBehind,
  OwnedTarget,
} from "./model/facts.ts";
import type { LimitOverrides, LoadRecord, ReadFrom } from "./model/limits.ts";
import type { Namespace } from "./model/namespace.ts";
import type { ClusterTime, Condition, Phase, RunRecord, Transition } from "./model/run.ts";
import type { StateCommit, StateFile } from "./model/state-commit.ts";
import type { ComparedPair, DocumentCounts, DocumentDifference } from "./model/verification.ts";

/** Documents of one reply, end to end in one buffer, in `_id` order. */
export interface DocumentBatch {
  /** Whole BSON documents, one after another. The receiver owns the memory. */
  readonly bytes: Uint8Array;
  readonly documentCount: number;
  /** Key of the last document. */
  readonly lastKey: DocumentKey;
}

/** A range of `_id`: from `min` (inclusive, null: the beginning) to `max` (exclusive, null: the end). */
export interface KeyRange {
  readonly min: DocumentKey | null;
  readonly max: DocumentKey | null;
}

/** An amount of documents; at least one of them counts as within it, whatever its size. */
export interface Portion {
  readonly documentCount: number;
  readonly bytes: number;
}

export interface ReadRequest {
  readonly namespace: Namespace;
  /** The UUID the collection had when it was planned; a read of another collection of that name fails. */
  readonly uuid: string | null;
  readonly range: KeyRange;
  /** Extended JSON of the query that documents must match; null: all documents. */
  readonly filter: string | null;
  /** Start behind this key, which was read before; null: at the range's beginning. */
  readonly after: DocumentKey | null;
  /** Majority reads not older than this; null reads with majority only. */
  readonly notBefore: ClusterTime | null;
  /** Size aimed at for each batch; the server also ends a reply at 16 MiB. */
  readonly batchBytes: number;
  /** Expected size of a document, for the first batch; null begins with a small one. */
  readonly averageDocumentBytes: number | null;
  /** What the next reply may hold at most; null: as much as `batchBytes` says. Left out: the same. */
  readonly most?: () => Portion | null;
  /** Natural order is that of insertion, in capped collections; it has no ranges. Left out: by key. */
  readonly order?: "key" | "natural";
}

/** Reading documents as raw bytes. */
export interface DocumentReader {
  /** Reads to the end of the range, over lost connections and elections; gives up with an OperationError. */
  readBatches(request: ReadRequest, signal: AbortSignal): AsyncIterable<DocumentBatch>;
  /** Cuts a document's key out of its bytes. */
  keyOf(document: Uint8Array): DocumentKey;
  /** Extended JSON of the key's value, for people. */
  describeKey(key: DocumentKey): string;
}

/** Documents of one reply as the server framed them: a raw BSON array. */
export interface DocumentArray {
  /** Belongs to the receiver. */
  readonly bytes: Buffer;
  /** Where each document begins in it. */
  readonly offsets: readonly number[];
}

/** What is read in order to be compared. */
export interface ArrayRequest extends Pick<
  ReadRequest,
  "namespace" | "uuid" | "range" | "filter" | "notBefore"
> {
  /** By key, or in the natural order, which has no ranges. */
  readonly order: "key" | "natural";
  /** Documents asked for at first. */
  readonly firstDocuments: number;
  /** Size aimed at for each reply behind it; the server also ends one at 16 MiB. */
  readonly replyBytes: number;
  /** What the next reply may hold at most; null: as much as `replyBytes` says. Left out: the same. */
  readonly most?: () => Portion | null;
}

/** Documents that are looked at by their keys. */
export interface LookUpRequest {
  readonly namespace: Namespace;
  readonly uuid: string | null;
  readonly keys: readonly DocumentKey[];
  /** Extended JSON of the query that documents must match; null: all documents. */
  readonly filter: string | null;
}

/** Reading either side in order to compare it: without any of the code that copies. */
export interface ComparedDeployment {
  /** Reads to the end of the range, over lost connections and elections; gives up with an OperationError. */
  readArrays(request: ArrayRequest, signal: AbortSignal): AsyncIterable<DocumentArray>;
  /** Majority reads. Those that exist and match, in no order. */
  lookUp(request: LookUpRequest, signal: AbortSignal): Promise<readonly Uint8Array[]>;
  /** Keys picked at random, sorted as the server sorts them; a key may occur more than once. */
  pickKeys(namespace: Namespace, count: number): Promise<readonly DocumentKey[]>;
  /** Number of documents that match the filter (null: all), counted (not estimated). */
  countDocuments(namespace: Namespace, filter: string | null): Promise<number>;
  /** Whether a read can begin at that key: some values no driver can send. */
  canReadFrom(key: DocumentKey): boolean;
  /** Cuts a document's key out of its bytes. */
  keyOf(document: Uint8Array): DocumentKey;
  /** Extended JSON of the key's value, for people. */
  describeKey(key: DocumentKey): string;
}

/** What documents of a collection are now. */
export interface FetchRequest {
  readonly collection: ChangedCollection;
  readonly keys: readonly DocumentKey[];
  /** Extended JSON of the query that documents must match; null: all documents. */
  readonly filter: string | null;
  /** Majority reads not older than this. */
  readonly notBefore: ClusterTime;
}

/** What can be asked of either end. */
interface Deployment extends DocumentReader, ComparedDeployment {
  /** A cluster time that everything acknowledged so far precedes or equals. */
  currentClusterTime(): Promise<ClusterTime>;
  /** Whether the deployment refuses writes of users as a whole; null where the account may not know. */
  readWriteBlock(): Promise<boolean | null>;
}

export interface SourceDeployment extends Deployment {
  /**
   * Reads documents by key, by the collection's UUID: also under another name than it had. Servers from 6.0 on. Gives those
   * that exist and match, in no order, some at a time.
   */
  fetchDocuments(request: FetchRequest): AsyncIterable<readonly Uint8Array[]>;
  /** The same, once a majority has all that happened up to then: a look at the source after that misses none of it. */
  settledClusterTime(): Promise<ClusterTime>;
  /** What tells this deployment from others for as long as it exists. */
  readIdentity(): Promise<string>;
  /** Has it refuse, or take, writes of all users but those who may bypass that (servers from 6.0 on). */
  blockWrites(isBlocked: boolean): Promise<void>;
  /** Time of the oldest change in the oplog; null where the account may not read it. */
  oldestClusterTime(): Promise<ClusterTime | null>;
  /**
   * Where documents are read from, from the next read on: one secondary, and the same one while it is healthy, as long as there is one.
   * What changes, and what there is, is always asked of the primary.
   */
  readDocumentsFrom(member: ReadFrom): void;
  /** Keys from `min` on, picked at random, sorted as the server sorts them, enough for that many partitions. */
  sampleKeys(
    namespace: Namespace,
    partitionCount: number,
    min: DocumentKey,
  ): Promise<readonly DocumentKey[]>;
  listDatabases(): Promise<readonly string[]>;
  /** Everything in the databases, with options, indexes and sizes; system collections are left in. */
  listCollections(databases: readonly string[]): Promise<readonly CollectionFacts[]>;
  /** Why the server refuses the filter, in its words; null: it takes it. Reads no document. */
  tryFilter(namespace: Namespace, filter: string): Promise<string | null>;
  /** What goes with the collections and is not migrated. Never fails for what it may not know. */
  readLeftBehind(collections: readonly CollectionFacts[]): Promise<LeftBehind>;
}

/** Everything that changes at a source, in the order in which it happens. */
export interface ChangeFeed {
  /** A position that everything acknowledged so far precedes; its time may be one that is still to come. */
  currentPosition(): Promise<FeedPosition>;
  /**
   * Tells all changes behind the position, over lost connections and elections; never ends by itself. Gives up with an
   * OperationError, also where the source does not keep its history back to there any more.
   */
  readChanges(from: FeedPosition, signal: AbortSignal): AsyncIterable<ChangeBatch>;
}

/** What copying and following ask before they cause load. All limits may change at any time. */
export interface LoadGate {
  /** Workers, at most. */
  readonly workers: number;
  /** @returns Ends the subscription. */
  onWorkersChanged(listener: (workers: number) => void): () => void;
  /** What one write should hold at most, so that rates hold from second to second; null: anything. */
  readonly portion: Portion | null;
  /**
   * Waits until so much may be written. Documents of which the size is not known yet count as none, and their bytes are asked for later.
   *
   * @returns Whether it had to wait.
   * @throws What `stop` was aborted with.
   */
  take(documentCount: number, bytes: number, stop: AbortSignal): Promise<boolean>;
  /** The same for what has time: everything else comes first. */
  takePatiently(documentCount: number, bytes: number, stop: AbortSignal): Promise<boolean>;
  /** Waits while documents may not be copied at this time of the day. */
  untilMayCopy(stop: AbortSignal): Promise<void>;
  /** Waits while documents may not be compared at this time of the day. */
  untilMayCompare(stop: AbortSignal): Promise<void>;
  /** Watches how long a write at the destination takes, of that many documents and bytes. */
  watchWrite<T>(documentCount: number, bytes: number, write: () => Promise<T>): Promise<T>;
}

export interface WriteTarget {
  readonly namespace: Namespace;
  /** Validation is bypassed only where there is a validator, since that needs a privilege of its own. */
  readonly hasValidator: boolean;
  /** Whether documents must arrive in the order of their batches, as a capped collection keeps it. */
  readonly isOrdered?: boolean;
  /** UUID, as hex, of the one collection that may be written (I8); servers before 6.0 do not compare it. */
  readonly uuid?: string;
}

export interface DestinationDeployment extends Deployment {
  /**
   * On return no write of documents by a process of an earlier epoch is carried out any more, whatever was under way; from then on
   * documents are written in the name of this one. To be done before the first.
   */
  writeUnder(lease: Lease): Promise<void>;
  listDatabases(): Promise<readonly string[]>;
  listCollections(databases: readonly string[]): Promise<readonly CollectionFacts[]>;
  /** Creates the collection and returns its UUID as hex. */
  createCollection(target: Namespace, options: ExactDocument): Promise<string>;
  createView(target: Namespace, options: ExactDocument): Promise<void>;
  /**
   * Drops the namespace, but only while it has this UUID (null: any view). Already gone is fine.
   *
   * @param lost - Aborts when the lease is lost: from then on nothing is dropped (I7).
   */
  dropNamespace(target: Namespace, uuid: string | null, lost: AbortSignal): Promise<void>;
  /**
   * Drops the view, but only while its definition has this digest.
   *
   * @param lost - As for `dropNamespace`.
   * @returns False where something else has the name, which stays.
   */
  dropView(target: Namespace, digest: string, lost: AbortSignal): Promise<boolean>;
  /**
   * Renames a collection within its database, but only while it has this UUID.
   *
   * @param lost - As for `dropNamespace`.
   */
  renameCollection(from: Namespace, to: Namespace, uuid: string, lost: AbortSignal): Promise<void>;
  /** Sets options of a collection (`collMod`), but only while it has this UUID. */
  alterCollection(
    target: Namespace,
    uuid: string,
    changes: ReadonlyMap<string, unknown>,
  ): Promise<void>;
  /** Drops indexes by name; those that are not there are fine. */
  dropIndex(target: Namespace, uuid: string, name: string): Promise<void>;
  /**
   * Changes what an index does besides finding documents (`collMod`), one set of changes after the other.
   *
   * @returns Null once it is done; why the server refuses where the data or the index is in the way.
   */
  alterIndex(
    target: Namespace,
    uuid: string,
    name: string,
    changes: readonly ReadonlyMap<string, unknown>[],
  ): Promise<IndexRefusal | null>;
  /** Whether a plain index can be made a unique or an expiring one where it stands, and a capped collection another size (6.0 and later). */
  readonly canConvert: boolean;
  /** Whether there is a view of this name. */
  isView(target: Namespace): Promise<boolean>;
  /** UUID as hex, null where the collection does not exist. */
  readUuid(target: Namespace): Promise<string | null>;
  /** Writes documents that are not there yet, majority-acknowledged on return. One that is there all the same is replaced. */
  writeBatch(target: WriteTarget, batch: DocumentBatch): Promise<void>;
  /**
   * The same for documents of which some may be there: those that are equal are left, others replaced. For batches that
   * were under way when a connection, or the process, was lost.
   *
   * @param max - Where the batch's partition ends.
   */
  rewriteBatch(target: WriteTarget, batch: DocumentBatch, max: DocumentKey | null): Promise<void>;
  /** Inserts documents that are new, as far as anyone knows; one that is there all the same is replaced. */
  insertDocuments(target: WriteTarget, documents: readonly Uint8Array[]): Promise<void>;
  /** Puts each document in the place of what its key has, or inserts it. What is there may keep its form of the key. */
  putDocuments(target: WriteTarget, documents: readonly Uint8Array[]): Promise<void>;
  deleteDocuments(target: WriteTarget, keys: readonly DocumentKey[]): Promise<void>;
  /**
   * Builds indexes of a collection in one pass; those that exist equal are left. After an abort the server goes on
   * building, and asking again joins it.
   *
   * @param uuid - Of the one collection that they are for, as hex.
   * @returns Null once all are built; why the server refuses where the data or an index is in the way: then none is.
   * @throws OperationError where the name is not that collection's any more.
   */
  createIndexes(
    target: Namespace,
    uuid: string | null,
    specs: readonly ExactDocument[],
    signal: AbortSignal,
  ): Promise<IndexRefusal | null>;
  /** How far the present step of a collection's index build is, 0 to 1; null where the server does not tell. */
  readIndexShare(target: Namespace, signal: AbortSignal): Promise<number | null>;
  /** Signs of pressure; what the account may not ask, or is not answered soon, is null. Our own writes are not among them. */
  readPressure(): Promise<Omit<Pressure, "writeMs">>;
  /** A few values that an index would hold more than once, as extended JSON; empty where they cannot be found soon. */
  findDuplicates(target: Namespace, spec: ExactDocument): Promise<readonly string[]>;
}

/** Why the server does not build an index. Trying again does not help before something has changed. */
export interface IndexRefusal {
  /** Holds nothing of any document. */
  readonly cause: string;
  /** In the server's words, which may quote documents. */
  readonly detail: string;
  readonly isDuplicate: boolean;
  /** The value that the server met twice, as extended JSON. */
  readonly duplicate: string | null;
}

/** The right to write a migration's state: valid while no later epoch exists. */
export interface Lease {
  readonly migration: string;
  readonly epoch: number;
  /** Aborts with a LeaseLostError as soon as the lease can no longer be relied on. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

export interface PartitionRecord {
  /** Position within the collection, from 0. */
  readonly index: number;
  readonly range: KeyRange;
  readonly state: "pending" | "copying" | "done";
  /** All documents of the range up to this key are at the destination, majority-acknowledged (I2). */
  readonly copiedThrough: DocumentKey | null;
  readonly copiedDocuments: number;
  readonly copiedBytes: number;
}

export interface CollectionRecord extends OwnedTarget {
  readonly state: "copying" | "indexing" | "done";
  /** Zero until all partitions are stored. */
  readonly partitionCount: number;
  /** The run that created the target; see `RunRecord.runSeq`. */
  readonly runSeq: number;
  /** Names of the indexes that were built on it, or were to be, besides those that came with it. */
  readonly indexes: readonly string[];
  /** `digestOptions` of the view that was made: views have no UUID to know them by. Null for collections. */
  readonly viewDigest: string | null;
}

export interface TransitionRequest {
  readonly to: Phase;
  readonly reason: string;
  readonly planDigest: string | null;
  readonly specHash: string;
  readonly conditions: readonly Condition[];
}

/** The lease on a migration. Every other write to the metadata database is conditional on its epoch (I7). */
export interface LeaseStore {
  /** Takes the lease with a new epoch, or fails with a UserError that says who holds it and until when. */
  acquireLease(migration: string): Promise<Lease>;
  /** The process that holds the lease and may be alive; null: it can be taken. */
  readLeaseHolder(migration: string): Promise<ProcessIdentity | null>;
}

/** Phase and history of migrations. */
export interface RunStore {
  readRun(migration: string): Promise<RunRecord | null>;
  /** Records a change of phase and its transition, atomically. */
  recordTransition(lease: Lease, request: TransitionRequest): Promise<Transition>;
  /** Stores the start fence of the run, before the first copy read (I1). */
  storeStartFence(lease: Lease, fence: ClusterTime): Promise<void>;
  listTransitions(migration: string): Promise<readonly Transition[]>;
  /** Replaces the conditions, between changes of phase. */
  storeConditions(lease: Lease, conditions: readonly Condition[]): Promise<void>;
  /** Remembers that git has all transitions up to `seq`. */
  markPublished(lease: Lease, seq: number): Promise<void>;
}

/** What was copied how far. */
export interface CopyStore {
  listCollectionRecords(migration: string): Promise<readonly CollectionRecord[]>;
  /** What other migrations have written to in these databases. */
  listForeignTargets(
    migration: string,
    databases: readonly string[],
  ): Promise<readonly ForeignTarget[]>;
  /** Registers a target before it is created, so that a crash never leaves one that nobody owns. */
  putCollectionRecord(lease: Lease, record: CollectionRecord): Promise<void>;
  /** Forgets a target that is not there any more, with its partitions. */
  deleteCollectionRecord(lease: Lease, target: Namespace): Promise<void>;
  /**
   * Replaces the target's partitions from index `from` on; not atomic, so the collection record names their number
   * afterwards.
   */
  putPartitions(
    lease: Lease,
    target: Namespace,
    ranges: readonly KeyRange[],
    from: number,
  ): Promise<void>;
  /** Has a partition end there, `null`: at the collection's end. What is copied of it stays so. */
  moveEnd(lease: Lease, target: Namespace, index: number, max: DocumentKey | null): Promise<void>;
  listPartitions(migration: string, target: Namespace): Promise<readonly PartitionRecord[]>;
  /** Documents and bytes copied so far, for each target that has partitions. */
  sumProgress(migration: string): Promise<readonly CopiedAmount[]>;
  /** Atomically takes a partition that is not done and that no worker of this epoch holds; null: none left. */
  claimPartition(lease: Lease, target: Namespace, worker: string): Promise<PartitionRecord | null>;
  /** Stores progress of a claimed partition. Fails with LeaseLostError when the claim is gone. */
  storePartition(
    lease: Lease,
    target: Namespace,
    worker: string,
    partition: PartitionRecord,
  ): Promise<void>;
}

export interface CopiedAmount {
  readonly target: Namespace;
  readonly copiedDocuments: number;
  readonly copiedBytes: number;
}

/** How far changes have been applied. */
export interface CheckpointStore {
  /**
   * Takes over the run's checkpoint: no process with an earlier epoch stores one any more.
   *
   * @returns Null where that run has none yet.
   */
  takeCheckpoint(lease: Lease, runSeq: number): Promise<Checkpoint | null>;
  storeCheckpoint(lease: Lease, runSeq: number, checkpoint: Checkpoint): Promise<void>;
  /** Null where the migration's newest run has none. */
  readCheckpoint(migration: string, runSeq: number): Promise<Checkpoint | null>;
  openJournal(migration: string, runSeq: number): JournalStore;
}

/** How far the cutover of a run is. */
export interface CutoverStore {
  /** Null where none was begun in that run, or what became of it was seen. */
  readCutover(migration: string, runSeq: number): Promise<CutoverRecord | null>;
  storeCutover(lease: Lease, record: CutoverRecord): Promise<void>;
  deleteCutover(lease: Lease): Promise<void>;
}

/** Who compares: each goes on with, and forgets, what it has found itself. */
export type VerificationKind = "run" | "continuous" | "command";

/** A comparison that has begun. */
export interface VerificationRecord {
  readonly kind: VerificationKind;
  /** Another comparison has another one. */
  readonly id: string;
  /** What it compares and how: it is gone on with only by one that does the same. */
  readonly basis: string;
  readonly startedAt: Date;
  readonly isDone: boolean;
}

/** A range of a collection, and what comparing it came to. */
export interface RangeRecord {
  readonly index: number;
  readonly range: KeyRange;
  /** Null: not compared yet. */
  readonly outcome: RangeOutcome | null;
}

export interface RangeOutcome extends DocumentCounts {
  /** Some of the documents that differ, without their values. */
  readonly differences: readonly DocumentDifference[];
  /** False where there were too many differences to go on. */
  readonly isComplete: boolean;
}

/**
 * How far comparisons are. Written without a lease, also beside a process that follows: in collections of their own, which
 * nothing else reads.
 */
export interface VerificationStore {
  /** The last one of its kind that was begun; null: there is none. */
  readVerification(migration: string, kind: VerificationKind): Promise<VerificationRecord | null>;
  /** Begins one, and forgets the ranges of earlier ones of its kind. */
  beginVerification(migration: string, record: VerificationRecord): Promise<void>;
  endVerification(migration: string, record: VerificationRecord): Promise<void>;
  /** In order; none where the collections have other UUIDs than these. */
  listRanges(
    migration: string,
    record: VerificationRecord,
    pair: ComparedPair,
  ): Promise<readonly RangeRecord[]>;
  putRanges(
    migration: string,
    record: VerificationRecord,
    pair: ComparedPair,
    ranges: readonly KeyRange[],
  ): Promise<void>;
  storeOutcome(
    migration: string,
    record: VerificationRecord,
    pair: ComparedPair,
    index: number,
    outcome: RangeOutcome,
  ): Promise<void>;
}

/** Changes behind the entry before, up to the position. */
export interface JournalEntry {
  /** Where its changes begin: all of them between here and the position are in it. */
  readonly begins: FeedPosition;
  readonly position: FeedPosition;
  /** False: more changes up to the same position follow in the next one. */
  readonly isWhole: boolean;
  /** Of document changes: kinds `update` and `delete` only, without documents. */
  readonly changes: readonly Change[];
}

/** Changes of one run that are kept until they can be applied. */
export interface JournalStore {
  append(entry: Omit<JournalEntry, "isWhole">): Promise<void>;
  /** Up to where changes have been kept; null: none are. */
  lastPosition(): Promise<FeedPosition | null>;
  /** Entries behind the position, and those at its very time, in order. An entry may come in parts. */
  read(from: FeedPosition): AsyncIterable<JournalEntry>;
  /** Forgets entries up to the position; those behind it stay. */
  clear(until: FeedPosition): Promise<void>;
}

/** What `status --set` asks for, and what comes of it. */
export interface LoadStore {
  readLimitOverrides(migration: string): Promise<LimitOverrides>;
  /** Changes some of them; needs no lease. What is undefined is as the spec says again. */
  changeLimitOverrides(
    migration: string,
    changes: Readonly<Partial<Record<keyof LimitOverrides, unknown>>>,
  ): Promise<void>;
  /** Does nothing where another process has taken over. */
  storeLoad(lease: Lease, load: LoadRecord): Promise<void>;
  /** Null where no process has told it yet. */
  readLoad(migration: string): Promise<LoadRecord | null>;
}

/** Texts too long for one document: plans, and what verification found under a plan. */
export interface ArtifactStore {
  saveArtifact(
    migration: string,
    kind: ArtifactKind,
    planDigest: string,
    text: string,
  ): Promise<void>;
  loadArtifact(migration: string, kind: ArtifactKind, planDigest: string): Promise<string | null>;
}

export type ArtifactKind = "plan" | "results";

/** The metadata database at the destination. */
export interface MigrationStore
  extends
    LeaseStore,
    RunStore,
    CopyStore,
    CheckpointStore,
    CutoverStore,
    LoadStore,
    VerificationStore,
    ArtifactStore {}

export type PublishOutcome =
  | {
      readonly kind: "committed";
      readonly commit: string;
      readonly branch: string;
      readonly isPushed: boolean;
      readonly notice: string | null;
    }
  | { readonly kind: "unchanged" }
  | { readonly kind: "files-only"; readonly notice: string };

/** The repository that holds the spec. */
export interface StatePublisher {
  /** Commits the files, and pushes where there is a remote; `render` is called again for each try. */
  publish(
    commit: StateCommit,
    render: () => Promise<readonly StateFile[]>,
  ): Promise<PublishOutcome>;
  /** Hash of the commit that holds the spec, the last one that is not of state files; null without git. */
  specCommit(): Promise<string | null>;
}

/** Spec files that hold otherwise than they lie in the work tree: by absolute path, null where one does not count any more. */
export type SpecOverrides = ReadonlyMap<string, string | null>;

/** What the branch says of specs while a process works. */
export interface SpecFiles {
  /** @throws OperationError or an error of git where the branch cannot be read now. */
  readOverrides(): Promise<SpecOverrides>;
  /** Hash of the last commit of the branch that has changed spec files since the one here, when it was read last; null: none. */
  readonly lastCommit: string | null;
}

/** What a clone that nobody edits has of its branch. */
export interface Checkout {
  /** Root of a work tree in which nothing changes. */
  readonly root: string;
  readonly commit: string;
  /** Hash of the last commit that has changed spec files; null: none has. */
  readonly specsCommit: string | null;
}

/** A clone that follows a branch of its remote. Nobody edits it. */
export interface FollowedClone extends AsyncDisposable {
  /** What the branch had when it could be read last; null before that. */
  readonly current: Checkout | null;
  /**
   * Fetches the branch. Another checkout comes only with other specs: state that is committed makes none.
   *
   * @throws OperationError where the branch cannot be read now; what it had last holds then, also what an earlier process has fetched.
   */
  pull(): Promise<PullOutcome>;
  /** Removes work trees that were followed by others a while ago, but for these roots. */
  prune(inUse: ReadonlySet<string>): Promise<void>;
}

export interface PullOutcome {
  readonly checkout: Checkout;
  /** Whether commits that the branch had are not in it any more. */
  readonly isForced: boolean;
}

/** The commits of the repository that holds the specs. */
export interface SpecHistory {
  /** Hash of the commit that is checked out; null before the first one. */
  head(): Promise<string | null>;
  /**
   * The last commit that the checked out one has in common with another.
   *
   * @param name - A hash or a name that git knows.
   * @throws OperationError where there is none, or the history is cut off before it.
   */
  forkPoint(name: string): Promise<string>;
  /**
   * Hash of the commit that a name means.
   *
   * @throws An error of git where it means none.
   */
  resolve(name: string): Promise<string>;
  /** Checks a commit out in a folder of its own, as long as the work takes; it is given the folder's path. */
  withCommit<T>(commit: string, work: (root: string) => Promise<T>): Promise<T>;
  /**
   * Those that have changed files below the paths, the newest first.
   *
   * @param tip - The newest one that counts; left out: the one that is checked out.
   */
  listCommits(paths: readonly string[], most: number, tip?: string): Promise<readonly string[]>;
  /** Name of the branch that is checked out; null: none is. */
  branch(): Promise<string | null>;
  /** The branch that the remote has as its first one; where that is not known, the one that is checked out. */
  defaultBranch(): Promise<string | null>;
  /** Root of the work tree, spelled as the working directory is. */
  readonly root: string;
}

/** A pull request, as far as comments and approvals need it. */
export interface PullRequest {
  readonly number: number;
  readonly url: string;
  /** Null where it was not merged. */
  readonly mergedAt: Date | null;
  /** Hash of the last commit of what is to be merged. */
  readonly headCommit: string;
  /** Whether it came from another repository: of such, no plan is shown. */
  readonly isFork: boolean;
}

/** What became of something that is shown at the code host. A refusal (a fork's token may not write) is no failure of the migration. */
export type HostOutcome =
  | { readonly kind: "done"; readonly url: string | null }
  | { readonly kind: "refused"; readonly reason: string };

export interface CommitStatus {
  readonly state: "success" | "failure" | "error" | "pending";
  /** Tells this status from others of the commit. */
  readonly context: string;
  /** One line; cut to what the host takes. */
  readonly description: string;
  readonly url: string | null;
}

/**
 * Where the repository is hosted and reviewed; GitHub, for one. Tries again what may be tried again, and gives up with an
 * OperationError that names the request and the remedy, without the token.
 */
export interface CodeHost {
  /**
   * Creates or edits the one comment of this account that begins with the marker, wherever among the comments it stands. Also
   * after an answer was lost there is just one.
   */
  upsertComment(pullRequest: number, marker: string, body: string): Promise<HostOutcome>;
  /** Text of that comment; null where there is none. Comments of others do not count, whatever they begin with. */
  readComment(pullRequest: number, marker: string): Promise<string | null>;
  setStatus(commit: string, status: CommitStatus): Promise<HostOutcome>;
  /** The merged pull request that brought the commit to the branch; null where it came otherwise. */
  mergedPullRequest(commit: string, branch: string): Promise<PullRequest | null>;
  /** Starts a workflow by its file's name. */
  dispatchWorkflow(
    file: string,
    branch: string,
    inputs: Readonly<Record<string, string>>,
  ): Promise<HostOutcome>;
}

/** The connectivity test (R8) of one end. */
export interface ConnectivityProbe {
  /** @param databases - Databases that are read (source) or written (destination). */
  probe(databases: readonly string[], signal: AbortSignal): Promise<DeploymentFacts>;
}
