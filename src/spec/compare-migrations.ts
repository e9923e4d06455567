/** What a change of the spec files means for migrations: decided from what was read of both sides, not from which files changed. */
import { relative } from "node:path";
import { diffText } from "../model/describe-value.ts";
import type { Connection, Migration } from "../model/migration.ts";
import type { MigrationChange } from "../model/migration-change.ts";
import { hashSpec } from "./normalized-spec.ts";

/** One side of a comparison. */
export interface ComparedSide {
  readonly migrations: readonly Migration[];
  /** Files of connections are told by their place below it. */
  readonly root: string;
}

/** Those that differ, by name. */
export function compareMigrations(
  base: ComparedSide & { readonly connections: readonly Connection[] },
  head: ComparedSide,
): readonly MigrationChange[] {
  const before = byName(base.migrations);
  const after = byName(head.migrations);
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  const known = new Set(base.connections.map((each) => connectionText(each, base.root)));
  return names.flatMap((name): MigrationChange[] => {
    const [old, now] = [before.get(name) ?? null, after.get(name) ?? null];
    if (now === null) return [{ kind: "deleted", name }];
    const untrusted = [now.source, now.destination]
      .filter((each) => !known.has(connectionText(each, head.root)))
      .map((each) => each.name);
    const settings = old === null ? [] : changedSettings(old, now);
    if (old !== null && hashSpec(old) === hashSpec(now)) {
      if (untrusted.length === 0 && settings.length === 0) return [];
      return [{ kind: "settings", name, settings, before: old, untrusted }];
    }
    const kind = old === null ? "added" : "changed";
    return [{ kind, name, settings, before: old, untrusted }];
  });
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

function connectionText(connection: Connection, root: string): string {
  const { place: _, tls, ...rest } = connection;
  const file = (path: string | null): string | null =>
    path === null ? null : relative(root, path);
  return JSON.stringify({
    ...rest,
    tls: {
      ...tls,
      caFile: file(tls.caFile),
      certificateKeyFile: file(tls.certificateKeyFile),
    },
  });
}

function byName(migrations: readonly Migration[]): ReadonlyMap<string, Migration> {
  return new Map(migrations.map((migration) => [migration.name, migration]));
}
