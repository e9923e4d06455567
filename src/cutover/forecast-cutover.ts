/** What a cutover would do, from one look at both ends: pure, and nothing is written. */
import { formatCounted } from "../base/format-quantity.ts";
import type { CutoverForecast, ForecastStep } from "../model/cutover-forecast.ts";
import { estimateCopy } from "../model/estimate-copy.ts";
import type { CollectionFacts } from "../model/facts.ts";
import type { Migration } from "../model/migration.ts";
import { formatNamespace } from "../model/namespace.ts";
import { desiredDefinition, isKept, type SelectedObject } from "../model/select-objects.ts";
import { beforeExpiry } from "../model/while-following.ts";
import { decideFinalization, type Finalization } from "./decide-finalization.ts";

/** Both sides are read; well below what `npm run bench -- verify` reaches on one machine. */
const COMPARED_BYTES_PER_SECOND = 60 * 1024 * 1024;
/** An index that is made unique where it stands is read once; a change of options takes next to nothing. */
const MS_PER_CHANGE = 100;

export interface ForecastInput {
  readonly migration: Migration;
  readonly objections: readonly string[];
  /** As they are to be in the end. */
  readonly objects: readonly SelectedObject[];
  readonly canConvert: boolean;
  readonly lagMs: number;
}

export function forecastCutover(input: ForecastInput): CutoverForecast {
  const { migration, objections, canConvert, lagMs } = input;
  const objects = input.objects.filter((object) => !isKept(object));
  const finalizations = objects.flatMap((object) => finalizationsOf(object, canConvert));
  const before = finalizations.filter(({ isExpiry }) => !isExpiry);
  const expiring = finalizations.filter(({ isExpiry }) => isExpiry);
  const { cutover, source } = migration;
  const steps: ForecastStep[] = [
    ...(cutover.blockSourceWrites
      ? [step("block", 0, [`${source.name} refuses the writes of its users`])]
      : []),
    step("quiet", cutover.quietMs, ["begins anew with each change at the source"]),
    step("drain", Math.min(lagMs, cutover.maxLagMs), []),
    step(
      "finalize",
      sumOf(before),
      before.flatMap(({ details }) => details),
    ),
    step("verify", compareMs(objects, migration), [describeComparison(objects, migration)]),
    step(
      "expire",
      sumOf(expiring),
      expiring.flatMap(({ details }) => details),
    ),
  ];
  return {
    migration: migration.name,
    objections,
    steps,
    durationMs: steps.reduce((sum, each) => sum + each.durationMs, 0),
    impossible: before.flatMap(({ impossible }) => impossible),
  };
}

function step(
  name: ForecastStep["step"],
  durationMs: number,
  details: readonly string[],
): ForecastStep {
  return { step: name, durationMs, details };
}

interface ForecastFinalization {
  readonly isExpiry: boolean;
  readonly durationMs: number;
  readonly details: readonly string[];
  readonly impossible: readonly string[];
}

function finalizationsOf(object: SelectedObject, canConvert: boolean): ForecastFinalization[] {
  const { existing, source, options, indexes } = object;
  if (existing === null || source.kind !== "collection") return [];
  const desired = desiredDefinition(object);
  const plain: CollectionFacts = {
    ...desired,
    ...beforeExpiry({ options, indexes, kind: source.kind }),
  };
  const first = decideFinalization(plain, existing, canConvert);
  // What is left then is what expires.
  const last = decideFinalization(desired, { ...existing, ...afterFinalizing(plain) }, canConvert);
  return [
    ...(first === null ? [] : [describe(object, first, false)]),
    ...(last === null ? [] : [describe(object, last, true)]),
  ];
}

function afterFinalizing({ options, indexes }: CollectionFacts) {
  return { options, indexes };
}

function describe(
  { target, source, existing }: SelectedObject,
  { options, alter, rebuild, build, impossible }: Finalization,
  isExpiry: boolean,
): ForecastFinalization {
  const name = formatNamespace(target);
  const built = [...rebuild, ...build];
  const indexCount = Math.max(existing?.indexes.length ?? 1, 1);
  const share = source.indexBytes / indexCount;
  const scanned = alter.filter(({ undo }) => undo !== null).length + built.length;
  const { durationMs } = estimateCopy([
    { documentCount: 0, dataBytes: 0, indexBytes: share * scanned },
  ]);
  return {
    isExpiry,
    durationMs: durationMs + MS_PER_CHANGE * (options.size + alter.length),
    details: [
      ...[...options.keys()].map((option) => `${name}: ${option}`),
      ...alter.map(({ index, changes }) => {
        const names = new Set(changes.flatMap((change) => [...change.keys()]));
        names.delete("prepareUnique");
        return `${name}: index ${index.name} becomes ${[...names].join(", ")}`;
      }),
      ...built.map((index) => `${name}: index ${index.name} is built`),
    ],
    impossible: impossible.map(({ text }) => `${name}: ${text}`),
  };
}

function sumOf(finalizations: readonly ForecastFinalization[]): number {
  return finalizations.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

function compareMs(
  objects: readonly SelectedObject[],
  { verification }: Pick<Migration, "verification">,
): number {
  if (verification.mode !== "full") return 0;
  const bytes = objects.reduce((sum, { source }) => sum + source.dataBytes, 0);
  return Math.round((bytes / COMPARED_BYTES_PER_SECOND) * 1_000);
}

function describeComparison(
  objects: readonly SelectedObject[],
  { verification }: Pick<Migration, "verification">,
): string {
  const what = formatCounted(objects.length, "object");
  if (verification.mode === "off") return "nothing: verification is turned off in the spec";
  return verification.mode === "full"
    ? `every byte of ${what}`
    : `the counts and some documents of ${what}`;
}
