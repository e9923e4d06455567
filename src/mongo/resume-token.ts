/** Resume tokens of change streams: opaque but for the cluster time they begin with. */
import { BSON } from "mongodb";
import { OperationError } from "../base/errors.ts";
import type { FeedPosition } from "../model/change.ts";

/**
 * `_data` is a KeyString as hex: the type byte of a timestamp, then seconds and increment, each in 4 bytes, big-endian.
 * Source: `src/mongo/db/pipeline/resume_token.h` of the server.
 */
const TOKEN = /^82(?<seconds>[0-9A-F]{8})(?<increment>[0-9A-F]{8})/iu;

/** @param resumeToken - Raw BSON that this position is to keep. */
export function positionOf(resumeToken: Uint8Array): FeedPosition {
  const data: unknown = BSON.deserialize(resumeToken)._data;
  const groups = typeof data === "string" ? TOKEN.exec(data)?.groups : undefined;
  if (groups === undefined) {
    throw new OperationError({
      operation: "read changes",
      object: "the resume token",
      isRetryable: false,
      hint: "This version of the source has tokens of another form; report this with its version",
    });
  }
  return {
    resumeToken,
    clusterTime: {
      seconds: Number.parseInt(groups.seconds ?? "", 16),
      increment: Number.parseInt(groups.increment ?? "", 16),
    },
  };
}
