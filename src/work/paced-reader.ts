import type { DocumentBatch, DocumentReader, LoadGate, ReadRequest } from "../ports.ts";

/** Has a reader keep to the limits of load, where what is read is not written afterwards. */
export function paced<T extends DocumentReader>(reader: T, load: LoadGate): T {
  const most = (): LoadGate["portion"] => load.portion;
  const readBatches = async function* (
    request: ReadRequest,
    signal: AbortSignal,
  ): AsyncGenerator<DocumentBatch> {
    for await (const batch of reader.readBatches({ ...request, most }, signal)) {
      await load.untilMayCopy(signal);
      await load.take(batch.documentCount, batch.bytes.length, signal);
      yield batch;
    }
  };
  return new Proxy(reader, {
    get: (target, name): unknown => {
      if (name === "readBatches") return readBatches;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
