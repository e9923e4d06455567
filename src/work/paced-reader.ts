import type { ArrayRequest, ComparedDeployment, DocumentArray, LoadGate } from "../ports.ts";

/** Has a reader keep to the limits of load, where what is read is not written afterwards. */
export function paced<T extends ComparedDeployment>(reader: T, load: LoadGate): T {
  const readArrays = async function* (
    request: ArrayRequest,
    signal: AbortSignal,
  ): AsyncGenerator<DocumentArray> {
    const replyBytes = Math.min(request.replyBytes, load.portion?.bytes ?? Infinity);
    for await (const array of reader.readArrays({ ...request, replyBytes }, signal)) {
      await load.untilMayCopy(signal);
      await load.take(array.offsets.length, array.bytes.length, signal);
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
