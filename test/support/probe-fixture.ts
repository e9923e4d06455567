/** The connectivity test as the program runs it, from a URI in the environment. */
import { expect } from "vitest";
import { Redactor } from "../../src/base/redact.ts";
import type { DeploymentFacts } from "../../src/model/facts.ts";
import type { Connection } from "../../src/model/migration.ts";
import { probeConnectivity, type ProbeRequest } from "../../src/mongo/probe-connectivity.ts";
import { type ResolvedConnection, resolveConnection } from "../../src/mongo/resolve-connection.ts";

type ConnectionParts = Partial<Omit<Connection, "tls">> & {
  readonly tls?: Partial<Connection["tls"]>;
};

/** A connection called `tested`, with its URI in TESTED_URI, and short timeouts. */
export function uriConnection(parts: ConnectionParts = {}): Connection {
  return {
    name: "tested",
    place: "migrations/test.yaml:1:1",
    provider: "mongodb",
    address: { kind: "uri", uriEnv: "TESTED_URI" },
    timeouts: { connectMs: 2000, serverSelectionMs: 5000 },
    declaredStorageBytes: null,
    ...parts,
    tls: {
      isEnabled: null,
      caFile: null,
      certificateKeyFile: null,
      allowInvalidCertificates: false,
      allowInvalidHostnames: false,
      ...parts.tls,
    },
  };
}

export function resolveUri(
  uri: string,
  parts: ConnectionParts = {},
  env: Readonly<Record<string, string>> = {},
): ResolvedConnection {
  return resolveConnection(uriConnection(parts), { ...env, TESTED_URI: uri }, new Redactor());
}

/** Probes; passwords in tests begin with `planted`, and none may be in what is found (I9). */
export async function probe(
  uri: string,
  options: Partial<ProbeRequest> & ConnectionParts,
): Promise<DeploymentFacts> {
  const {
    role = "source",
    databases = [],
    metadataDatabase = "mongoferry",
    needsDatabaseList = true,
    signal,
    ...parts
  } = options;
  const facts = await probeConnectivity(resolveUri(uri, parts), {
    role,
    databases,
    metadataDatabase,
    needsDatabaseList,
    signal: signal ?? new AbortController().signal,
  });
  expect(JSON.stringify(facts)).not.toContain("planted");
  return facts;
}
