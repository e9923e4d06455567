/**
 * Reads both sides with nothing but the public driver and compares them byte by byte. It shares no code with the
 * product's own verification, so that neither can hide the other's mistakes.
 */
import { BSON, type Collection, type CollectionInfo, type Db, type Document } from "mongodb";

export interface ComparedObject {
  readonly source: string;
  readonly target: string;
  readonly kind: "collection" | "view";
  readonly documentCount: number;
  readonly dataBytes: number;
  readonly indexCount: number;
  /** Empty: both sides are equal. */
  readonly differences: readonly string[];
}

export interface Sides {
  readonly source: Db;
  readonly target: Db;
  /** Name at the destination by name at the source; others keep theirs. */
  readonly renamed: ReadonlyMap<string, string>;
  readonly isExcluded: (name: string) => boolean;
}

/** Compares every object that should have been moved, and finds those that should not. */
export async function compareSides(
  { source, target, renamed, isExcluded }: Sides,
  stop: AbortSignal,
): Promise<readonly ComparedObject[]> {
  const [expected, present] = await Promise.all([listObjects(source), listObjects(target)]);
  const results: ComparedObject[] = [];
  for (const [name, definition] of [...expected].toSorted(byName)) {
    if (isExcluded(name)) continue;
    stop.throwIfAborted();
    const targetName = renamed.get(name) ?? name;
    const copy = present.get(targetName);
    present.delete(targetName);
    const names = { source: name, target: targetName, kind: definition.kind };
    if (copy === undefined) {
      results.push({ ...names, ...NOTHING, differences: ["missing"] });
      continue;
    }
    const isDefinedEqually = copy.definition === definition.definition;
    const isView = definition.kind === "view";
    const a = source.collection(name);
    const b = target.collection(targetName);
    const contents = await compareDocuments(a, b, isView ? null : { _id: 1 }, stop);
    const indexes = isView ? NO_INDEXES : await compareIndexes(a, b);
    results.push({
      ...names,
      documentCount: contents.documentCount,
      dataBytes: contents.dataBytes,
      indexCount: indexes.indexCount,
      differences: [
        ...(isDefinedEqually ? [] : ["options differ"]),
        ...contents.differences,
        ...indexes.differences,
      ],
    });
  }
  const unexpected = [...present].map(([name, { kind }]) => {
    return { source: "", target: name, kind, ...NOTHING, differences: ["should not be there"] };
  });
  return [...results, ...unexpected];
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

interface ListedObject {
  readonly kind: "collection" | "view";
  /** Type and options as canonical text. */
  readonly definition: string;
}

async function listObjects(db: Db): Promise<Map<string, ListedObject>> {
  const objects = new Map<string, ListedObject>();
  for await (const { name, type, options } of db.listCollections<CollectionInfo>()) {
    if (name.startsWith("system.")) continue;
    const definition = BSON.EJSON.stringify({ type, options }, { relaxed: false });
    objects.set(name, { kind: type === "view" ? "view" : "collection", definition });
  }
  return objects;
}

/** Document by document in the order given; a view's pipeline brings an order of its own. */
async function compareDocuments(
  source: Collection,
  target: Collection,
  sort: { readonly _id: 1 } | null,
  stop: AbortSignal,
): Promise<Pick<ComparedObject, "documentCount" | "dataBytes" | "differences">> {
  await using a = source.find<Document>({}, { raw: true, ...(sort === null ? {} : { sort }) });
  await using b = target.find<Document>({}, { raw: true, ...(sort === null ? {} : { sort }) });
  let documentCount = 0;
  let dataBytes = 0;
  for (;;) {
    stop.throwIfAborted();
    const [left, right] = (await Promise.all([a.next(), b.next()])) as (Uint8Array | null)[];
    if (left == null && right == null) return { documentCount, dataBytes, differences: [] };
    if (left == null || right == null || Buffer.compare(left, right) !== 0) {
      const differences = [`documents differ from number ${documentCount + 1} on`];
      return { documentCount, dataBytes, differences };
    }
    documentCount++;
    dataBytes += left.length;
  }
}

const NOTHING = { documentCount: 0, dataBytes: 0, indexCount: 0 };
const NO_INDEXES = { indexCount: 0, differences: [] };

async function compareIndexes(
  source: Collection,
  target: Collection,
): Promise<Pick<ComparedObject, "indexCount" | "differences">> {
  const [expected, present] = await Promise.all([readIndexes(source), readIndexes(target)]);
  const isEqual =
    expected.length === present.length && expected.every((raw, i) => raw === present[i]);
  return { indexCount: expected.length, differences: isEqual ? [] : ["indexes differ"] };
}

/** Raw descriptions; the order in which indexes were built doesn't count. */
async function readIndexes(collection: Collection): Promise<readonly string[]> {
  const raws = (await collection.listIndexes({ raw: true }).toArray()) as unknown as Uint8Array[];
  return raws.map((raw) => Buffer.from(raw).toString("hex")).toSorted();
}
