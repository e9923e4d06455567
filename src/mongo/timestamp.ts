import { Timestamp } from "mongodb";
import type { ClusterTime } from "../model/run.ts";

export function toTimestamp(time: ClusterTime): Timestamp {
  return new Timestamp({ t: time.seconds, i: time.increment });
}

export function fromTimestamp(timestamp: Timestamp): ClusterTime;
export function fromTimestamp(timestamp: Timestamp | null): ClusterTime | null;
export function fromTimestamp(timestamp: Timestamp | null): ClusterTime | null {
  return timestamp === null ? null : { seconds: timestamp.t, increment: timestamp.i };
}
