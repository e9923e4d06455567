import type { SpecProblem } from "../../model/problem.ts";
import { didYouMean } from "../nearest.ts";
import { quoteText } from "../printable-text.ts";
import { problemAtValue, textAt, type SpecDocument } from "../spec-document.ts";
import { deploymentKey, findConnection, nameOf, type SpecSet } from "../spec-set.ts";

const SOURCE_PATH = ["spec", "source", "connection"];
const DESTINATION_PATH = ["spec", "destination", "connection"];

/** Each end of a migration must be a Connection. Not judged while some document is unreadable: it may be that one. */
export function findUnknownConnections(specs: SpecSet): SpecProblem[] {
  if (specs.isIncomplete) return [];
  const known = specs.connections.flatMap((document) => nameOf(document) ?? []);
  return specs.migrations.flatMap((document) =>
    [SOURCE_PATH, DESTINATION_PATH].flatMap((path) => {
      const name = textAt(document, path);
      if (name === null || findConnection(specs, name) !== null) return [];
      return problemAtValue(document, path, {
        code: "unknown-connection",
        message: `There is no Connection named ${quoteText(name)} in the files that were read.`,
        remedy: `${didYouMean(name, known)}${listKnown(known)}`,
      });
    }),
  );
}

/** A deployment cannot be moved onto itself. Connections that only turn out to be one are found by the precheck. */
export function findSameEnds(specs: SpecSet): SpecProblem[] {
  return specs.migrations.flatMap((document) => {
    const [source, destination] = readEnds(document);
    if (source === null || destination === null) return [];
    if (deploymentKey(specs, source) !== deploymentKey(specs, destination)) return [];
    return problemAtValue(document, DESTINATION_PATH, {
      code: "same-source-and-destination",
      message:
        source === destination
          ? `Source and destination are the same connection, ${quoteText(source)}.`
          : `Source and destination have the same address: ${quoteText(source)} and ${quoteText(destination)}.`,
      remedy: "Give two different deployments.",
    });
  });
}

function readEnds(document: SpecDocument): [string | null, string | null] {
  return [textAt(document, SOURCE_PATH), textAt(document, DESTINATION_PATH)];
}

function listKnown(known: readonly string[]): string {
  if (known.length === 0) return "Add a Connection, or give the directory that holds it.";
  const shown = known.slice(0, 10).map((name) => quoteText(name));
  return `Known: ${shown.join(", ")}${known.length > shown.length ? ", …" : ""}.`;
}
