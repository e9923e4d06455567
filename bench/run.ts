/** npm run bench -- copy|collections|stream|verify|start: measures what is promised about speed, on servers that are started for it. */
import { Command, InvalidArgumentError } from "commander";
import { readFile, writeFile } from "node:fs/promises";
import { measureCollections } from "./collections/measure-collections.ts";
import { renderCollections } from "./collections/render-collections.ts";
import { describeMachine } from "./copy/machine.ts";
import { measureCopies } from "./copy/measure-copies.ts";
import { renderMarkdown, renderText } from "./copy/render.ts";
import { type CopyResults, METHODS, type MethodName } from "./copy/results.ts";
import { SHAPES, type Shape } from "./copy/shapes.ts";
import { measureStart } from "./start/measure-start.ts";
import { renderStart } from "./start/render-start.ts";
import { type BacklogShape, SHAPES as BACKLOGS } from "./stream/backlog.ts";
import { measureLag } from "./stream/measure-lag.ts";
import { measureStream } from "./stream/measure-stream.ts";
import { renderLag, renderRounds } from "./stream/render-stream.ts";
import { measureVerify } from "./verify/measure-verify.ts";
import { renderVerify } from "./verify/render-verify.ts";

/** What R16 is measured at. */
const LAG_WRITES_PER_SECOND = 2_000;

interface CopyOptions {
  readonly shapes: readonly Shape[];
  readonly methods: readonly MethodName[];
  readonly rounds: number;
  readonly scale: number;
  readonly json?: string;
  readonly from?: string;
  readonly markdown?: boolean;
}

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // Not `once`: execa's own listener ends the process at once where it finds no other one.
  process.on(signal, () => stopping.abort(`ended by ${signal}`));
}

const shapeNames = SHAPES.map((shape) => shape.name);
const program = new Command("bench").description("Benchmarks on local servers");
program
  .command("copy")
  .description("copies collections by several methods and compares their speed")
  .option("--shapes <names>", `of ${shapeNames.join(", ")}`, parseShapes, SHAPES)
  .option("--methods <names>", `of ${METHODS.join(", ")}`, parseMethods, METHODS)
  .option("--rounds <number>", "copies by each method", parseNumber, 3)
  .option("--scale <factor>", "factor on the numbers of documents", parseNumber, 1)
  .option("--json <file>", "write the figures to this file, too")
  .option("--from <file>", "print figures of this file instead of measuring")
  .option("--markdown", "print markdown")
  .action(copy);

program
  .command("collections")
  .description("plans and migrates many small collections with three indexes each")
  .option("--counts <numbers>", "numbers of collections", parseNumbers, [1_000, 3_000, 10_000])
  .action(collections);

program
  .command("stream")
  .description(
    "applies backlogs of changes, and measures how far behind the destination is in steady state",
  )
  .option(
    "--shapes <names>",
    `of ${BACKLOGS.map(({ name }) => name).join(", ")}`,
    parseBacklogs,
    BACKLOGS,
  )
  .option("--rounds <number>", "backlogs of each shape", parseNumber, 3)
  .option("--yardstick <script>", "apply each by this script, too")
  .option("--lag-seconds <number>", "how long to measure the lag", parseNumber, 20)
  .action(stream);

program
  .command("verify")
  .description("compares two equal collections, and how fast others do that")
  .option("--documents <number>", "documents of 1 KB", parseNumber, 400_000)
  .option("--rounds <number>", "comparisons by each method", parseNumber, 3)
  .option("--yardstick <script>", "compare by this script, too")
  .action(verify);

program
  .command("start")
  .description("starts the built program, Node alone, and Node with the driver")
  .option("--rounds <number>", "starts of each", parseNumber, 11)
  .action(start);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(
    `${stopping.signal.aborted ? String(stopping.signal.reason) : format(error)}\n`,
  );
  process.exitCode = stopping.signal.aborted ? 130 : 1;
}

async function copy({ json, from, markdown, ...bench }: CopyOptions): Promise<void> {
  const results = from === undefined ? await measure(bench) : await load(from);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(markdown === true ? renderMarkdown(results) : renderText(results));
}

async function collections({ counts }: { readonly counts: readonly number[] }): Promise<void> {
  const results = [];
  for (const count of counts) {
    stopping.signal.throwIfAborted();
    results.push(
      await measureCollections(count, stopping.signal, (line) =>
        process.stderr.write(`${count}: ${line}\n`),
      ),
    );
    process.stdout.write(`${renderCollections(results)}\n`);
  }
}

interface StreamOptions {
  readonly shapes: readonly BacklogShape[];
  readonly rounds: number;
  readonly yardstick?: string;
  readonly lagSeconds: number;
}

async function stream({ shapes, rounds, yardstick, lagSeconds }: StreamOptions): Promise<void> {
  const { signal } = stopping;
  const results = [];
  for (const shape of shapes) {
    for (let round = 0; round < rounds; round++) {
      signal.throwIfAborted();
      const bench = { shape, round, yardstick: yardstick ?? null, signal, report: say };
      results.push(await measureStream(bench));
      process.stderr.write(`${renderRounds(results.slice(-1))}\n`);
    }
  }
  process.stdout.write(`${renderRounds(results)}\n`);
  process.stdout.write(renderLag(await measureLag(LAG_WRITES_PER_SECOND, lagSeconds, signal)));
}

async function verify(options: {
  readonly documents: number;
  readonly rounds: number;
  readonly yardstick?: string;
}): Promise<void> {
  const { documents, rounds, yardstick = null } = options;
  const { signal } = stopping;
  const bench = { documentCount: documents, rounds, yardstick, signal, report: say };
  process.stdout.write(renderVerify(await measureVerify(bench)));
}

async function start({ rounds }: { readonly rounds: number }): Promise<void> {
  const results = await measureStart(rounds, stopping.signal, say);
  process.stdout.write(renderStart(results, describeMachine()));
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function parseBacklogs(list: string): readonly BacklogShape[] {
  return list.split(",").map((name) => {
    const shape = BACKLOGS.find((candidate) => candidate.name === name);
    if (shape === undefined) throw new InvalidArgumentError("Known are spread and hot.");
    return shape;
  });
}

function parseNumbers(list: string): readonly number[] {
  return list.split(",").map(parseNumber);
}

function measure(bench: Pick<CopyOptions, "shapes" | "methods" | "rounds" | "scale">) {
  return measureCopies({
    ...bench,
    signal: stopping.signal,
    report: (line) => process.stderr.write(`${line}\n`),
  });
}

async function load(file: string): Promise<CopyResults> {
  return JSON.parse(await readFile(file, "utf8")) as CopyResults;
}

function parseShapes(list: string): readonly Shape[] {
  return list.split(",").map((name) => {
    const shape = SHAPES.find((candidate) => candidate.name === name);
    if (shape === undefined) throw new InvalidArgumentError(`Known are ${shapeNames.join(", ")}.`);
    return shape;
  });
}

function parseMethods(list: string): readonly MethodName[] {
  return list.split(",").map((name) => {
    const method = METHODS.find((candidate) => candidate === name);
    if (method === undefined) throw new InvalidArgumentError(`Known are ${METHODS.join(", ")}.`);
    return method;
  });
}

function parseNumber(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError("It must be a number above zero.");
  return number;
}

function format(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
