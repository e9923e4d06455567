/** Opens and closes clients. Errors are told in the words of the connectivity test and hold no secret (I9). */
import { MongoClient } from "mongodb";
import { BugError, OperationError, UserError } from "../base/errors.ts";
import { formatConnectionUri, parseConnectionUri } from "./connection-uri.ts";
import { classifyConnectError } from "./probe/classify-error.ts";
import {
  describeTarget,
  type EffectiveOptions,
  effectiveOptions,
  loadTlsParameters,
} from "./probe/effective-options.ts";
import { raceAbort } from "./race-abort.ts";
import type { ResolvedConnection } from "./resolve-connection.ts";

/** Failures that pass by themselves: restarts, elections, networks. */
const PASSING = new Set([
  "connection-closed",
  "no-primary",
  "port-closed",
  "timeout",
  "unreachable",
]);

/** There are other members, and the primary. */
const MEMBER_WITHIN_MS = 5_000;

/**
 * Connects, and logs in where the connection has a user.
 *
 * @throws UserError `invalid-file` for a TLS file that is missing or not PEM; OperationError with what to do, within the
 * server selection timeout; the signal's reason when it aborts.
 */
export async function connect(
  resolved: ResolvedConnection,
  { signal }: { readonly signal: AbortSignal },
): Promise<MongoClient> {
  const options = effectiveOptions(resolved);
  await refuseInvalidFiles(resolved, options);
  const { client, failure } = await tryConnect(resolved, signal);
  if (failure === null) return client;
  await closeQuietly(client);
  const described = classifyConnectError(failure.error, describeTarget(resolved, options));
  throw new OperationError({
    operation: "connect",
    object: resolved.name,
    isRetryable: PASSING.has(described.code),
    hint: resolved.redact(described.remedy),
    // Not the driver's error itself: it carries what servers sent.
    cause: new Error(resolved.redact(described.cause)),
  });
}

/** The driver would tell of a missing file as if a server had refused it. */
async function refuseInvalidFiles(
  resolved: ResolvedConnection,
  options: EffectiveOptions,
): Promise<void> {
  const tls = await loadTlsParameters(options);
  if (tls === null || !("code" in tls)) return;
  throw new UserError({
    code: tls.code,
    place: resolved.place,
    problem: resolved.redact(tls.cause),
    remedy: tls.remedy,
  });
}

/**
 * Opens a client of one member of a replica set that is connected already, with the same account and encryption.
 *
 * @param host - `host:port`, as the set itself names it.
 * @throws What the driver throws where it cannot be reached.
 */
export async function connectMember(
  resolved: ResolvedConnection,
  known: MongoClient,
  host: string,
  signal: AbortSignal,
): Promise<MongoClient> {
  const uri = parseConnectionUri(resolved.uri);
  if (uri === null) throw new BugError("A connection that is open has a connection string");
  const parameters = uri.parameters.filter(({ name }) => !/^(srv|directconnection$)/i.test(name));
  const { tls, credentials } = known.options;
  const member = {
    uri: formatConnectionUri({ ...uri, isSrv: false, hosts: [host], parameters }),
    options: {
      ...resolved.options,
      directConnection: true,
      // What an SRV record and its TXT record say holds for its members, too.
      tls,
      ...(credentials === undefined ? {} : { authSource: credentials.source }),
      serverSelectionTimeoutMS: MEMBER_WITHIN_MS,
    },
  };
  const { client, failure } = await tryConnect(member, signal);
  if (failure === null) return client;
  await closeQuietly(client);
  throw failure.error;
}

/** A client and why it did not connect; null when it did. The caller closes it either way. */
export async function tryConnect(
  resolved: Pick<ResolvedConnection, "uri" | "options">,
  signal: AbortSignal,
): Promise<{ readonly client: MongoClient; readonly failure: { readonly error: unknown } | null }> {
  signal.throwIfAborted();
  const client = new MongoClient(resolved.uri, resolved.options);
  const connecting = client.connect();
  try {
    await raceAbort(connecting, signal);
    return { client, failure: null };
  } catch (error) {
    // An abort leaves an attempt behind, whose end nobody waits for.
    connecting.catch(() => {});
    if (!signal.aborted) return { client, failure: { error } };
    await closeQuietly(client);
    throw signal.reason;
  }
}

/** Closes without ever failing: what was wanted of the connection is done or lost already. */
export async function closeQuietly(client: MongoClient): Promise<void> {
  try {
    await client.close();
  } catch {
    // Nothing that could still be done about it.
  }
}
