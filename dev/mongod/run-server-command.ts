import { MongoClient, type Document, type MongoClientOptions } from "mongodb";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** How clients reach a server, beside its host. */
export interface ServerAccess {
  readonly auth: Credentials | null;
  readonly caFile: string | null;
}

/** Runs a command at exactly this server, whatever its role. */
export async function runServerCommand(
  host: string,
  access: ServerAccess,
  command: Document,
): Promise<Document> {
  const options: MongoClientOptions = { directConnection: true, serverSelectionTimeoutMS: 5_000 };
  const client = new MongoClient(connectionString([host], access, {}), options);
  try {
    return await client.db("admin").command(command);
  } finally {
    await client.close();
  }
}

/** A connection string with user and TLS in it. */
export function connectionString(
  hosts: readonly string[],
  access: ServerAccess,
  parameters: Readonly<Record<string, string>>,
): string {
  const { auth, caFile } = access;
  const user =
    auth === null
      ? ""
      : `${encodeURIComponent(auth.username)}:${encodeURIComponent(auth.password)}@`;
  const query = new URLSearchParams({
    ...parameters,
    ...(auth === null ? {} : { authSource: "admin" }),
    ...(caFile === null ? {} : { tls: "true", tlsCAFile: caFile }),
  });
  return `mongodb://${user}${hosts.join(",")}/${query.size === 0 ? "" : `?${query.toString()}`}`;
}

/** Makes a server that was started with `preferTLS` refuse connections without TLS. */
export async function requireTls(host: string, access: ServerAccess): Promise<void> {
  const { tlsMode } = await runServerCommand(host, access, { getParameter: 1, tlsMode: 1 });
  if (tlsMode === "requireTLS") return;
  await runServerCommand(host, access, { setParameter: 1, tlsMode: "requireTLS" });
}
