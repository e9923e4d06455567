/** The metadata database: one document per fact, majority-written, each write conditional on the lease's epoch. */
import { type Db, type MongoClient, ReadConcern, WriteConcern } from "mongodb";
import type { Holder } from "../../base/process-identity.ts";
import type { MigrationStore } from "../../ports.ts";
import { operation } from "../operation-error.ts";
import * as artifacts from "./artifact-store.ts";
import * as checkpoints from "./checkpoint-store.ts";
import * as copies from "./copy-store.ts";
import * as cutovers from "./cutover-store.ts";
import type { StoreCollections } from "./documents.ts";
import { listForeignTargets } from "./foreign-targets.ts";
import { acquireLease, readLeaseHolder } from "./lease.ts";
import { openJournal } from "./journal-store.ts";
import * as limits from "./limits-store.ts";
import * as runs from "./run-store.ts";
import * as verifications from "./verification-store.ts";

const OPTIONS = {
  readConcern: new ReadConcern("majority"),
  writeConcern: new WriteConcern("majority"),
};

/** The store's view of a metadata database. Reading creates nothing. */
export function openStore(client: MongoClient, database: string, holder: Holder): MigrationStore {
  const db = client.db(database, OPTIONS);
  const store: StoreCollections = {
    client,
    leases: db.collection("leases"),
    migrations: db.collection("migrations"),
    transitions: db.collection("transitions"),
    collections: db.collection("collections"),
    partitions: db.collection("partitions"),
    checkpoints: db.collection("checkpoints"),
    cutovers: db.collection("cutovers"),
    journal: db.collection("journal"),
    limits: db.collection("limits"),
    loads: db.collection("loads"),
    artifacts: db.collection("artifacts"),
    verifications: db.collection("verifications"),
    comparedRanges: db.collection("compared_ranges"),
  };
  return {
    acquireLease: async (migration) => {
      await prepareCollections(db, database);
      return acquireLease(store, migration, holder);
    },
    readLeaseHolder: async (migration) => readLeaseHolder(store, migration, holder),
    readRun: async (migration) => runs.readRun(store, migration),
    recordTransition: async (lease, request) => runs.recordTransition(store, lease, request),
    storeStartFence: async (lease, fence) => runs.storeStartFence(store, lease, fence),
    listTransitions: async (migration) => runs.listTransitions(store, migration),
    storeConditions: async (lease, conditions) => runs.storeConditions(store, lease, conditions),
    markPublished: async (lease, seq) => runs.markPublished(store, lease, seq),
    listCollectionRecords: async (migration) => copies.listCollectionRecords(store, migration),
    listForeignTargets: async (migration, databases) =>
      listForeignTargets(store, migration, databases),
    putCollectionRecord: async (lease, record) => copies.putCollectionRecord(store, lease, record),
    deleteCollectionRecord: async (lease, target) =>
      copies.deleteCollectionRecord(store, lease, target),
    putPartitions: async (lease, target, ranges, from) =>
      copies.putPartitions(store, lease, target, ranges, from),
    moveEnd: async (lease, target, index, max) => copies.moveEnd(store, lease, target, index, max),
    listPartitions: async (migration, target) => copies.listPartitions(store, migration, target),
    sumProgress: async (migration) => copies.sumProgress(store, migration),
    claimPartition: async (lease, target, worker) =>
      copies.claimPartition(store, lease, target, worker),
    storePartition: async (lease, target, worker, partition) =>
      copies.storePartition(store, lease, target, worker, partition),
    takeCheckpoint: async (lease, runSeq) => checkpoints.takeCheckpoint(store, lease, runSeq),
    storeCheckpoint: async (lease, runSeq, checkpoint) =>
      checkpoints.storeCheckpoint(store, lease, runSeq, checkpoint),
    readCheckpoint: async (migration, runSeq) =>
      checkpoints.readCheckpoint(store, migration, runSeq),
    readCutover: async (migration, runSeq) => cutovers.readCutover(store, migration, runSeq),
    storeCutover: async (lease, record) => cutovers.storeCutover(store, lease, record),
    deleteCutover: async (lease) => cutovers.deleteCutover(store, lease),
    openJournal: (migration, runSeq) => openJournal(store.journal, migration, runSeq),
    readLimitOverrides: async (migration) => limits.readLimitOverrides(store, migration),
    changeLimitOverrides: async (migration, changes) =>
      limits.changeLimitOverrides(store, migration, changes),
    storeLoad: async (lease, load) => limits.storeLoad(store, lease, load),
    readLoad: async (migration) => limits.readLoad(store, migration),
    readVerification: async (migration, kind) =>
      verifications.readVerification(store, migration, kind),
    beginVerification: async (migration, record) =>
      verifications.beginVerification(store, migration, record),
    endVerification: async (migration, record) =>
      verifications.endVerification(store, migration, record),
    listRanges: async (migration, record, pair) =>
      verifications.listRanges(store, migration, record, pair),
    putRanges: async (migration, record, pair, ranges) =>
      verifications.putRanges(store, migration, record, pair, ranges),
    storeOutcome: async (migration, record, pair, index, outcome) =>
      verifications.storeOutcome(store, migration, record, pair, index, outcome),
    saveArtifact: async (migration, kind, planDigest, text) =>
      artifacts.saveArtifact(store, migration, kind, planDigest, text),
    loadArtifact: async (migration, kind, planDigest) =>
      artifacts.loadArtifact(store, migration, kind, planDigest),
  };
}

/** Indexes first: the unique ones are what makes claims and upserts exact. Building an existing one does nothing. */
async function prepareCollections(db: Db, database: string): Promise<void> {
  await operation("prepare the metadata database", database, async () => {
    await db.collection("collections").createIndex({ migration: 1, target: 1 }, { unique: true });
    await db
      .collection("partitions")
      .createIndex({ migration: 1, target: 1, index: 1 }, { unique: true });
    await db
      .collection("transitions")
      .createIndex({ "_id.migration": 1, "_id.seq": 1 }, { unique: true });
  });
}
