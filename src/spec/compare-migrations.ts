/** What a change of the spec files means for migrations: decided from what was read of both sides, not from which files changed. */
import { diffText } from "../model/describe-value.ts";
import type { Connection, Migration } from "../model/migration.ts";
import type { MigrationChange } from "../model/migration-change.ts";
import { DEFAULT_VALUES } from "./default-values.ts";
import { hashSpec } from "./normalized-spec.ts";

/** What the files that connections name hold, by path. */
type FileDigests = ReadonlyMap<string, string>;

export interface ComparedSpecs {
  /** Where the change began. */
  readonly before: readonly Migration[];
  readonly after: readonly Migration[];
  /** Those of what is behind the change. */
  readonly files: FileDigests;
  /** The branch that the change is to go to, as it is now. */
  readonly trusted: {
    readonly migrations: readonly Migration[];
    readonly connections: readonly Connection[];
    readonly files: FileDigests;
  };
}

/** Those that differ, by name. */
export function compareMigrations(specs: ComparedSpecs): readonly MigrationChange[] {
  const { files, trusted } = specs;
  const before = byName(specs.before);
  const after = byName(specs.after);
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  const known = new Set(
    trusted.connections.flatMap((each) => connectionText(each, trusted.files) ?? []),
  );
  const isKnown = (connection: Connection): boolean => {
    const text = connectionText(connection, files);
    return text !== null && known.has(text);
  };
  return names.flatMap((name): MigrationChange[] => {
    const [old, now] = [before.get(name) ?? null, after.get(name) ?? null];
    if (now === null) return [{ kind: "deleted", name }];
    const ends = [now.source, now.destination].filter((each) => !isKnown(each));
    const untrusted = [...new Set(ends.map((each) => each.name))];
    const settings = old === null ? [] : changedSettings(old, now);
    const isSame = old !== null && hashSpec(old) === hashSpec(now);
    if (isSame && untrusted.length === 0 && settings.length === 0) return [];
    const changed = old === null ? "added" : "changed";
    const isStoreKnown = isKnownStore(now, trusted.migrations);
    return [
      { kind: isSame ? "settings" : changed, name, settings, before: old, untrusted, isStoreKnown },
    ];
  });
}

/** A database that nobody has agreed to be written to could be one of an application. */
function isKnownStore(
  { destination, metadataDatabase }: Migration,
  trusted: readonly Migration[],
): boolean {
  if (metadataDatabase === DEFAULT_VALUES.metadataDatabase) return true;
  return trusted.some(
    (each) =>
      each.destination.name === destination.name && each.metadataDatabase === metadataDatabase,
  );
}

/** What holds at once, without another approval. */
function changedSettings(before: Migration, after: Migration): readonly string[] {
  return [
    ...diffText("desiredState", before.desiredState, after.desiredState),
    ...diffText("limits", before.limits, after.limits),
    ...diffText("verification", before.verification, after.verification),
    ...diffText("cutover", before.cutover, after.cutover),
    ...diffText("journal", before.journal, after.journal),
    ...diffText("title", before.title, after.title),
  ];
}

/**
 * All that decides where secrets go to and who is trusted there; whatever else the document says is a part of it, too, so that
 * nothing has to be known to be harmless. Null where a file cannot be read: such a connection is like no other.
 */
function connectionText(connection: Connection, files: FileDigests): string | null {
  const { place: _, tls, ...rest } = connection;
  const { caFile, certificateKeyFile, ...switches } = tls;
  const contents = [caFile, certificateKeyFile].map((path) =>
    path === null ? null : files.get(path),
  );
  return contents.includes(undefined) ? null : JSON.stringify({ ...rest, switches, contents });
}

function byName(migrations: readonly Migration[]): ReadonlyMap<string, Migration> {
  return new Map(migrations.map((migration) => [migration.name, migration]));
}
