import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Connection } from "../model/migration.ts";

/**
 * What the files that connections name hold, as SHA-256 by path: who is trusted is in them, wherever they lie. Those that cannot be
 * read are left out.
 */
export async function digestFiles(
  connections: readonly Pick<Connection, "tls">[],
): Promise<ReadonlyMap<string, string>> {
  const paths = new Set(
    connections.flatMap(({ tls }) => [tls.caFile, tls.certificateKeyFile].filter(isPath)),
  );
  const digests = await Promise.all([...paths].map(async (path) => digestOf(path)));
  return new Map(digests.filter((entry) => entry !== null));
}

async function digestOf(path: string): Promise<readonly [string, string] | null> {
  try {
    return [
      path,
      createHash("sha256")
        .update(await readFile(path))
        .digest("hex"),
    ];
  } catch {
    return null;
  }
}

function isPath(path: string | null): path is string {
  return path !== null;
}
