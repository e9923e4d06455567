import { isUtf8 } from "node:buffer";
import { readFile, stat } from "node:fs/promises";
import type { SpecProblem } from "../model/problem.ts";
import type { SpecFile } from "./find-spec-files.ts";
import type { SpecSource } from "./spec-document.ts";

const BYTES_MAX = 1024 * 1024;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** A file's text, or null with the reason among the problems. A byte order mark is a problem and is taken off. */
export interface ReadResult {
  readonly source: SpecSource | null;
  readonly problems: readonly SpecProblem[];
}

/** Reads one file; one that is too large is refused from its size, unread. */
export async function readSpecFile(found: SpecFile): Promise<ReadResult> {
  try {
    const { size } = await stat(found.absoluteFile);
    if (size > BYTES_MAX) return { source: null, problems: [describeTooLarge(found.file, size)] };
    return decodeSpecFile(found, await readFile(found.absoluteFile));
  } catch (error) {
    return { source: null, problems: [describeUnreadable(found.file, error)] };
  }
}

/** Turns a file's bytes into text. */
export function decodeSpecFile(found: SpecFile, bytes: Buffer): ReadResult {
  const { file, absoluteFile } = found;
  if (!isUtf8(bytes)) return { source: null, problems: [describeNotUtf8(file, bytes)] };
  const hasMark = bytes.subarray(0, 3).equals(BYTE_ORDER_MARK);
  const text = bytes.subarray(hasMark ? 3 : 0).toString("utf8");
  return { source: { file, absoluteFile, text }, problems: hasMark ? [describeMark(file)] : [] };
}

function describeTooLarge(file: string, size: number): SpecProblem {
  return wholeFile(file, {
    code: "file-too-large",
    message: `The file has ${(size / BYTES_MAX).toFixed(1)} MiB; a spec file may have 1 MiB.`,
    remedy: "Split it into several files, or keep other data out of this directory.",
  });
}

function describeUnreadable(file: string, error: unknown): SpecProblem {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  return wholeFile(file, {
    code: code === "ENOENT" ? "file-not-found" : "file-unreadable",
    message: `The file cannot be read (${code}).`,
    remedy: "Check that it exists and that this user may read it.",
  });
}

function describeMark(file: string): SpecProblem {
  return wholeFile(file, {
    code: "byte-order-mark",
    message: "The file begins with a byte order mark.",
    remedy: `Save it as "UTF-8", not "UTF-8 with BOM".`,
  });
}

function describeNotUtf8(file: string, bytes: Buffer): SpecProblem {
  const isUtf16 = [0xfffe, 0xfeff].includes(bytes.length < 2 ? 0 : bytes.readUInt16BE(0));
  return {
    file,
    ...findInvalidByte(bytes),
    code: "not-utf8",
    path: "",
    message: isUtf16 ? "The file is UTF-16." : "The file holds a byte that is not UTF-8.",
    remedy: "Save it as UTF-8.",
  };
}

/** A line break never occurs inside a longer UTF-8 character, so the first bad line can be looked for by itself. */
function findInvalidByte(bytes: Buffer): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (;;) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    const lineBytes = bytes.subarray(start, end);
    if (!isUtf8(lineBytes))
      return { line, column: lineBytes.toString("utf8").indexOf("\ufffd") + 1 };
    if (newline < 0) return { line: 1, column: 1 };
    start = newline + 1;
    line++;
  }
}

function wholeFile(
  file: string,
  text: Pick<SpecProblem, "code" | "message" | "remedy">,
): SpecProblem {
  return { file, line: 1, column: 1, path: "", ...text };
}
