import type { SpecProblem } from "../../model/problem.ts";
import { exactName } from "../../model/glob.ts";
import { quoteText } from "../printable-text.ts";
import { readSelections, type SelectionDraft } from "../selection-draft.ts";
import { problemAtValue, textAt } from "../spec-document.ts";
import type { SpecSet } from "../spec-set.ts";
import { DEFAULT_VALUES } from "../default-values.ts";

const METADATA_PATH = ["spec", "metadataDatabase"];

/**
 * `config` may be selected by its exact name (the precheck warns); patterns select none of the three. Another letter case makes
 * no other name: servers refuse a database that differs in nothing else.
 */
const NEVER_SELECTED: ReadonlySet<string> = new Set(["admin", "local"]);
const SYSTEM_DATABASES: ReadonlySet<string> = new Set(["admin", "local", "config"]);

/** R6: `admin` and `local` belong to a deployment and are neither read from nor written to. */
export function findSystemDatabases(specs: SpecSet): SpecProblem[] {
  const metadata = [...specs.migrations, ...specs.defaults].flatMap((document) => {
    const name = textAt(document, METADATA_PATH);
    if (name === null || !SYSTEM_DATABASES.has(name.toLowerCase())) return [];
    return problemAtValue(
      document,
      METADATA_PATH,
      describe(name, "cannot hold mongoferry's own data"),
    );
  });
  const selections = specs.migrations.flatMap((document) => readSelections(document));
  return [...metadata, ...selections.flatMap((selection) => checkSelection(selection))];
}

function checkSelection({ document, path, database, as }: SelectionDraft): SpecProblem[] {
  const source = exactName(database);
  const isSourceWrong = source !== null && NEVER_SELECTED.has(source.toLowerCase());
  const isTargetWrong = as !== null && SYSTEM_DATABASES.has(as.toLowerCase()) && as !== source;
  return [
    ...(isSourceWrong
      ? [problemAtValue(document, [...path, "database"], describe(source, "can never be migrated"))]
      : []),
    ...(isTargetWrong
      ? [problemAtValue(document, [...path, "as"], describe(as, "can never be written to"))]
      : []),
  ];
}

/** User data in the metadata database would mix with checkpoints. Patterns are left to the precheck. */
export function findMetadataTargets(specs: SpecSet): SpecProblem[] {
  const repoWide = specs.defaults.map((document) => textAt(document, METADATA_PATH))[0];
  return specs.migrations.flatMap((document) => {
    const metadata = textAt(document, METADATA_PATH) ?? repoWide ?? DEFAULT_VALUES.metadataDatabase;
    return readSelections(document).flatMap(({ path, database, as }) => {
      const target = as ?? exactName(database);
      if (target?.toLowerCase() !== metadata.toLowerCase()) return [];
      return problemAtValue(document, [...path, as === null ? "database" : "as"], {
        code: "metadata-database",
        message: `${quoteText(metadata)} is also the database for mongoferry's own data.`,
        remedy: "Set another metadataDatabase, or give this database a new name.",
      });
    });
  });
}

function describe(name: string, what: string): { code: string; message: string; remedy: string } {
  return {
    code: "system-database",
    message: `The database ${quoteText(name)} ${what}.`,
    remedy: "Choose another database.",
  };
}
