/**
 * A scenario is a folder under `test/scenarios/`:
 * - `migration.yaml`: a Migration between the connections `source` and `destination`;
 * - `source.yaml`, and `destination.yaml` where something stands there before;
 * - `writes.yaml`: commands run after the migration, before it is planned again;
 * - `expected.yaml`: what must come of it; left out: everything arrives under its own name.
 *
 * Read strictly: a file or field that nobody would look at fails.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Fields, fieldsOf, listOf, parseOrderedYaml, toBson } from "./ordered-yaml.ts";
import {
  NO_DATA,
  readCommands,
  readScenarioData,
  type ScenarioCommand,
  type ScenarioData,
} from "./scenario-data.ts";

const FILES = new Set([
  "migration.yaml",
  "source.yaml",
  "destination.yaml",
  "writes.yaml",
  "expected.yaml",
]);

export interface Scenario {
  readonly specFile: string;
  readonly source: ScenarioData;
  readonly destination: ScenarioData;
  readonly writes: {
    readonly source: readonly ScenarioCommand[];
    readonly destination: readonly ScenarioCommand[];
  };
  readonly expected: Expectation;
}

export interface Expectation {
  readonly exitCode: number;
  /** Part of the outcome's message; null: any. */
  readonly message: string | null;
  /** Codes of the spec's own problems; nothing else is tried where there are some. */
  readonly problems: readonly string[];
  /** All objections of the precheck to objects and names, with a part of the message. */
  readonly findings: readonly ExpectedFinding[];
  /** Indexes that could not be built, in full. */
  readonly failedIndexes: readonly ExpectedFailure[];
  /** What stands at the destination afterwards, by namespace; null: the source's objects under their own names. */
  readonly objects: ReadonlyMap<string, ExpectedObject> | null;
  /** Actions of the first plan, such as `create-index store.orders a_1`; null: any. */
  readonly plan: readonly string[] | null;
  /** Actions of the plan made afterwards, then what it shows to differ, such as `skip shop.orders a_1`. */
  readonly second: readonly string[];
  /** What `plan --drift` shows afterwards, such as `changed shop.orders`; null: any. */
  readonly drift: readonly string[] | null;
}

export interface ExpectedFailure {
  /** Such as `store.orders total_1`. */
  readonly index: string;
  readonly cause: string;
  /** What is in the way. */
  readonly examples: readonly string[];
}

export interface ExpectedFinding {
  readonly rule: string;
  readonly result: string;
  readonly message: string;
}

export interface ExpectedObject {
  /** Namespace at the source that it equals; null: as it stood at the destination before. */
  readonly from: string | null;
  /** Options that differ from those of the source; null takes one away. */
  readonly options: Fields;
  /** Keys of the documents that arrive; null: all. */
  readonly keys: readonly unknown[] | null;
  readonly withoutIndexes: readonly string[];
}

export async function readScenario(directory: string): Promise<Scenario> {
  const files = await readdir(directory);
  const unknown = files.filter((file) => !FILES.has(file));
  if (unknown.length > 0) throw new Error(`${directory}: unknown file ${unknown.join(", ")}`);
  const read = async (file: string): Promise<unknown> =>
    files.includes(file)
      ? parseOrderedYaml(await readFile(join(directory, file), "utf8"))
      : undefined;
  const data = async (file: string): Promise<ScenarioData> => {
    const value = await read(file);
    return value === undefined ? NO_DATA : readScenarioData(value, file);
  };
  const writes = fieldsOf((await read("writes.yaml")) ?? new Map(), "writes.yaml", [
    "source",
    "destination",
  ]);
  return {
    specFile: join(directory, "migration.yaml"),
    source: await data("source.yaml"),
    destination: await data("destination.yaml"),
    writes: {
      source: readCommands(writes.get("source"), "writes.yaml"),
      destination: readCommands(writes.get("destination"), "writes.yaml"),
    },
    expected: readExpectation((await read("expected.yaml")) ?? new Map()),
  };
}

function readExpectation(value: unknown): Expectation {
  const fields = fieldsOf(value, "expected.yaml", [
    "exitCode",
    "message",
    "problems",
    "findings",
    "failedIndexes",
    "objects",
    "plan",
    "second",
    "drift",
  ]);
  const objects = fields.get("objects");
  const message = fields.get("message");
  const plan = fields.get("plan");
  const drift = fields.get("drift");
  return {
    exitCode: Number(fields.get("exitCode") ?? 0),
    message: message === undefined ? null : String(message),
    problems: textsOf(fields.get("problems"), "problems"),
    findings: listOf(fields.get("findings"), "findings").map(readFinding),
    failedIndexes: listOf(fields.get("failedIndexes"), "failedIndexes").map(readFailure),
    objects: objects === undefined ? null : readObjects(fieldsOf(objects, "objects", null)),
    plan: plan === undefined ? null : textsOf(plan, "plan"),
    second: textsOf(fields.get("second"), "second"),
    drift: drift === undefined ? null : textsOf(drift, "drift"),
  };
}

function readFailure(value: unknown): ExpectedFailure {
  const fields = fieldsOf(value, "failedIndexes", ["index", "cause", "examples"]);
  return {
    index: String(fields.get("index")),
    cause: String(fields.get("cause")),
    examples: textsOf(fields.get("examples"), "examples"),
  };
}

function readFinding(value: unknown): ExpectedFinding {
  const fields = fieldsOf(value, "findings", ["rule", "result", "message"]);
  const text = (name: string): string => String(fields.get(name) ?? "");
  return { rule: text("rule"), result: text("result"), message: text("message") };
}

/** `store.orders: shop.orders`, `store.mine: unchanged`, or a mapping with what differs from the source. */
function readObjects(objects: Fields): ReadonlyMap<string, ExpectedObject> {
  return new Map([...objects].map(([target, value]) => [target, readObject(target, value)]));
}

function readObject(target: string, value: unknown): ExpectedObject {
  const plain = { options: new Map(), keys: null, withoutIndexes: [] };
  if (value === "unchanged") return { from: null, ...plain };
  if (typeof value === "string") return { from: value, ...plain };
  const fields = fieldsOf(value, target, ["from", "options", "keys", "withoutIndexes"]);
  const keys = fields.get("keys");
  return {
    from: String(fields.get("from")),
    options: fieldsOf(toBson(fields.get("options") ?? new Map()), target, null),
    keys: keys === undefined ? null : listOf(toBson(keys), target),
    withoutIndexes: textsOf(fields.get("withoutIndexes"), target),
  };
}

function textsOf(value: unknown, place: string): readonly string[] {
  return listOf(value, place).map(String);
}
