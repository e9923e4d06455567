import { createHash } from "node:crypto";
import type {
  CollectionSelection,
  Connection,
  Migration,
  MigrationMode,
  ReverseOf,
} from "../model/migration.ts";

/** The part of a migration that an approval covers: changing it makes it another migration. */
export interface NormalizedSpec {
  readonly name: string;
  readonly mode: MigrationMode;
  readonly source: NormalizedConnection;
  readonly destination: NormalizedConnection;
  readonly metadataDatabase: string;
  /** Only for the way back. */
  readonly reverse?: ReverseOf;
  readonly objects: readonly {
    readonly database: string;
    readonly as: string | null;
    readonly collections: readonly CollectionSelection[] | null;
    readonly functions: boolean;
    readonly exclude: readonly string[];
  }[];
}

/** Which deployment a connection means; names of variables, never what is in them. */
export type NormalizedConnection = Pick<Connection, "name" | "address">;

function normalizedConnection({ name, address }: Connection): NormalizedConnection {
  return { name, address };
}

/**
 * Takes out what may change while a migration runs (desired state, limits, verification), and what doesn't change
 * what is done (title, places of files, branch for state). Keys and entries are in a fixed order.
 */
export function normalizedSpec(migration: Migration): NormalizedSpec {
  return {
    name: migration.name,
    mode: migration.mode,
    source: normalizedConnection(migration.source),
    destination: normalizedConnection(migration.destination),
    metadataDatabase: migration.metadataDatabase,
    ...(migration.reverse === null ? {} : { reverse: migration.reverse }),
    objects: migration.objects.map(({ database, as, collections, functions, exclude }) => ({
      database,
      as,
      collections:
        collections?.map((entry) => ({
          name: entry.name,
          as: entry.as,
          onExisting: entry.onExisting,
          filter: entry.filter,
        })) ?? null,
      functions,
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
