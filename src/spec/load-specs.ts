import type { Connection, Migration } from "../model/migration.ts";
import { compareText } from "../model/namespace.ts";
import { compareProblems, type SpecProblem } from "../model/problem.ts";
import { checkDocuments, type CheckedSpecs } from "./check-documents.ts";
import { findSpecFiles, overrideFiles } from "./find-spec-files.ts";
import { normalizeConnection } from "./normalize-connection.ts";
import { normalizeMigration } from "./normalize-migration.ts";
import type { SpecOverrides } from "../ports.ts";
import { decodeSpecFile, readSpecFile } from "./read-spec-file.ts";
import type { DefaultsDocument, DefaultsSpec } from "./schema-types.ts";
import { textAt, type SpecDocument } from "./spec-document.ts";
import { type TurnedAround, turnAround } from "./turn-around.ts";
import { findConnection, type SpecSet } from "./spec-set.ts";

const DEFAULT_PATHS = ["migrations"];

/** What was read from a repository's spec files. */
export interface LoadedSpecs {
  /** By name. Only those from files without problems, whose connections and Defaults have none either. */
  readonly migrations: readonly Migration[];
  /** Those from files without problems, also where no migration names them. */
  readonly connections: readonly Connection[];
  /** All problems, in the order of the text. Callers must not act on a spec while there are any. */
  readonly problems: readonly SpecProblem[];
  /** The files that were found, relative to the working directory, sorted. */
  readonly files: readonly string[];
}

/**
 * Reads, checks and fills in the specs in files and directories (default: `migrations/`). Whatever the files hold
 * comes back as a problem with its place; nothing is thrown for it.
 *
 * @param options - `overrides`: texts that hold in the place of files, and files that do not count.
 */
export async function loadSpecs(
  paths: readonly string[],
  options: { readonly cwd: string; readonly overrides?: SpecOverrides },
): Promise<LoadedSpecs> {
  const { cwd, overrides = new Map() } = options;
  const wanted = paths.length === 0 ? DEFAULT_PATHS : paths;
  const found = overrideFiles(await findSpecFiles(wanted, cwd), wanted, { cwd, overrides });
  const read = [];
  for (const file of found.files) {
    const text = overrides.get(file.absoluteFile);
    read.push(
      typeof text === "string" ? decodeSpecFile(file, Buffer.from(text)) : await readSpecFile(file),
    );
  }
  const sources = read.flatMap(({ source }) => source ?? []);
  const checked = checkDocuments(sources, sources.length < read.length);
  const problems = [
    ...found.problems,
    ...read.flatMap((result) => result.problems),
    ...checked.problems,
  ];
  const normalized = normalizeSpecs({ specs: checked.specs, problems });
  return {
    migrations: normalized.migrations,
    connections: normalized.connections,
    problems: [...problems, ...normalized.problems].toSorted(compareProblems),
    files: found.files.map(({ file }) => file),
  };
}

function normalizeSpecs({
  specs,
  problems,
}: CheckedSpecs): TurnedAround & Pick<LoadedSpecs, "connections"> {
  const brokenFiles = new Set(problems.map(({ file }) => file));
  const isSound = (document: SpecDocument): boolean => !brokenFiles.has(document.file);
  const connections = specs.connections.filter(isSound).map(normalizeConnection);
  if (!specs.defaults.every((document) => isSound(document))) {
    return { migrations: [], connections, problems: [] };
  }
  const defaults = (specs.defaults[0]?.value as DefaultsDocument | undefined)?.spec ?? {};
  const sound = specs.migrations.filter((document) => isSound(document));
  const migrations = sound.flatMap(
    (document) => normalizeOne(document, specs, isSound, defaults) ?? [],
  );
  const turned = turnAround(migrations, specs);
  const byName = turned.migrations.toSorted((a, b) => compareText(a.name, b.name));
  return { ...turned, migrations: byName, connections };
}

function normalizeOne(
  document: SpecDocument,
  specs: SpecSet,
  isSound: (document: SpecDocument) => boolean,
  defaults: DefaultsSpec,
): Migration | null {
  const source = normalizeEnd(document, "source", specs, isSound);
  const destination = normalizeEnd(document, "destination", specs, isSound);
  if (source === null || destination === null) return null;
  return normalizeMigration(document, { source, destination }, defaults);
}

function normalizeEnd(
  document: SpecDocument,
  end: "source" | "destination",
  specs: SpecSet,
  isSound: (document: SpecDocument) => boolean,
): Connection | null {
  const connection = findConnection(specs, textAt(document, ["spec", end, "connection"]));
  return connection !== null && isSound(connection) ? normalizeConnection(connection) : null;
}
