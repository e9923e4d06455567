import { findPortsOfSrvNames } from "./rules/addresses.ts";
import { findEmptySelections } from "./rules/empty-selections.ts";
import { findInvalidFilters } from "./rules/filters.ts";
import { findInvalidWindows } from "./rules/limit-windows.ts";
import { findDuplicateDefaults, findDuplicateNames } from "./rules/names.ts";
import { findInvalidNames } from "./rules/object-names.ts";
import { findPatternsWithExactSettings, findRepeatedEntries } from "./rules/patterns.ts";
import { findReverseProblems } from "./rules/reverse.ts";
import { findSameEnds, findUnknownConnections } from "./rules/references.ts";
import { findMetadataTargets, findSystemDatabases } from "./rules/system-databases.ts";
import { findTargetOverlaps } from "./rules/target-overlap.ts";
import type { SemanticRule } from "./spec-set.ts";

/** What the schema cannot say. Every rule runs on every load, so that all problems show at once. */
export const SEMANTIC_RULES: readonly SemanticRule[] = [
  findDuplicateNames,
  findDuplicateDefaults,
  findUnknownConnections,
  findSameEnds,
  findPortsOfSrvNames,
  findPatternsWithExactSettings,
  findRepeatedEntries,
  findEmptySelections,
  findReverseProblems,
  findInvalidFilters,
  findInvalidWindows,
  findInvalidNames,
  findSystemDatabases,
  findMetadataTargets,
  findTargetOverlaps,
];
