import type { SpecProblem } from "../../model/problem.ts";
import { didYouMean } from "../nearest.ts";
import { quoteText } from "../printable-text.ts";
import {
  hasValueAt,
  problemAtKey,
  problemAtValue,
  type SpecDocument,
  textAt,
} from "../spec-document.ts";
import { nameOf, type SpecSet } from "../spec-set.ts";

const OF = ["spec", "reverse", "of"];
const OBJECTS = ["spec", "objects"];
const ENDS = [
  ["source", "destination"],
  ["destination", "source"],
] as const;

/** A migration names its objects, or the one that it turns around. */
export function findReverseProblems(specs: SpecSet): SpecProblem[] {
  return specs.migrations.flatMap((document) =>
    hasValueAt(document, ["spec", "reverse"])
      ? judgeReverse(document, specs)
      : judgeObjects(document),
  );
}

function judgeObjects(document: SpecDocument): SpecProblem[] {
  if (hasValueAt(document, OBJECTS)) return [];
  return [
    problemAtKey(document, ["spec"], {
      code: "objects-missing",
      message: "The migration does not say what is moved: `objects` is missing.",
      remedy: "Add `objects`, with one entry per database.",
    }),
  ];
}

function judgeReverse(document: SpecDocument, specs: SpecSet): SpecProblem[] {
  const problems: SpecProblem[] = [];
  if (hasValueAt(document, OBJECTS)) {
    problems.push(
      problemAtKey(document, OBJECTS, {
        code: "reverse-with-objects",
        message:
          "What goes back is what the other migration has moved; `objects` cannot be given too.",
        remedy: "Take `objects` out.",
      }),
    );
  }
  if (textAt(document, ["spec", "mode"]) === "full") {
    problems.push(
      problemAtValue(document, ["spec", "mode"], {
        code: "reverse-mode",
        message: "The way back follows changes, and mode full does not.",
        remedy: "Set mode: full-and-incremental.",
      }),
    );
  }
  const of = textAt(document, OF);
  if (of === null || specs.isIncomplete) return problems;
  const origin = specs.migrations.find((each) => nameOf(each) === of);
  if (origin === undefined) return [...problems, unknownOrigin(document, of, specs)];
  return [...problems, ...judgeCircle(document, of, specs), ...judgeEnds(document, origin, of)];
}

function unknownOrigin(document: SpecDocument, of: string, specs: SpecSet): SpecProblem {
  const known = specs.migrations.flatMap((each) => nameOf(each) ?? []);
  return problemAtValue(document, OF, {
    code: "unknown-migration",
    message: `There is no Migration named ${quoteText(of)} in the files that were read.`,
    remedy: `${didYouMean(of, known)}Name the migration that was cut over.`,
  });
}

/** Neither may one go back behind itself, nor the other run on: what one brings the other would bring back. */
function judgeCircle(document: SpecDocument, of: string, specs: SpecSet): SpecProblem[] {
  const seen = new Set<string>();
  for (let name: string | null = nameOf(document); name !== null;) {
    if (seen.has(name)) {
      return [
        problemAtValue(document, OF, {
          code: "reverse-circle",
          message: `${quoteText(name)} goes back behind itself.`,
          remedy: "Name the migration that was cut over.",
        }),
      ];
    }
    seen.add(name);
    const current: string = name;
    const next = specs.migrations.find((each) => nameOf(each) === current);
    name = next === undefined ? null : textAt(next, OF);
  }
  const origin = specs.migrations.find((each) => nameOf(each) === of);
  if (origin === undefined || !isWorking(origin)) return [];
  return [
    problemAtValue(document, OF, {
      code: "reverse-loop",
      message: `${quoteText(of)} is to run as well: what one brings, the other would bring back.`,
      remedy: `Leave desiredState: cutover in ${quoteText(of)}, with which it has ended.`,
    }),
  ];
}

function isWorking(document: SpecDocument): boolean {
  const desired = textAt(document, ["spec", "desiredState"]) ?? "running";
  return desired === "running" || desired === "paused";
}

function judgeEnds(document: SpecDocument, origin: SpecDocument, of: string): SpecProblem[] {
  return ENDS.flatMap(([end, other]) => {
    const path = ["spec", end, "connection"];
    const wanted = textAt(origin, ["spec", other, "connection"]);
    const found = textAt(document, path);
    if (wanted === null || found === null || wanted === found) return [];
    return problemAtValue(document, path, {
      code: "reverse-ends",
      message: `The ${end} of the way back is the ${other} of ${quoteText(of)}.`,
      remedy: `Write ${quoteText(wanted)}.`,
    });
  });
}
