import { createHash } from "node:crypto";
import type { CollectionSelection, Migration, MigrationMode } from "../model/migration.ts";

/** The part of a migration that an approval covers: changing it makes it another migration. */
export interface NormalizedSpec {
  readonly name: string;
  readonly mode: MigrationMode;
  readonly source: string;
  readonly destination: string;
  readonly metadataDatabase: string;
  readonly objects: readonly {
    readonly database: string;
    readonly as: string | null;
    readonly collections: readonly CollectionSelection[] | null;
    readonly exclude: readonly string[];
  }[];
}

/**
 * Takes out what may change while a migration runs (desired state, limits, verification), and what doesn't change
 * what is done (title, places of files, branch for state). Keys and entries are in a fixed order.
 */
export function normalizedSpec(migration: Migration): NormalizedSpec {
  return {
    name: migration.name,
    mode: migration.mode,
    source: migration.source.name,
    destination: migration.destination.name,
    metadataDatabase: migration.metadataDatabase,
    objects: migration.objects.map(({ database, as, collections, exclude }) => ({
      database,
      as,
      collections:
        collections?.map((entry) => ({
          name: entry.name,
          as: entry.as,
          onExisting: entry.onExisting,
        })) ?? null,
      exclude: [...exclude],
    })),
  };
}

/** SHA-256 (hex) of the normalized spec as JSON. */
export function hashSpec(migration: Migration): string {
  return createHash("sha256")
    .update(JSON.stringify(normalizedSpec(migration)))
    .digest("hex");
}
