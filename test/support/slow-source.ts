import { setTimeout as delay } from "node:timers/promises";
import type { SourceDeployment } from "../../src/ports.ts";

const BATCH_BYTES = 256 * 1024;
const DELAY_MS = 10;

/** The same source, far away: what it reads comes in small batches, one at a time. A copy then needs several readers. */
export function slowSource(source: SourceDeployment): SourceDeployment {
  const readBatches: SourceDeployment["readBatches"] = async function* (request, signal) {
    const small = { ...request, batchBytes: Math.min(request.batchBytes, BATCH_BYTES) };
    for await (const batch of source.readBatches(small, signal)) {
      await delay(DELAY_MS);
      yield batch;
    }
  };
  return new Proxy(source, {
    get(target, name) {
      if (name === "readBatches") return readBatches;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
