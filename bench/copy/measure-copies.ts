/**
 * Copies the same collections by each method, over and over, and measures each copy. Within a round each method runs
 * once, and each round begins with another one, so that what else happens on the machine hits all alike.
 */
import { chooseSettings } from "./choose-settings.ts";
import { type BenchEnds, withBenchEnds } from "./ends.ts";
import { describeMachine } from "./machine.ts";
import { dumpRestoreAbsence } from "./methods/dump-restore.ts";
import type {
  CopyResults,
  MeasuredShape,
  Measured,
  Measurement,
  MethodName,
  Settings,
} from "./results.ts";
import { runMethod } from "./run-method.ts";
import type { Shape } from "./shapes.ts";

export interface CopyBench {
  readonly shapes: readonly Shape[];
  readonly methods: readonly MethodName[];
  readonly rounds: number;
  /** Factor on the numbers of documents. */
  readonly scale: number;
  readonly signal: AbortSignal;
  readonly report: (line: string) => void;
}

export async function measureCopies(bench: CopyBench): Promise<CopyResults> {
  const absence = dumpRestoreAbsence(process.env.PATH ?? "");
  const isAbsent = (method: MethodName): boolean => method === "dump-restore" && absence !== null;
  const methods = bench.methods.filter((method) => !isAbsent(method));
  return withBenchEnds(async (ends) => {
    const shapes: MeasuredShape[] = [];
    const measurements: Measurement[] = [];
    for (const shape of bench.shapes) {
      bench.signal.throwIfAborted();
      bench.report(`${shape.name}: loading`);
      const documentCount = Math.max(1, Math.round(shape.documentCount * bench.scale));
      const loaded = await ends.load(shape, documentCount, bench.signal);
      shapes.push(loaded);
      measurements.push(...(await measureShape(loaded, { ...bench, methods }, ends)));
    }
    return {
      benchmark: "copy",
      date: new Date().toISOString(),
      machine: describeMachine(),
      mongod: ends.version,
      scale: bench.scale,
      rounds: bench.rounds,
      shapes,
      absent: bench.methods.filter(isAbsent).map((method) => ({ method, reason: absence ?? "" })),
      measurements,
    };
  });
}

async function measureShape(
  shape: MeasuredShape,
  bench: CopyBench,
  ends: BenchEnds,
): Promise<Measurement[]> {
  const settingsOf = new Map<MethodName, Settings>();
  for (const method of bench.methods) {
    const settings = await chooseSettings(
      method,
      async (candidate) =>
        (await copyOnce(method, candidate, { shape, label: "warm-up", bench, ends })).seconds,
    );
    settingsOf.set(method, settings);
  }
  const measurements: Measurement[] = [];
  for (let round = 1; round <= bench.rounds; round++) {
    for (const method of rotate(bench.methods, round)) {
      const settings = settingsOf.get(method) ?? {};
      const label = `round ${round}`;
      const measured = await copyOnce(method, settings, { shape, label, bench, ends });
      measurements.push({ shape: shape.name, method, round, settings, ...measured });
    }
  }
  return measurements;
}

interface Surroundings {
  readonly shape: MeasuredShape;
  readonly label: string;
  readonly bench: CopyBench;
  readonly ends: BenchEnds;
}

async function copyOnce(
  method: MethodName,
  settings: Settings,
  { shape, label, bench, ends }: Surroundings,
): Promise<Measured> {
  bench.signal.throwIfAborted();
  await ends.reset();
  const { sourceUri, destinationUri } = ends;
  const job = { sourceUri, destinationUri, collection: shape.name, settings };
  const measured = await runMethod(method, job, bench.signal);
  await ends.check(shape);
  const rate = Math.round(shape.documentCount / measured.seconds).toLocaleString("en-US");
  const details = Object.entries(settings).map(([name, value]) => ` ${name}=${value}`);
  bench.report(`${shape.name}: ${label}: ${method}${details.join("")}: ${rate} documents/s`);
  return measured;
}

function rotate<T>(items: readonly T[], count: number): readonly T[] {
  const start = items.length === 0 ? 0 : count % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
