import { compareText } from "./namespace.ts";

/** One thing wrong with a spec file. */
export interface SpecProblem {
  /** Relative to the working directory, with forward slashes. */
  readonly file: string;
  /** 1-based; 1:1 for problems of the whole file. */
  readonly line: number;
  readonly column: number;
  /** Stable word, such as `unknown-key`. */
  readonly code: string;
  /** Path inside the document, such as `spec.objects[0].as`; empty for the whole document. */
  readonly path: string;
  readonly message: string;
  /** What to do, with the nearest allowed value where there is one. */
  readonly remedy: string;
}

export function compareProblems(a: SpecProblem, b: SpecProblem): number {
  return (
    compareText(a.file, b.file) ||
    a.line - b.line ||
    a.column - b.column ||
    compareText(a.code, b.code) ||
    compareText(a.path, b.path)
  );
}
