/** Where the connections lie in the demo's repository, and the migration. */
export const CONNECTIONS_FILE = "migrations/connections.yaml";
export const SPEC_FILE = "migrations/world-to-gazetteer.yaml";
export const MIGRATION = "world-to-gazetteer";

/** Environment variables that the spec names. */
export const OLD_URI = "OLD_CLUSTER_URI";
export const NEW_URI = "NEW_CLUSTER_URI";

/** Names at the source and at the destination. */
export const SOURCE_DATABASE = "world";
export const TARGET_DATABASE = "gazetteer";
export const RENAMED: ReadonlyMap<string, string> = new Map([["borders", "neighbours"]]);

export const CONNECTIONS = `apiVersion: mongoferry.dev/v1
kind: Connection
metadata: { name: old-cluster }
spec:
  provider: mongodb
  uri: { env: ${OLD_URI} }
---
apiVersion: mongoferry.dev/v1
kind: Connection
metadata: { name: new-cluster }
spec:
  provider: mongodb
  uri: { env: ${NEW_URI} }
`;

export interface DemoSettings {
  readonly desiredState: "running" | "cutover";
  /** What stands in braces behind `limits:`. */
  readonly limits: string;
}

export function demoSpec({ desiredState, limits }: DemoSettings): string {
  return `apiVersion: mongoferry.dev/v1
kind: Migration
metadata: { name: ${MIGRATION} }
spec:
  desiredState: ${desiredState}
  mode: full-and-incremental
  source: { connection: old-cluster }
  destination: { connection: new-cluster }
  objects:
    - database: ${SOURCE_DATABASE}
      as: ${TARGET_DATABASE} # the database gets a new name
      collections:
        - "*"
        - { name: borders, as: neighbours } # and so does one collection
      exclude: ["tmp_*"]
  limits: { ${limits} }
  cutover: { quietSeconds: 2 } # two minutes, unless it is a demonstration
`;
}
