import type { SpecProblem } from "../../model/problem.ts";
import { quoteText } from "../printable-text.ts";
import { formatPlace, problemAtValue, type SpecDocument } from "../spec-document.ts";
import { nameOf, type SpecSet } from "../spec-set.ts";

const NAME_PATH = ["metadata", "name"];

/** Names are keys: state files, leases and references rely on them. */
export function findDuplicateNames(specs: SpecSet): SpecProblem[] {
  return [
    ...findDuplicates("Connection", specs.connections),
    ...findDuplicates("Migration", specs.migrations),
  ];
}

/** Two Defaults would leave open which one counts. */
export function findDuplicateDefaults(specs: SpecSet): SpecProblem[] {
  const [first, ...others] = specs.defaults;
  if (first === undefined) return [];
  return others.map((document) =>
    problemAtValue(document, [], {
      code: "duplicate-defaults",
      message: `There are Defaults already, at ${formatPlace(first)}.`,
      remedy: "Keep one Defaults document for the whole repository.",
    }),
  );
}

function findDuplicates(kind: string, documents: readonly SpecDocument[]): SpecProblem[] {
  const firsts = new Map<string, SpecDocument>();
  return documents.flatMap((document) => {
    const name = nameOf(document);
    if (name === null) return [];
    const first = firsts.get(name);
    if (first === undefined) {
      firsts.set(name, document);
      return [];
    }
    return problemAtValue(document, NAME_PATH, {
      code: "duplicate-name",
      message: `There is a ${kind} named ${quoteText(name)} already, at ${formatPlace(first, NAME_PATH)}.`,
      remedy: "Rename or remove one of them.",
    });
  });
}
