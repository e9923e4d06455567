import type { SpecProblem } from "../model/problem.ts";
import { formatSpecPath, valueAt, type SpecPath } from "./spec-path.ts";

/** A file of specs that could be read as text. */
export interface SpecSource {
  /** Relative to the working directory, with forward slashes. */
  readonly file: string;
  readonly absoluteFile: string;
  /** Without a byte order mark. */
  readonly text: string;
}

/** 1-based line and column (in UTF-16 units). */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Where a value and its key stand in the text, as offsets; the same tree as the values. */
export interface PositionNode {
  readonly keyStart: number | null;
  readonly start: number;
  readonly end: number;
  readonly children: Map<string | number, PositionNode>;
}

/** One YAML document with the place of each of its values. */
export interface SpecDocument {
  readonly file: string;
  readonly absoluteFile: string;
  /** Plain values: null-prototype objects, arrays, scalars. Nothing about them is validated. */
  readonly value: unknown;
  readonly positions: PositionNode;
  readonly positionOf: (offset: number) => TextPosition;
}

export interface ProblemText {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** A problem with a value, at the nearest value above it that exists in the text. */
export function problemAtValue(
  document: SpecDocument,
  path: SpecPath,
  text: ProblemText,
): SpecProblem {
  return problemAt(document, path, (node) => node.start, text);
}

/** A problem with a key, or with something missing below it. */
export function problemAtKey(
  document: SpecDocument,
  path: SpecPath,
  text: ProblemText,
): SpecProblem {
  return problemAt(document, path, (node) => node.keyStart ?? node.start, text);
}

/** Where the document begins, as `file:line:column`. */
export function formatPlace(document: SpecDocument, path: SpecPath = []): string {
  const { line, column } = document.positionOf(findPosition(document, path).start);
  return `${document.file}:${line}:${column}`;
}

/** The text at a path; null where there is none or something else. */
export function textAt(document: SpecDocument, path: SpecPath): string | null {
  const value = valueAt(document.value, path);
  return typeof value === "string" ? value : null;
}

/** The list at a path; empty where there is none or something else. */
export function listAt(document: SpecDocument, path: SpecPath): readonly unknown[] {
  const value = valueAt(document.value, path);
  return Array.isArray(value) ? value : [];
}

export function hasValueAt(document: SpecDocument, path: SpecPath): boolean {
  return valueAt(document.value, path) !== undefined;
}

function problemAt(
  document: SpecDocument,
  path: SpecPath,
  offsetOf: (node: PositionNode) => number,
  text: ProblemText,
): SpecProblem {
  const { line, column } = document.positionOf(offsetOf(findPosition(document, path)));
  return { file: document.file, line, column, path: formatSpecPath(path), ...text };
}

function findPosition(document: SpecDocument, path: SpecPath): PositionNode {
  let node = document.positions;
  for (const part of path) node = node.children.get(part) ?? node;
  return node;
}
