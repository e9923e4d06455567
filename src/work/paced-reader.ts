import type {
  ArrayRequest,
  ComparedDeployment,
  DocumentArray,
  LoadGate,
  Portion,
} from "../ports.ts";

/** Time in which a range is compared where rates are limited: what an interruption costs. Portions are of a quarter of a second. */
const RANGE_PORTIONS = 8;

/** What each of the workers should compare at a time; null: nothing is limited. They share what may be read. */
export function mostPerRange({ portion, workers }: LoadGate): Portion | null {
  if (portion === null) return null;
  const share = RANGE_PORTIONS / workers;
  return {
    documentCount: Math.max(1, portion.documentCount * share),
    bytes: Math.max(1, portion.bytes * share),
  };
}

/** Has a reader keep to the limits of load, where what is read is not written afterwards. What is written goes before it. */
export function paced<T extends ComparedDeployment>(reader: T, load: LoadGate): T {
  const most = (): Portion | null => load.portion;
  const readArrays = async function* (
    request: ArrayRequest,
    signal: AbortSignal,
  ): AsyncGenerator<DocumentArray> {
    await load.untilMayCompare(signal);
    for await (const array of reader.readArrays({ ...request, most }, signal)) {
      // In natural order, a cursor that was lost over the waiting could not be gone on with.
      if (request.order === "key") await load.untilMayCompare(signal);
      await load.takePatiently(array.offsets.length, array.bytes.length, signal);
      yield array;
    }
  };
  return new Proxy(reader, {
    get: (target, name): unknown => {
      if (name === "readArrays") return readArrays;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
