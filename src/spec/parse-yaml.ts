import { Composer, LineCounter, Parser, type CST, type Document } from "yaml";
import type { SpecProblem } from "../model/problem.ts";
import { convertTree } from "./plain-tree.ts";
import type { SpecDocument, SpecSource, TextPosition } from "./spec-document.ts";
import { describeYamlError, type YamlIssue } from "./yaml-problems.ts";

/** Deeper nesting is refused before anything recurses over it; a valid spec has seven levels. */
const DEPTH_MAX = 40;

/** The documents of one file. */
export interface ParseResult {
  readonly documents: readonly SpecDocument[];
  readonly problems: readonly SpecProblem[];
  /** Whether a part of the file could not be understood, so that nothing is known about what stands there. */
  readonly isIncomplete: boolean;
  readonly positionOf: SpecDocument["positionOf"];
}

/** Reads YAML 1.2 (core schema, no merge keys). Empty documents are passed over. Throws on no input. */
export function parseYaml(source: SpecSource): ParseResult {
  const lines = new LineCounter();
  const positionOf = (offset: number): TextPosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const results = composeDocuments(source.text, lines).map((composed) =>
    readDocument(source, composed, positionOf),
  );
  const documents = results.flatMap(({ document }) => (document === null ? [] : [document]));
  // A %YAML line holds for the documents after it too; it is one problem.
  const issues = results
    .flatMap((result) => result.issues)
    .filter(
      (issue, at, all) =>
        issue.code !== YAML_1_1.code || all.findIndex(({ code }) => code === issue.code) === at,
    );
  if (results.every((result) => result.isEmpty)) issues.push(EMPTY_FILE);
  return {
    documents,
    problems: issues.map(({ offset, ...text }) => ({
      file: source.file,
      ...positionOf(offset),
      path: "",
      ...text,
    })),
    isIncomplete: results.some((result) => result.document === null && !result.isEmpty),
    positionOf,
  };
}

interface DocumentResult {
  readonly document: SpecDocument | null;
  readonly isEmpty: boolean;
  readonly issues: readonly YamlIssue[];
}

function readDocument(
  source: SpecSource,
  composed: Document.Parsed | YamlIssue,
  positionOf: SpecDocument["positionOf"],
): DocumentResult {
  if ("message" in composed) return { document: null, isEmpty: false, issues: [composed] };
  let issues = [...composed.errors, ...composed.warnings].map((error) => describeYamlError(error));
  if (composed.directives.yaml.explicit === true && composed.directives.yaml.version !== "1.2") {
    issues.push({ ...YAML_1_1, offset: composed.range[0] });
  }
  if (composed.errors.length > 0) return { document: null, isEmpty: false, issues };
  const tree = convertTree(composed);
  issues = issues.concat(tree.issues);
  // Tags are reported, but what stands behind them is still checked; an expanded bomb is not.
  if (tree.root === null) return { document: null, isEmpty: false, issues };
  const { value, positions } = tree.root;
  const isEmpty = value === null && issues.length === 0;
  const { file, absoluteFile } = source;
  const document = isEmpty ? null : { file, absoluteFile, value, positions, positionOf };
  return { document, isEmpty, issues };
}

function composeDocuments(text: string, lines: LineCounter): (Document.Parsed | YamlIssue)[] {
  try {
    const tokens = Array.from(new Parser(lines.addNewLine).parse(text));
    const deep = tokens.map((token) => findTooDeep(token)).find((offset) => offset !== null);
    if (deep !== undefined && deep !== null) return [{ ...TOO_DEEP, offset: deep }];
    const composer = new Composer({
      merge: false,
      prettyErrors: false,
      resolveKnownTags: false,
      schema: "core",
      stringKeys: true,
      // Checked by plain-tree.ts, which names the first place and takes linear time.
      uniqueKeys: false,
      version: "1.2",
    });
    return Array.from(composer.compose(tokens, false, text.length)) as Document.Parsed[];
  } catch {
    // No such input is known, but a parser's defect must not take the whole report down.
    return [UNREADABLE];
  }
}

/** Offset of the first token below the allowed depth; without recursion, since depth is what is in doubt. */
function findTooDeep(root: CST.Token): number | null {
  const stack: { token: CST.Token; depth: number }[] = [{ token: root, depth: 0 }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { token, depth } = top;
    if (depth > DEPTH_MAX) return token.offset;
    for (const child of childTokens(token)) stack.push({ token: child, depth: depth + 1 });
  }
  return null;
}

function childTokens(token: CST.Token): CST.Token[] {
  if (token.type === "document") return token.value === undefined ? [] : [token.value];
  if (!("items" in token)) return [];
  return token.items.flatMap((item) => [item.key, item.value].filter((child) => child != null));
}

const EMPTY_FILE: YamlIssue = {
  offset: 0,
  code: "empty-file",
  message: "The file holds no document.",
  remedy: "Write a Connection, a Migration or Defaults into it, or delete it.",
};

const TOO_DEEP = {
  code: "too-deep",
  message: `The document is nested more than ${DEPTH_MAX} levels deep.`,
  remedy: "Check brackets and indentation: no spec needs more than seven levels.",
};

const YAML_1_1 = {
  code: "yaml-directive",
  message: "The document asks for another version of YAML than 1.2.",
  remedy: "Remove the %YAML line.",
};

const UNREADABLE: YamlIssue = {
  offset: 0,
  code: "yaml-syntax",
  message: "The file cannot be read as YAML.",
  remedy: "Rewrite it as plain YAML: mappings, lists and text.",
};
