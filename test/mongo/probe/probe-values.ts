import type { Target } from "../../../src/mongo/probe/connectivity-failure.ts";
import type { Hello } from "../../../src/mongo/probe/hello-message.ts";
import type { HostReport } from "../../../src/mongo/probe/probe-host.ts";
import { portClosed } from "../../../src/mongo/probe/connectivity-failure.ts";

export const target: Target = {
  host: "db:27017",
  provider: "mongodb",
  hasTls: true,
  hasCaFile: false,
  authDatabase: "admin",
  user: "the user in DB_URI",
  connectMs: 10_000,
};

/** A secondary of rs0, unless told otherwise. */
export function answering(host: string, hello: Partial<Hello> = {}): HostReport {
  return {
    host,
    failure: null,
    tlsProtocol: null,
    hello: {
      setName: "rs0",
      isPrimary: false,
      isMongos: false,
      isUninitiated: false,
      members: ["a:1", "b:1", "c:1"],
      maxWireVersion: 17,
      ...hello,
    },
  };
}

export function failing(host: string, failure = portClosed({ ...target, host })): HostReport {
  return { host, failure, hello: null };
}
