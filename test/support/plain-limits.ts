import type { Limits } from "../../src/model/limits.ts";

/** What holds where a spec says nothing, but for backing off, which tests do not wait for. */
export const PLAIN_LIMITS: Limits = {
  workers: 4,
  bufferBytes: 96 * 1024 * 1024,
  documentsPerSecond: null,
  bytesPerSecond: null,
  isAdaptive: false,
  readFrom: "primary",
  windows: [],
};
