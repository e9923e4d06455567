import type { Rule } from "./rule.ts";
import { atlasSharedTier } from "./rules/atlas-shared-tier.ts";
import { changeStream } from "./rules/change-stream.ts";
import { clock } from "./rules/clock.ts";
import { connections } from "./rules/connections.ts";
import { connectivity } from "./rules/connectivity.ts";
import { desiredMode } from "./rules/desired-mode.ts";
import { documentFilters } from "./rules/document-filters.ts";
import { freeSpace } from "./rules/free-space.ts";
import { encryptedFields } from "./rules/encrypted-fields.ts";
import { indexLimits } from "./rules/index-limits.ts";
import { load } from "./rules/load.ts";
import { mappingCollisions } from "./rules/mapping-collisions.ts";
import { oplogWindow } from "./rules/oplog-window.ts";
import { otherMigrations } from "./rules/other-migrations.ts";
import { privileges } from "./rules/privileges.ts";
import { reverse } from "./rules/reverse.ts";
import { sameDeployment } from "./rules/same-deployment.ts";
import { searchIndexes } from "./rules/search-indexes.ts";
import { selectedObjects } from "./rules/selected-objects.ts";
import { storageEngine } from "./rules/storage-engine.ts";
import { systemCollections } from "./rules/system-collections.ts";
import { systemDatabases } from "./rules/system-databases.ts";
import { targetConflicts } from "./rules/target-conflicts.ts";
import { targetNames } from "./rules/target-names.ts";
import { tls } from "./rules/tls.ts";
import { topology } from "./rules/topology.ts";
import { unsupportedIndexes } from "./rules/unsupported-indexes.ts";
import { unsupportedObjects } from "./rules/unsupported-objects.ts";
import { usersAndRoles } from "./rules/users-and-roles.ts";
import { versions } from "./rules/versions.ts";
import { viewReferences } from "./rules/view-references.ts";
import { writeBlock } from "./rules/write-block.ts";

/** Every check, in the order in which it is shown. */
export const rules: readonly Rule[] = [
  desiredMode,
  connectivity,
  topology,
  versions,
  storageEngine,
  atlasSharedTier,
  sameDeployment,
  tls,
  clock,
  systemDatabases,
  selectedObjects,
  privileges,
  targetNames,
  mappingCollisions,
  targetConflicts,
  otherMigrations,
  unsupportedObjects,
  encryptedFields,
  unsupportedIndexes,
  indexLimits,
  viewReferences,
  documentFilters,
  freeSpace,
  changeStream,
  oplogWindow,
  writeBlock,
  reverse,
  connections,
  load,
  searchIndexes,
  usersAndRoles,
  systemCollections,
];
