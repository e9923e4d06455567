import { ExitCode } from "../base/errors.ts";
import type { SpecProblem } from "../model/problem.ts";
import { loadSpecs, type LoadedSpecs } from "../spec/load-specs.ts";
import { printableText } from "../spec/printable-text.ts";

export interface ValidateOptions {
  /** Files and directories; none means `migrations/`. */
  readonly paths: readonly string[];
  readonly cwd: string;
  readonly output: "text" | "json";
  /** Receives annotations that GitHub shows on the lines of a pull request; for text output only. */
  readonly annotate: (commands: string) => void;
  /** Receives text with its line breaks. */
  readonly stdout: (text: string) => void;
}

/** `mongoferry validate`: checks the specs without connecting anywhere. */
export async function runValidate(options: ValidateOptions): Promise<ExitCode> {
  const loaded = await loadSpecs(options.paths, { cwd: options.cwd });
  options.stdout(options.output === "json" ? renderJson(loaded) : renderText(loaded));
  if (options.output === "text") options.annotate(renderAnnotations(loaded.problems));
  return loaded.problems.length === 0 ? ExitCode.done : ExitCode.error;
}

/** One block per problem, then a line that sums up. */
export function renderText({ problems, files, migrations }: LoadedSpecs): string {
  const blocks = problems.map(
    (problem) => `${formatHeading(problem)}\n  ${problem.message}\n  ${problem.remedy}\n\n`,
  );
  const read = countOf(files.length, "file");
  const summary =
    problems.length === 0
      ? `Valid: ${countOf(migrations.length, "migration")} in ${read}.`
      : `${countOf(problems.length, "problem")}; ${read} read.`;
  return `${blocks.join("")}${summary}\n`;
}

/** The same for programs. */
export function renderJson({ problems, files, migrations }: LoadedSpecs): string {
  const names = migrations.map(({ name }) => name);
  const report = { valid: problems.length === 0, files, migrations: names, problems };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** GitHub's workflow commands, one line each. */
export function renderAnnotations(problems: readonly SpecProblem[]): string {
  return problems
    .map(({ file, line, column, code, message, remedy }) => {
      const place = `file=${escapeProperty(file)},line=${line},col=${column}`;
      const title = escapeProperty(`mongoferry: ${code}`);
      return `::error ${place},title=${title}::${escapeData(`${message} ${remedy}`)}\n`;
    })
    .join("");
}

function formatHeading({ file, line, column, code, path }: SpecProblem): string {
  // A line that begins with `::` would be a workflow command; a file may have such a name.
  const place = file.trimStart().startsWith("::") ? `./${file}` : file;
  return `${printableText(place)}:${line}:${column} ${code}${path === "" ? "" : ` ${path}`}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
